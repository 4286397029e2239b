#include "docker/container_json.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "docker/json_view.hpp"

namespace reprise::docker {
namespace {

namespace json = boost::json;
using std::chrono::nanoseconds;
using std::chrono::seconds;

json::object HealthRequest(const HealthCheck& health) {
  const auto nanos = [](seconds s) { return nanoseconds(s).count(); };
  json::object request;
  // Without a test of its own the container keeps the image's.
  if (!health.shell.empty()) request["Test"] = json::array({"CMD-SHELL", health.shell});
  request["Interval"] = nanos(health.interval);
  request["Timeout"] = nanos(health.timeout);
  request["StartPeriod"] = nanos(health.start_period);
  request["Retries"] = health.retries;
  return request;
}

json::object MountRequest(const Mount& mount) {
  json::object request;
  request["Type"] = mount.volume.starts_with('/') ? "bind" : "volume";
  request["Source"] = mount.volume;
  request["Target"] = mount.path;
  request["ReadOnly"] = mount.read_only;
  return request;
}

std::string TcpPort(int port) { return fmt::format("{}/tcp", port); }

json::object ExposedPorts(const std::vector<PortBinding>& ports) {
  json::object exposed;
  for (const PortBinding& port : ports) exposed[TcpPort(port.container_port)] = json::object();
  return exposed;
}

json::object PortBindings(const std::vector<PortBinding>& ports) {
  json::object bindings;
  for (const PortBinding& port : ports) {
    json::object binding;
    binding["HostIp"] = port.host_ip;
    binding["HostPort"] = port.host_port == 0 ? std::string() : std::to_string(port.host_port);
    json::value& list = bindings[TcpPort(port.container_port)];
    if (list.is_null()) list.emplace_array();
    list.get_array().push_back(std::move(binding));
  }
  return bindings;
}

json::object HostRequest(const ContainerSpec& spec) {
  json::object host;
  if (!spec.mounts.empty()) {
    json::array mounts;
    for (const Mount& mount : spec.mounts) mounts.push_back(MountRequest(mount));
    host["Mounts"] = std::move(mounts);
  }
  if (!spec.volumes_from.empty()) host["VolumesFrom"] = Texts({spec.volumes_from});
  if (!spec.network_mode.empty()) host["NetworkMode"] = spec.network_mode;
  if (!spec.ports.empty()) host["PortBindings"] = PortBindings(spec.ports);
  if (!spec.restart_policy.empty()) host["RestartPolicy"] = {{"Name", spec.restart_policy}};
  if (spec.memory_bytes > 0) host["Memory"] = spec.memory_bytes;
  if (spec.most_processes > 0) host["PidsLimit"] = spec.most_processes;
  if (spec.unprivileged) {
    host["CapDrop"] = Texts({"ALL"});
    host["SecurityOpt"] = Texts({"no-new-privileges"});
  }
  if (spec.init) host["Init"] = true;
  return host;
}

HealthCheck ReadHealth(const json::value& inspected) {
  // What the engine takes for a zero.
  constexpr seconds kEngineDefault{30};
  constexpr int kEngineRetries = 3;
  const auto period = [&](std::string_view name, seconds fallback) {
    const nanoseconds given(NumberAt(inspected, fmt::format("/Config/Healthcheck/{}", name)));
    return given.count() == 0 ? fallback : std::chrono::ceil<seconds>(given);
  };
  HealthCheck health;
  const std::vector<std::string> test = TextsAt(inspected, "/Config/Healthcheck/Test");
  if (test.size() == 2 && test[0] == "CMD-SHELL") health.shell = test[1];
  health.interval = period("Interval", kEngineDefault);
  health.timeout = period("Timeout", kEngineDefault);
  health.start_period = period("StartPeriod", seconds(0));
  const auto retries = static_cast<int>(NumberAt(inspected, "/Config/Healthcheck/Retries"));
  health.retries = retries == 0 ? kEngineRetries : retries;
  return health;
}

ContainerState ReadState(const json::value& inspected) {
  ContainerState state;
  state.status = TextAt(inspected, "/State/Status");
  state.running = FlagAt(inspected, "/State/Running");
  state.restarting = FlagAt(inspected, "/State/Restarting");
  state.exit_code = static_cast<int>(NumberAt(inspected, "/State/ExitCode"));
  state.error = TextAt(inspected, "/State/Error");
  state.started_at = TextAt(inspected, "/State/StartedAt");
  state.health = TextAt(inspected, "/State/Health/Status");
  if (state.health == "none") state.health.clear();
  return state;
}

void ReadNetworks(const json::value& inspected, ContainerInfo& info) {
  const json::object* networks = ObjectAt(inspected, "/NetworkSettings/Networks");
  if (networks == nullptr) return;
  for (const auto& network : *networks) {
    const std::string name(network.key());
    info.networks.push_back(name);
    std::string address = TextAt(network.value(), "/IPAddress");
    if (!address.empty()) info.addresses[name] = std::move(address);
  }
}

// A port that is published on IPv4 and IPv6 alike is told by its IPv4 address.
void ReadPorts(const json::value& inspected, ContainerInfo& info) {
  const json::object* ports = ObjectAt(inspected, "/NetworkSettings/Ports");
  // A container that does not run holds no port, but will ask for the same ones when it starts.
  if (ports == nullptr || ports->empty()) {
    ports = ObjectAt(inspected, "/HostConfig/PortBindings");
  }
  if (ports == nullptr) return;
  for (const auto& port : *ports) {
    const std::string_view key = port.key();
    int number = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
    if (error != std::errc() || key.substr(static_cast<std::size_t>(end - key.data())) != "/tcp") {
      continue;
    }
    for (const json::value& binding : ArrayAt(port.value(), "")) {
      const std::string ip = TextAt(binding, "/HostIp");
      const std::string host_port = TextAt(binding, "/HostPort");
      int host_number = 0;
      std::from_chars(host_port.data(), host_port.data() + host_port.size(), host_number);
      if (host_number == 0 || (info.ports.contains(number) && ip.find(':') != std::string::npos)) {
        continue;
      }
      info.ports[number] = {ip, host_number};
      if (ip.find(':') == std::string::npos) break;
    }
  }
}

std::vector<ContainerMount> ReadMounts(const json::value& inspected) {
  std::vector<ContainerMount> mounts;
  for (const json::value& mount : ArrayAt(inspected, "/Mounts")) {
    mounts.push_back(ContainerMount{TextAt(mount, "/Type"), TextAt(mount, "/Name"),
                                    TextAt(mount, "/Source"), TextAt(mount, "/Destination")});
  }
  return mounts;
}

}  // namespace

json::object TextMap(const std::map<std::string, std::string>& map) {
  json::object object;
  for (const auto& [key, value] : map) object[key] = value;
  return object;
}

json::array Variables(const EnvironmentVariables& variables) {
  json::array lines;
  for (const auto& [name, value] : variables) lines.emplace_back(fmt::format("{}={}", name, value));
  return lines;
}

json::array Texts(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

std::string LabelFilter(const Labels& labels) {
  json::object filter;
  filter["label"] = Variables(labels);
  return json::serialize(filter);
}

json::value ContainerRequest(const ContainerSpec& spec) {
  json::object request;
  request["Image"] = spec.image;
  if (!spec.entrypoint.empty()) request["Entrypoint"] = Texts(spec.entrypoint);
  if (!spec.command.empty()) request["Cmd"] = Texts(spec.command);
  if (!spec.user.empty()) request["User"] = spec.user;
  if (!spec.working_dir.empty()) request["WorkingDir"] = spec.working_dir;
  request["Env"] = Variables(spec.environment);
  request["Labels"] = TextMap(spec.labels);
  request["StopTimeout"] = spec.stop_timeout.count();
  if (!spec.ports.empty()) request["ExposedPorts"] = ExposedPorts(spec.ports);
  if (spec.health) request["Healthcheck"] = HealthRequest(*spec.health);
  request["HostConfig"] = HostRequest(spec);
  if (!spec.network_aliases.empty()) {
    json::object endpoint;
    endpoint["Aliases"] = Texts(spec.network_aliases);
    json::object endpoints;
    endpoints[spec.network_mode] = std::move(endpoint);
    request["NetworkingConfig"] = {{"EndpointsConfig", std::move(endpoints)}};
  }
  return request;
}

ContainerInfo ReadContainer(const json::value& inspected) {
  ContainerInfo info;
  info.id = TextAt(inspected, "/Id");
  info.name = TextAt(inspected, "/Name");
  if (info.name.starts_with('/')) info.name.erase(0, 1);
  info.image = TextAt(inspected, "/Config/Image");
  info.image_id = TextAt(inspected, "/Image");
  info.entrypoint = TextsAt(inspected, "/Config/Entrypoint");
  info.command = TextsAt(inspected, "/Config/Cmd");
  info.user = TextAt(inspected, "/Config/User");
  info.environment = VariablesAt(inspected, "/Config/Env");
  info.labels = TextMapAt(inspected, "/Config/Labels");
  info.mounts = ReadMounts(inspected);
  ReadNetworks(inspected, info);
  ReadPorts(inspected, info);
  info.restart_policy = TextAt(inspected, "/HostConfig/RestartPolicy/Name");
  const std::vector<std::string> test = TextsAt(inspected, "/Config/Healthcheck/Test");
  info.has_health_check = !test.empty() && test[0] != "NONE";
  if (info.has_health_check) info.health = ReadHealth(inspected);
  info.state = ReadState(inspected);
  return info;
}

}  // namespace reprise::docker
