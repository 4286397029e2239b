#include "docker/container_json.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "docker/json_view.hpp"

namespace reprise::docker {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

json::value Parse(std::string_view text) { return ParseJson(text).value(); }

TEST(ContainerRequestTest, TellsOnlyWhatIsAskedFor) {
  ContainerSpec spec;
  spec.image = "odoo:19";

  EXPECT_EQ(ContainerRequest(spec),
            Parse(R"({"Image":"odoo:19","Env":[],"Labels":{},"StopTimeout":10,"HostConfig":{}})"));
}

TEST(ContainerRequestTest, TellsEverythingInTheEnginesForm) {
  ContainerSpec spec;
  spec.image = "odoo:19";
  spec.entrypoint = {"/entry"};
  spec.command = {"odoo", "-d", "shop"};
  spec.user = "odoo";
  spec.environment = {{"HOST", "db"}, {"PASSWORD", "a=b c"}};
  spec.labels = {{"reprise.restore", "r1"}};
  spec.mounts = {{"filestore", "/var/lib/odoo"}, {"/srv/addons", "/mnt/addons", true}};
  spec.volumes_from = "shop-odoo";
  spec.network_mode = "shop";
  spec.network_aliases = {"db"};
  spec.ports = {{8069, "127.0.0.1", 0}, {8072, "0.0.0.0", 18072}};
  spec.health = HealthCheck{"pg_isready", seconds(1), seconds(2), seconds(3), 4};
  spec.restart_policy = "unless-stopped";
  spec.memory_bytes = 1024;
  spec.most_processes = 64;
  spec.unprivileged = true;
  spec.working_dir = "/srv";
  spec.init = true;
  spec.stop_timeout = seconds(7);

  EXPECT_EQ(ContainerRequest(spec), Parse(R"({
    "Image": "odoo:19", "Entrypoint": ["/entry"], "Cmd": ["odoo", "-d", "shop"], "User": "odoo",
    "WorkingDir": "/srv", "Env": ["HOST=db", "PASSWORD=a=b c"],
    "Labels": {"reprise.restore": "r1"}, "StopTimeout": 7,
    "ExposedPorts": {"8069/tcp": {}, "8072/tcp": {}},
    "Healthcheck": {"Test": ["CMD-SHELL", "pg_isready"], "Interval": 1000000000,
                    "Timeout": 2000000000, "StartPeriod": 3000000000, "Retries": 4},
    "HostConfig": {
      "Mounts": [
        {"Type": "volume", "Source": "filestore", "Target": "/var/lib/odoo", "ReadOnly": false},
        {"Type": "bind", "Source": "/srv/addons", "Target": "/mnt/addons", "ReadOnly": true}],
      "VolumesFrom": ["shop-odoo"], "NetworkMode": "shop",
      "PortBindings": {"8069/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}],
                       "8072/tcp": [{"HostIp": "0.0.0.0", "HostPort": "18072"}]},
      "RestartPolicy": {"Name": "unless-stopped"}, "Memory": 1024,
      "PidsLimit": 64, "CapDrop": ["ALL"], "SecurityOpt": ["no-new-privileges"], "Init": true},
    "NetworkingConfig": {"EndpointsConfig": {"shop": {"Aliases": ["db"]}}}})"))
      << json::serialize(ContainerRequest(spec));
}

TEST(ReadContainerTest, TakesNullsAndGapsAsNothing) {
  const ContainerInfo info = ReadContainer(Parse(R"({
    "Id": "abc", "Name": "/shop", "Image": "sha256:1", "Mounts": null,
    "Config": {"Image": "odoo:19", "Entrypoint": null, "Cmd": null, "Env": null, "Labels": null},
    "State": {"Status": "exited", "Running": false, "ExitCode": 137, "Error": "oom"},
    "NetworkSettings": {"Networks": null, "Ports": null}})"));

  EXPECT_EQ(info.id, "abc");
  EXPECT_EQ(info.name, "shop");
  EXPECT_EQ(info.image, "odoo:19");
  EXPECT_EQ(info.image_id, "sha256:1");
  EXPECT_TRUE(info.command.empty());
  EXPECT_FALSE(info.has_health_check);
  EXPECT_FALSE(info.health.has_value());
  EXPECT_EQ(info.state.status, "exited");
  EXPECT_EQ(info.state.exit_code, 137);
  EXPECT_EQ(info.state.error, "oom");
  EXPECT_EQ(info.state.health, "");
}

TEST(ReadContainerTest, ReadsPortsOfTcpAndPrefersIpv4) {
  const ContainerInfo info = ReadContainer(Parse(R"({"NetworkSettings": {"Ports": {
    "8069/tcp": [{"HostIp": "::", "HostPort": "32769"}, {"HostIp": "0.0.0.0", "HostPort": "32768"}],
    "8072/tcp": [{"HostIp": "::1", "HostPort": "1"}], "5432/tcp": null, "53/udp": [
    {"HostIp": "0.0.0.0", "HostPort": "53"}], "x/tcp": [], "6432/tcp": []}}})"));

  EXPECT_EQ(info.ports, (std::map<int, std::pair<std::string, int>>{{8069, {"0.0.0.0", 32768}},
                                                                    {8072, {"::1", 1}}}));
}

TEST(ReadContainerTest, TellsThePortsThatAStoppedContainerWillAskFor) {
  const ContainerInfo info = ReadContainer(Parse(R"({"NetworkSettings": {"Ports": {}},
      "HostConfig": {"PortBindings": {
          "8069/tcp": [{"HostIp": "127.0.0.1", "HostPort": "18101"}]}}})"));

  EXPECT_EQ(info.ports, (std::map<int, std::pair<std::string, int>>{{8069, {"127.0.0.1", 18101}}}));
}

TEST(ReadContainerTest, ReadsNetworksAlsoWithoutAnAddress) {
  const ContainerInfo info = ReadContainer(Parse(R"({"NetworkSettings": {"Networks": {
    "shop": {"IPAddress": "172.18.0.2"}, "other": {"IPAddress": ""}}}})"));

  EXPECT_EQ(info.networks, (std::vector<std::string>{"shop", "other"}));
  EXPECT_EQ(info.addresses, (std::map<std::string, std::string>{{"shop", "172.18.0.2"}}));
}

TEST(ReadContainerTest, ReadsHealthWithTheEnginesDefaults) {
  const ContainerInfo shell =
      ReadContainer(Parse(R"({"Config": {"Healthcheck": {"Test": ["CMD-SHELL", "true"]}},
        "State": {"Health": {"Status": "healthy"}}})"));
  const ContainerInfo direct = ReadContainer(
      Parse(R"({"Config": {"Healthcheck": {"Test": ["CMD", "true"], "Interval": 1500000000}}})"));
  const ContainerInfo off = ReadContainer(Parse(R"({"Config": {"Healthcheck": {"Test": ["NONE"]}},
        "State": {"Health": {"Status": "none"}}})"));

  EXPECT_EQ(shell.health->shell, "true");
  EXPECT_EQ(shell.health->interval, seconds(30));
  EXPECT_EQ(shell.health->retries, 3);
  EXPECT_EQ(shell.state.health, "healthy");
  EXPECT_TRUE(direct.has_health_check);
  EXPECT_EQ(direct.health->shell, "");
  EXPECT_EQ(direct.health->interval, seconds(2));
  EXPECT_FALSE(off.has_health_check);
  EXPECT_EQ(off.state.health, "");
}

TEST(ReadContainerTest, ReadsVariablesAtTheirFirstEqualsSign) {
  const ContainerInfo info =
      ReadContainer(Parse(R"({"Config": {"Env": ["A=b=c", "EMPTY=", "UNSET", 5]}})"));

  EXPECT_EQ(info.environment, (EnvironmentVariables{{"A", "b=c"}, {"EMPTY", ""}}));
}

TEST(LabelFilterTest, AsksForEveryLabelWithItsValue) {
  EXPECT_EQ(LabelFilter({{"a", "1"}, {"b", "x\"y"}}), R"({"label":["a=1","b=x\"y"]})");
}

}  // namespace
}  // namespace reprise::docker
