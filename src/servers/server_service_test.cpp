#include "servers/server_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/testing/temporary_catalog.hpp"
#include "docker/scripted_server.hpp"
#include "docker/testing/ssh_server.hpp"
#include "servers/server_engines.hpp"

namespace reprise::servers {
namespace {

using docker::Reply;
using docker::ScriptedServer;
using ::testing::HasSubstr;
using ::testing::SizeIs;

Context Soon() { return Context().WithTimeout(std::chrono::seconds(60)); }

class ServerServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    sshd_ = docker::testing::SshServer::Start(why);
    if (!sshd_) GTEST_SKIP() << why;
  }
  EnrolOrder Order() {
    const docker::SshAddress address = sshd_->Address(docker_.path());
    EnrolOrder order;
    order.name = "far";
    order.address = address.host;
    order.user = address.user;
    order.port = address.port;
    order.private_key = address.private_key;
    order.docker_socket = address.docker_socket;
    order.host_key_fingerprint = docker::FingerprintOf(address.host_key).value();
    return order;
  }
  std::string Stored(const std::string& column) {
    std::string text;
    EXPECT_TRUE(catalog_.database().Read([&](catalog::Transaction& tx) -> Status {
      ASSIGN_OR_RETURN(const auto rows, tx.Query("SELECT " + column + " FROM server_access", {}));
      text = rows.empty() ? "" : rows[0].Text(0);
      return {};
    }));
    return text;
  }

  ScriptedServer docker_{[](const std::string& request, const ScriptedServer::Peer& peer) {
    if (request.find("/info") == std::string::npos) return;
    peer.Send(Reply(200, R"({"Name":"far","NCPU":4,"ServerVersion":"20.10","DockerRootDir":"/"})"));
  }};
  std::unique_ptr<docker::testing::SshServer> sshd_;
  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  catalog::testing::TemporaryCatalog catalog_;
  catalog::TenancyStore tenancy_{catalog_.database()};
  catalog::ServerStore servers_{catalog_.database()};
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  access::SecretBox box_{std::string(64, 'a')};
  ServerEngines engines_{{tenancy_, servers_, &box_, "/nowhere/docker.sock"}};
  ServerService service_{{tenancy_, servers_, engines_, box_, clock_,
                          [this](const domain::ServerId& id) { engines_.Forget(id); }}};
};

TEST_F(ServerServiceTest, AWorkerOnAServerReachesItWithoutSshAndTheLocalOneNotAtAll) {
  const auto server = service_.Enrol(Soon(), Order());
  ASSERT_TRUE(server) << server.error().Sentence();
  ServerEngines near({tenancy_, servers_, nullptr, "unix://" + docker_.path(), server->id});
  sshd_.reset();
  const auto engine = near.Of(server->id);
  ASSERT_TRUE(engine) << engine.error().Sentence();
  EXPECT_EQ((*engine)->Info(Soon())->cpus, 4);
  EXPECT_GT(near.Load(Soon(), server->id)->memory_bytes, 0U);
  const auto local = near.Of(tenancy_.LocalServer()->id);
  ASSERT_FALSE(local);
  EXPECT_EQ(local.error().code, ErrorCode::kEngineUnavailable);
}

TEST_F(ServerServiceTest, ShowsTheHostKeyThenEnrolsAndTellsWhatTheServerHas) {
  EnrolOrder order = Order();
  const auto shown = service_.AskHostKey(Soon(), order);
  ASSERT_TRUE(shown) << shown.error().Sentence();
  EXPECT_EQ(shown->fingerprint, order.host_key_fingerprint);

  const auto server = service_.Enrol(Soon(), order);
  ASSERT_TRUE(server) << server.error().Sentence();
  const auto report = service_.Test(Soon(), server->id);
  ASSERT_TRUE(report) << report.error().Sentence();
  EXPECT_EQ(report->engine.cpus, 4);
  EXPECT_GT(report->load.memory_bytes, 0U);
  EXPECT_GT(report->load.disk_bytes, 0U);
  EXPECT_THAT(engines_.All().value(), SizeIs(2));
  EXPECT_EQ(service_.Enrol(Soon(), order).error().code, ErrorCode::kNameTaken);
}

TEST_F(ServerServiceTest, TheKeyIsKeptSealed) {
  ASSERT_TRUE(service_.Enrol(Soon(), Order()));
  EXPECT_THAT(Stored("sealed_key"), ::testing::Not(HasSubstr("PRIVATE")));
  EXPECT_FALSE(Stored("sealed_key").empty());
  ServerEngines keyless({tenancy_, servers_, nullptr, "/nowhere/docker.sock"});
  const auto all = tenancy_.ListServers({}, {1, 10}).value();
  for (const catalog::Server& server : all.items) {
    if (server.name != "far") continue;
    EXPECT_THAT(keyless.Of(server.id).error().message, HasSubstr("cannot read the key"));
  }
}

TEST_F(ServerServiceTest, RefusesAHostKeyThatNobodyConfirmed) {
  EnrolOrder order = Order();
  order.host_key_fingerprint = "SHA256:somethingelse";
  const auto refused = service_.Enrol(Soon(), order);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(tenancy_.ListServers({}, {1, 10})->items, SizeIs(1));
}

TEST_F(ServerServiceTest, KeepsNothingOfAServerWhoseEngineDoesNotAnswer) {
  EnrolOrder order = Order();
  order.docker_socket = "/nowhere/docker.sock";
  const auto refused = service_.Enrol(Soon(), order);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kEngineUnavailable);
  EXPECT_THAT(tenancy_.ListServers({}, {1, 10})->items, SizeIs(1));
}

TEST_F(ServerServiceTest, RemovesAServerOnlyWhenNothingLivesThere) {
  const catalog::Server server = service_.Enrol(Soon(), Order()).value();
  domain::Environment shop;
  shop.id = {"e1"};
  shop.project_id = catalog_.project();
  shop.server_id = server.id;
  shop.name = "shop";
  ASSERT_TRUE(environments_.Insert(shop));

  const Status refused = service_.Remove(server.id);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  ASSERT_TRUE(environments_.Update({"e1"}, [](domain::Environment& row) -> Status {
    row.status = domain::EnvironmentStatus::kDeleted;
    return {};
  }));
  ASSERT_TRUE(service_.Remove(server.id));

  EXPECT_EQ(engines_.Of(server.id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(tenancy_.GetServer(server.id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Stored("sealed_key"), "") << "its key is forgotten";
  const auto again = service_.Enrol(Soon(), Order());
  EXPECT_TRUE(again) << "the name is free again, but: " << again.error().Sentence();
  EXPECT_EQ(service_.Remove(catalog_.server()).error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace reprise::servers
