#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "docker/counted_bytes.hpp"
#include "docker/live_engine.hpp"

namespace reprise::docker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class UnixEngineLiveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    live_ = LiveEngine::Find(why);
    if (live_ == nullptr) GTEST_SKIP() << why;
  }
  Engine& engine() { return live_->engine(); }

  std::unique_ptr<LiveEngine> live_;
  Context ctx_ = Context().WithTimeout(seconds(100));
};

ExecSpec Shell(std::string script) { return ExecSpec{{"sh", "-c", std::move(script)}, {}, {}, {}}; }

TEST_F(UnixEngineLiveTest, TellsAboutItself) {
  const auto info = engine().Info(ctx_);

  ASSERT_TRUE(info) << info.error().Sentence();
  EXPECT_FALSE(info->version.empty());
  EXPECT_TRUE(info->api_version.starts_with("1."));
  EXPECT_GT(info->cpus, 0);
  EXPECT_GT(info->memory_bytes, 0U);
  EXPECT_TRUE(info->root_dir.starts_with('/'));
}

TEST_F(UnixEngineLiveTest, ArchivesGoIntoAndOutOfAVolumeOfAContainerThatNeverRan) {
  ASSERT_TRUE(engine().CreateVolume(ctx_, live_->Name("data"), live_->labels()));
  ContainerSpec spec = live_->Spec("holder", {"true"});
  spec.mounts = {Mount{live_->Name("data"), "/data"}};
  ASSERT_TRUE(engine().Create(ctx_, spec));
  const std::string big(3'000'000, 'x');
  StringReader tar(MakeTar({{"dump.sql", "select 1;\n", '0', 101}, {"blob", big}}));

  const Status put = engine().PutArchive(ctx_, spec.name, "/data", tar);
  StringWriter back;
  const Status got = engine().GetArchive(ctx_, spec.name, "/data", back);
  ContainerSpec reader = live_->Spec("reader", {"sh", "-c", "wc -c < /data/blob"});
  reader.volumes_from = spec.name;
  ASSERT_TRUE(engine().Create(ctx_, reader));
  ASSERT_TRUE(engine().Start(ctx_, reader.name));
  const auto code = engine().Wait(ctx_, reader.name);
  const auto log = engine().Logs(ctx_, reader.name, 10);

  ASSERT_TRUE(put) << put.error().Sentence();
  ASSERT_TRUE(got) << got.error().Sentence();
  std::map<std::string, TarEntry> files;
  for (TarEntry& entry : ReadTar(back.text())) files[entry.name] = std::move(entry);
  EXPECT_EQ(files["data/dump.sql"].content, "select 1;\n");
  EXPECT_EQ(files["data/dump.sql"].owner, 101);
  EXPECT_EQ(files["data/blob"].content, big);
  ASSERT_TRUE(code) << code.error().Sentence();
  EXPECT_EQ(*code, 0);
  EXPECT_EQ(log.value_or(""), "3000000\n");
}

TEST_F(UnixEngineLiveTest, ARefusedArchiveTellsWhyThoughItsBytesKeepComing) {
  ASSERT_TRUE(engine().Create(ctx_, live_->Spec("refuses", {"true"})));
  CountedBytes garbage(20'000'000);
  CountedBytes more(20'000'000);
  StringWriter nowhere;

  const Status no_tar = engine().PutArchive(ctx_, live_->Name("refuses"), "/tmp", garbage);
  const Status no_path = engine().PutArchive(ctx_, live_->Name("refuses"), "/missing", more);
  const Status no_file = engine().GetArchive(ctx_, live_->Name("refuses"), "/missing", nowhere);

  ASSERT_FALSE(no_tar);
  EXPECT_EQ(no_tar.error().code, ErrorCode::kContainerFailed) << no_tar.error().message;
  ASSERT_FALSE(no_path);
  EXPECT_EQ(no_path.error().code, ErrorCode::kNotFound) << no_path.error().message;
  ASSERT_FALSE(no_file);
  EXPECT_EQ(no_file.error().code, ErrorCode::kNotFound) << no_file.error().message;
}

TEST_F(UnixEngineLiveTest, AFailingArchiveSourceIsReturnedAndNotTakenForTheWhole) {
  ASSERT_TRUE(engine().Create(ctx_, live_->Spec("halfway", {"true"})));
  class Halfway final : public ByteReader {
   public:
    [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
      ASSIGN_OR_RETURN(const std::size_t count, tar_.Read(ctx, into.first(700)));
      if (++reads_ == 3) return Fail(ErrorCode::kArchiveCorrupt, "the zip is truncated");
      return count;
    }

   private:
    StringReader tar_{MakeTar({{"a", std::string(100'000, 'a')}})};
    int reads_ = 0;
  } tar;

  const Status put = engine().PutArchive(ctx_, live_->Name("halfway"), "/tmp", tar);

  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, ErrorCode::kArchiveCorrupt);
}

TEST_F(UnixEngineLiveTest, CreateHandsOverEverythingThatInspectTells) {
  ASSERT_TRUE(engine().CreateNetwork(ctx_, {live_->Name("net"), live_->labels()}));
  ContainerSpec spec = live_->Spec("full", {});
  spec.entrypoint = {"sh", "-c"};
  spec.command = {"sleep 600"};
  spec.user = "odoo";
  spec.environment["DB"] = "a=b";
  spec.mounts = {Mount{live_->Name("vol"), "/var/lib/odoo"}, Mount{"/tmp", "/host", true}};
  spec.network_mode = live_->Name("net");
  spec.network_aliases = {"db"};
  spec.ports = {PortBinding{8069, "127.0.0.1", 0}, PortBinding{8072, "127.0.0.1", 0}};
  spec.health = HealthCheck{"test -d /tmp", seconds(1), seconds(2), seconds(3), 4};
  spec.restart_policy = "unless-stopped";
  spec.memory_bytes = 64 << 20;
  spec.working_dir = "/tmp";
  spec.init = true;

  const auto id = engine().Create(ctx_, spec);
  ASSERT_TRUE(id) << id.error().Sentence();
  const Status started = engine().Start(ctx_, *id);
  ASSERT_TRUE(started) << started.error().Sentence();
  const auto info = engine().Inspect(ctx_, spec.name);

  ASSERT_TRUE(info) << info.error().Sentence();
  EXPECT_EQ(info->id, *id);
  EXPECT_EQ(info->name, spec.name);
  EXPECT_EQ(info->image, LiveEngine::kImage);
  EXPECT_TRUE(info->image_id.starts_with("sha256:"));
  EXPECT_EQ(info->entrypoint, spec.entrypoint);
  EXPECT_EQ(info->command, spec.command);
  EXPECT_EQ(info->user, "odoo");
  EXPECT_EQ(info->environment, spec.environment);
  EXPECT_EQ(info->labels, spec.labels);
  ASSERT_EQ(info->mounts.size(), 2U);
  std::set<std::string> mounts;
  for (const ContainerMount& mount : info->mounts) {
    mounts.insert(fmt::format("{} {} {}", mount.type, mount.name, mount.destination));
  }
  EXPECT_EQ(mounts,
            (std::set<std::string>{fmt::format("volume {} /var/lib/odoo", live_->Name("vol")),
                                   "bind  /host"}));
  EXPECT_EQ(info->networks, std::vector<std::string>{live_->Name("net")});
  EXPECT_FALSE(info->addresses.at(live_->Name("net")).empty());
  ASSERT_TRUE(info->ports.contains(8069) && info->ports.contains(8072));
  EXPECT_EQ(info->ports.at(8069).first, "127.0.0.1");
  EXPECT_GT(info->ports.at(8069).second, 0);
  EXPECT_EQ(info->restart_policy, "unless-stopped");
  ASSERT_TRUE(info->has_health_check);
  EXPECT_EQ(info->health->shell, "test -d /tmp");
  EXPECT_EQ(info->health->interval, seconds(1));
  EXPECT_EQ(info->health->timeout, seconds(2));
  EXPECT_EQ(info->health->start_period, seconds(3));
  EXPECT_EQ(info->health->retries, 4);
  EXPECT_TRUE(info->state.running);
  EXPECT_EQ(info->state.status, "running");
  EXPECT_FALSE(info->state.health.empty());
  EXPECT_TRUE(engine().Remove(ctx_, spec.name));
  EXPECT_TRUE(engine().RemoveVolume(ctx_, live_->Name("vol")));
}

TEST_F(UnixEngineLiveTest, ContainersShareANetworkSpaceOrHaveNone) {
  ASSERT_TRUE(engine().CreateNetwork(ctx_, {live_->Name("net"), live_->labels(), true}));
  ContainerSpec first = live_->Spec("first", {"sh", "-c", "echo hello | nc -l -p 5432; sleep 600"});
  first.network_mode = live_->Name("net");
  const auto id = engine().Create(ctx_, first);
  ASSERT_TRUE(id) << id.error().Sentence();
  ASSERT_TRUE(engine().Start(ctx_, *id));
  ContainerSpec beside = live_->Spec("beside", {"sh", "-c",
                                                "for i in 1 2 3 4 5 6 7 8 9; do nc 127.0.0.1 5432 "
                                                "</dev/null && exit 0; sleep 1; done; exit 1"});
  beside.network_mode = "container:" + *id;
  ASSERT_TRUE(engine().Create(ctx_, beside));
  ASSERT_TRUE(engine().Start(ctx_, beside.name));

  const auto code = engine().Wait(ctx_, beside.name);

  EXPECT_EQ(code.value_or(-1), 0);
  EXPECT_EQ(engine().Logs(ctx_, beside.name, 5).value_or(""), "hello\n");
}

TEST_F(UnixEngineLiveTest, NetworksAreJoinedAndLeft) {
  ASSERT_TRUE(engine().CreateNetwork(ctx_, {live_->Name("late"), live_->labels()}));
  const std::string name = live_->Name("joins");
  ContainerSpec spec = live_->Spec("joins", {"sleep", "600"});
  ASSERT_TRUE(engine().CreateNetwork(ctx_, {live_->Name("early"), live_->labels()}));
  spec.network_mode = live_->Name("early");
  ASSERT_TRUE(engine().Create(ctx_, spec));
  ASSERT_TRUE(engine().Start(ctx_, name));

  const Status joined = engine().Connect(ctx_, live_->Name("late"), name, {"alias"});
  const auto both = engine().Inspect(ctx_, name);
  const Status left = engine().Disconnect(ctx_, live_->Name("late"), name);
  const auto one = engine().Inspect(ctx_, name);

  ASSERT_TRUE(joined) << joined.error().Sentence();
  ASSERT_TRUE(left) << left.error().Sentence();
  EXPECT_EQ(both->networks.size(), 2U);
  EXPECT_EQ(one->networks, std::vector<std::string>{live_->Name("early")});
}

TEST_F(UnixEngineLiveTest, LogsKeepOrderAndOnlyTheLastLines) {
  const std::string name = live_->Name("logs");
  ContainerSpec spec = live_->Spec("logs", {"sh", "-c", "seq 1 2000; sleep 0.2; echo last >&2"});
  ASSERT_TRUE(engine().Create(ctx_, spec));
  ASSERT_TRUE(engine().Start(ctx_, name));
  ASSERT_EQ(engine().Wait(ctx_, name).value_or(-1), 0);

  EXPECT_EQ(engine().Logs(ctx_, name, 3).value_or(""), "1999\n2000\nlast\n");
}

TEST_F(UnixEngineLiveTest, StopGivesGraceAndTheRestartPolicyCanChange) {
  ContainerSpec spec = live_->Spec(
      "graceful", {"sh", "-c", "trap 'echo bye; exit 5' TERM; while true; do sleep 0.1; done"});
  spec.restart_policy = "always";
  const std::string name = spec.name;
  ASSERT_TRUE(engine().Create(ctx_, spec));
  ASSERT_TRUE(engine().Start(ctx_, name));
  ASSERT_TRUE(engine().Exec(ctx_, name, Shell("sleep 0.5"), {}));

  const Status policy = engine().SetRestartPolicy(ctx_, name, "no");
  const Status stopped = engine().Stop(ctx_, name, seconds(20));
  const auto info = engine().Inspect(ctx_, name);

  ASSERT_TRUE(policy) << policy.error().Sentence();
  ASSERT_TRUE(stopped) << stopped.error().Sentence();
  EXPECT_EQ(info->restart_policy, "no");
  EXPECT_EQ(info->state.status, "exited");
  EXPECT_EQ(info->state.exit_code, 5);
  EXPECT_EQ(engine().Logs(ctx_, name, 1).value_or(""), "bye\n");
}

TEST_F(UnixEngineLiveTest, WaitEndsWhenCancelled) {
  const std::string container = live_->Running("endless");
  const Context brief = ctx_.WithTimeout(milliseconds(300));

  const auto code = engine().Wait(brief, container);

  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().code, ErrorCode::kTimeout);
}

TEST_F(UnixEngineLiveTest, ImagesTellWhatTheyAre) {
  const auto image = engine().InspectImage(ctx_, LiveEngine::kImage);
  const auto missing = engine().InspectImage(ctx_, "reprise-test/nothing:9");

  ASSERT_TRUE(image) << image.error().Sentence();
  EXPECT_TRUE(image->id.starts_with("sha256:"));
  EXPECT_GT(image->size, 1'000'000U);
  EXPECT_EQ(image->tags, std::vector<std::string>{std::string(LiveEngine::kImage)});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.error().message, "there is no image reprise-test/nothing:9 on this server");
}

TEST_F(UnixEngineLiveTest, APullThatCannotWorkFails) {
  const Status pulled = engine().PullImage(ctx_, "127.0.0.1:1/nothing:1");

  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code, ErrorCode::kContainerFailed);
  EXPECT_NE(pulled.error().message.find("127.0.0.1:1/nothing:1"), std::string::npos);
}

}  // namespace
}  // namespace reprise::docker
