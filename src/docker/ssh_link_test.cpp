#include "docker/ssh_link.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/id.hpp"
#include "docker/scripted_server.hpp"
#include "docker/ssh_engine.hpp"
#include "docker/testing/ssh_server.hpp"

namespace reprise::docker {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SshServer;
using ::testing::StartsWith;

Context Soon() { return Context().WithTimeout(seconds(60)); }

class SshLinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    sshd_ = SshServer::Start(why);
    if (!sshd_) GTEST_SKIP() << why;
  }
  [[nodiscard]] SshAddress Address() const { return sshd_->Address(docker_.path()); }
  [[nodiscard]] static Error FailureTo(const SshAddress& address) {
    const auto connected = SshLink("far", address).Connect(Soon());
    EXPECT_FALSE(connected);
    return connected ? Error{} : connected.error();
  }

  ScriptedServer docker_{[](const std::string& request, const ScriptedServer::Peer& peer) {
    if (request.starts_with("GET /v1.41/info")) {
      peer.Send(Reply(200, R"({"Name":"far","NCPU":4,"ServerVersion":"20.10"})"));
    } else if (request.starts_with("GET /v1.41/images/get")) {
      peer.Send(ChunkedReply(std::string(3'000'000, 'x'), 65536));
    }
  }};
  std::unique_ptr<SshServer> sshd_;
};

TEST_F(SshLinkTest, CarriesTheEngineAndCommandsOverOneConnection) {
  const auto link = std::make_shared<SshLink>("far", Address());
  const auto engine = ConnectSsh(link, "far");

  const auto info = engine->Info(Soon());
  ASSERT_TRUE(info) << info.error().Sentence() << info.error().hint;
  EXPECT_EQ(info->cpus, 4);
  EXPECT_EQ(link->Run(Soon(), "echo here && cat /proc/loadavg | wc -l").value(), "here\n1\n");
  NullWriter sink;
  EXPECT_TRUE(engine->SaveImages(Soon(), {"odoo:14", "postgres:13"}, sink));
  EXPECT_THAT(docker_.requests(),
              ::testing::Contains("GET /v1.41/images/get?names=odoo%3A14&names=postgres%3A13"));
}

TEST_F(SshLinkTest, LeavesNothingBehind) {
  std::filesystem::path socket;
  {
    SshLink link("far", Address());
    socket = link.Connect(Soon()).value();
    EXPECT_TRUE(std::filesystem::exists(socket));
    for (const auto& file : std::filesystem::directory_iterator(socket.parent_path())) {
      EXPECT_TRUE(file.is_socket())
          << "no key, no list of hosts is ever on a disk: " << file.path();
    }
    EXPECT_EQ(std::filesystem::status(socket.parent_path()).permissions(),
              std::filesystem::perms::owner_all);
  }
  EXPECT_FALSE(std::filesystem::exists(socket.parent_path()));
}

TEST_F(SshLinkTest, ComesBackAfterTheConnectionWasLost) {
  const auto link = std::make_shared<SshLink>("far", Address());
  const auto engine = ConnectSsh(link, "far");
  ASSERT_TRUE(engine->Info(Soon()));
  sshd_->Kill();

  Result<EngineInfo> lost = engine->Info(Soon());
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::kEngineUnavailable);
  // The old connection's end may be noticed at the first call or only at a later one.
  for (int i = 0; i < 50 && lost.error().message.find("nothing listens") == std::string::npos;
       ++i) {
    lost = engine->Info(Soon());
    ASSERT_FALSE(lost);
  }
  EXPECT_THAT(lost.error().message, HasSubstr("nothing listens there"));

  sshd_->Restart();
  const auto found = engine->Info(Soon());
  EXPECT_TRUE(found) << found.error().Sentence();
}

TEST_F(SshLinkTest, ASilentNetworkEndsTheConnection) {
  const auto engine = ConnectSsh(std::make_shared<SshLink>("far", Address()), "far");
  ASSERT_TRUE(engine->Info(Soon()));
  sshd_->Freeze();
  const auto before = std::chrono::steady_clock::now();
  const auto lost = engine->Info(Soon());
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::kEngineUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(40));
}

TEST_F(SshLinkTest, RefusesAnotherHostKeyThanThePinnedOne) {
  const SshAddress pinned = Address();
  sshd_->Kill();
  sshd_->MakeNewHostKey();
  sshd_->Restart();

  const Error error = FailureTo(pinned);

  EXPECT_EQ(error.code, ErrorCode::kEngineUnavailable);
  EXPECT_THAT(error.message, HasSubstr("shows another host key than the pinned one"));
}

TEST_F(SshLinkTest, SaysThatTheServerDoesNotLetUsIn) {
  SshAddress stranger = Address();
  stranger.private_key = sshd_->OtherKey();

  const Error error = FailureTo(stranger);

  EXPECT_THAT(error.message, HasSubstr("it does not let us in"));
  EXPECT_THAT(error.hint, HasSubstr("authorized_keys"));
}

TEST_F(SshLinkTest, SaysThatThereIsNoEngine) {
  const auto engine =
      ConnectSsh(std::make_shared<SshLink>("far", sshd_->Address("/nowhere/docker.sock")), "far");
  const auto info = engine->Info(Soon());
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, ErrorCode::kEngineUnavailable);
}

TEST_F(SshLinkTest, ShowsTheHostKeyBeforeAnythingIsBelieved) {
  SshAddress unknown = Address();
  unknown.host_key.clear();
  unknown.private_key = sshd_->OtherKey();

  const auto shown = AskHostKey(Soon(), unknown);

  ASSERT_TRUE(shown) << shown.error().Sentence();
  EXPECT_EQ(*shown, sshd_->HostKey());
  EXPECT_THAT(FingerprintOf(*shown).value(), StartsWith("SHA256:"));
}

TEST(SshOptionsTest, FingerprintsAsSshKeygenDoes) {
  EXPECT_EQ(FingerprintOf("ssh-ed25519 "
                          "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl "
                          "github.com")
                .value(),
            "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
  for (const char* no_key : {"", "ssh-ed25519", "ssh-ed25519 ", "ssh-ed25519 !!!!", "x AAA"}) {
    EXPECT_FALSE(FingerprintOf(no_key)) << no_key;
  }
}

TEST(SshOptionsTest, RefusesWhatSshWouldTakeForSomethingElse) {
  for (const char* host : {"", "-oProxyCommand=id", "a b", "a;b", "$(id)", "host\nx", "a/b"}) {
    EXPECT_FALSE(CheckSshHost(host)) << host;
  }
  for (const char* host : {"203.0.113.7", "db-1.example.com", "fe80::1%eth0", "prod_alias"}) {
    EXPECT_TRUE(CheckSshHost(host)) << host;
  }
  EXPECT_FALSE(CheckSshUser("-l"));
  EXPECT_TRUE(CheckSshUser(""));
  EXPECT_FALSE(CheckSocketPath("var/run"));
  EXPECT_FALSE(CheckSocketPath("/var/run/docker.sock:x"));
  EXPECT_TRUE(CheckSocketPath("/var/run/docker.sock"));
}

}  // namespace
}  // namespace reprise::docker
