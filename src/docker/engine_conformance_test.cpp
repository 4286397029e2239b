#include <gtest/gtest.h>

#include <algorithm>

#include "docker/fake_engine.hpp"
#include "docker/live_engine.hpp"

namespace reprise::docker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

enum class Kind { kFake, kUnix };

// What every Engine does, whatever stands behind it: the fake's promise to the tests that use it.
class EngineConformanceTest : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::kFake) {
      ImageInfo image;
      image.tags = {std::string(LiveEngine::kImage)};
      fake_.AddImage(image);
      return;
    }
    std::string why;
    live_ = LiveEngine::Find(why);
    if (live_ == nullptr) GTEST_SKIP() << why;
  }
  Engine& engine() { return live_ ? live_->engine() : fake_; }
  std::string Name(std::string_view suffix) const {
    return live_ ? live_->Name(suffix) : std::string(suffix);
  }
  Labels labels() const { return live_ ? live_->labels() : Labels{{"reprise.test", "1"}}; }
  ContainerSpec Spec(std::string_view suffix) const {
    ContainerSpec spec;
    spec.name = Name(suffix);
    spec.image = LiveEngine::kImage;
    spec.command = {"sleep", "600"};
    spec.labels = labels();
    spec.environment["PATH"] = "/bin";
    spec.network_mode = "none";
    return spec;
  }
  std::string StatusOf(std::string_view container) {
    const auto info = engine().Inspect(ctx_, container);
    return info ? info->state.status : info.error().message;
  }
  static ErrorCode CodeOf(const Status& status) {
    return status ? ErrorCode::kInternal : status.error().code;
  }
  template <class T>
  static ErrorCode CodeOf(const Result<T>& result) {
    return result ? ErrorCode::kInternal : result.error().code;
  }

  FakeEngine fake_;
  std::unique_ptr<LiveEngine> live_;
  Context ctx_ = Context().WithTimeout(seconds(60));
};

TEST_P(EngineConformanceTest, AContainerGoesThroughItsStates) {
  const auto id = engine().Create(ctx_, Spec("life"));
  ASSERT_TRUE(id) << id.error().Sentence();
  EXPECT_EQ(StatusOf(*id), "created");
  EXPECT_EQ(engine().Inspect(ctx_, Name("life")).value_or(ContainerInfo()).id, *id);

  EXPECT_TRUE(engine().Start(ctx_, Name("life")));
  EXPECT_TRUE(engine().Start(ctx_, *id));
  EXPECT_EQ(StatusOf(*id), "running");
  EXPECT_TRUE(engine().Kill(ctx_, *id, "KILL"));
  EXPECT_EQ(engine().Wait(ctx_, *id).value_or(-1), 137);
  EXPECT_EQ(StatusOf(*id), "exited");
  EXPECT_EQ(CodeOf(engine().Kill(ctx_, *id, "KILL")), ErrorCode::kContainerFailed);
  EXPECT_TRUE(engine().Start(ctx_, *id));
  EXPECT_TRUE(engine().Stop(ctx_, *id, seconds(0)));
  EXPECT_TRUE(engine().Stop(ctx_, *id, seconds(0)));
  EXPECT_TRUE(engine().Start(ctx_, *id));
  EXPECT_TRUE(engine().Remove(ctx_, *id));
  EXPECT_TRUE(engine().Remove(ctx_, *id));
  EXPECT_EQ(CodeOf(engine().Inspect(ctx_, *id)), ErrorCode::kContainerMissing);
}

TEST_P(EngineConformanceTest, WhatIsNotThereIsNamed) {
  NullWriter sink;
  StringReader empty{std::string(1024, '\0')};

  const auto inspected = engine().Inspect(ctx_, "reprise-no-such");
  EXPECT_EQ(CodeOf(inspected), ErrorCode::kContainerMissing);
  EXPECT_EQ(inspected.error().message, "there is no container named reprise-no-such");
  EXPECT_EQ(CodeOf(engine().Start(ctx_, "reprise-no-such")), ErrorCode::kContainerMissing);
  EXPECT_EQ(CodeOf(engine().Stop(ctx_, "reprise-no-such", seconds(0))),
            ErrorCode::kContainerMissing);
  EXPECT_EQ(CodeOf(engine().Kill(ctx_, "reprise-no-such", "TERM")), ErrorCode::kContainerMissing);
  EXPECT_EQ(CodeOf(engine().SetRestartPolicy(ctx_, "reprise-no-such", "no")),
            ErrorCode::kContainerMissing);
  EXPECT_EQ(CodeOf(engine().Wait(ctx_, "reprise-no-such")), ErrorCode::kContainerMissing);
  EXPECT_EQ(CodeOf(engine().Logs(ctx_, "reprise-no-such", 1)), ErrorCode::kContainerMissing);
  EXPECT_EQ(CodeOf(engine().Exec(ctx_, "reprise-no-such", {{"true"}, {}, {}, {}}, {})),
            ErrorCode::kContainerMissing);
  EXPECT_EQ(CodeOf(engine().PutArchive(ctx_, "reprise-no-such", "/tmp", empty)),
            ErrorCode::kContainerMissing);
  EXPECT_EQ(CodeOf(engine().GetArchive(ctx_, "reprise-no-such", "/tmp", sink)),
            ErrorCode::kContainerMissing);
  EXPECT_EQ(CodeOf(engine().InspectImage(ctx_, "reprise-no-such:1")), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(engine().RemoveVolume(ctx_, "reprise-no-such")), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(engine().RemoveNetwork(ctx_, "reprise-no-such")), ErrorCode::kNotFound);
}

TEST_P(EngineConformanceTest, CreateNamesWhatItLacks) {
  ContainerSpec no_image = Spec("noimage");
  no_image.image = "reprise-no-such:1";
  ContainerSpec no_volumes = Spec("novolumes");
  no_volumes.volumes_from = "reprise-no-such";
  ContainerSpec no_network = Spec("nonetwork");
  no_network.network_mode = "reprise-no-such";

  EXPECT_EQ(CodeOf(engine().Create(ctx_, no_image)), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(engine().Create(ctx_, no_volumes)), ErrorCode::kContainerMissing);
  ASSERT_TRUE(engine().Create(ctx_, no_network));
  EXPECT_EQ(CodeOf(engine().Start(ctx_, no_network.name)), ErrorCode::kNotFound);
}

TEST_P(EngineConformanceTest, ANameIsTakenOnce) {
  ASSERT_TRUE(engine().Create(ctx_, Spec("twice")));
  ASSERT_TRUE(engine().CreateNetwork(ctx_, {Name("net"), labels()}));

  EXPECT_EQ(CodeOf(engine().Create(ctx_, Spec("twice"))), ErrorCode::kConflict);
  EXPECT_EQ(CodeOf(engine().CreateNetwork(ctx_, {Name("net"), labels()})), ErrorCode::kConflict);
}

TEST_P(EngineConformanceTest, ListingsTakeAllLabels) {
  ContainerSpec one = Spec("one");
  one.labels["epoch"] = "1";
  ContainerSpec two = Spec("two");
  two.labels["epoch"] = "2";
  ASSERT_TRUE(engine().Create(ctx_, one));
  ASSERT_TRUE(engine().Create(ctx_, two));
  Labels both = labels();
  both["epoch"] = "2";

  const auto all = engine().List(ctx_, labels());
  const auto second = engine().List(ctx_, both);

  ASSERT_TRUE(all) << all.error().Sentence();
  EXPECT_EQ(all->size(), 2U);
  ASSERT_TRUE(second) << second.error().Sentence();
  ASSERT_EQ(second->size(), 1U);
  EXPECT_EQ(second->front().name, two.name);
  EXPECT_EQ(second->front().labels, two.labels);
}

TEST_P(EngineConformanceTest, VolumesAndNetworksAreListedAndRemoved) {
  ASSERT_TRUE(engine().CreateVolume(ctx_, Name("v"), labels()));
  ASSERT_TRUE(engine().CreateVolume(ctx_, Name("v"), labels()));
  ASSERT_TRUE(engine().CreateNetwork(ctx_, {Name("n"), labels(), true}));

  const auto volumes = engine().ListVolumes(ctx_, labels());
  const auto networks = engine().ListNetworks(ctx_, labels());

  ASSERT_TRUE(volumes && networks);
  ASSERT_EQ(volumes->size(), 1U);
  EXPECT_EQ(volumes->front().name, Name("v"));
  EXPECT_FALSE(volumes->front().mountpoint.empty());
  ASSERT_EQ(networks->size(), 1U);
  EXPECT_EQ(networks->front().name, Name("n"));
  EXPECT_TRUE(networks->front().internal);
  EXPECT_TRUE(engine().RemoveVolume(ctx_, Name("v")));
  EXPECT_TRUE(engine().RemoveNetwork(ctx_, Name("n")));
  EXPECT_TRUE(engine().ListVolumes(ctx_, labels()).value().empty());
  EXPECT_TRUE(engine().ListNetworks(ctx_, labels()).value().empty());
}

TEST_P(EngineConformanceTest, AVolumeInUseStays) {
  ContainerSpec spec = Spec("user");
  ASSERT_TRUE(engine().CreateVolume(ctx_, Name("used"), labels()));
  spec.mounts = {Mount{Name("used"), "/data"}};
  ASSERT_TRUE(engine().Create(ctx_, spec));

  EXPECT_EQ(CodeOf(engine().RemoveVolume(ctx_, Name("used"))), ErrorCode::kContainerFailed);
}

TEST_P(EngineConformanceTest, VolumesFromSharesMounts) {
  ContainerSpec owner = Spec("owner");
  ASSERT_TRUE(engine().CreateVolume(ctx_, Name("shared"), labels()));
  owner.mounts = {Mount{Name("shared"), "/data"}};
  ContainerSpec guest = Spec("guest");
  guest.volumes_from = owner.name;
  ASSERT_TRUE(engine().Create(ctx_, owner));
  ASSERT_TRUE(engine().Create(ctx_, guest));

  const auto info = engine().Inspect(ctx_, guest.name);

  ASSERT_TRUE(info) << info.error().Sentence();
  ASSERT_EQ(info->mounts.size(), 1U);
  EXPECT_EQ(info->mounts[0].type, "volume");
  EXPECT_EQ(info->mounts[0].name, Name("shared"));
  EXPECT_EQ(info->mounts[0].destination, "/data");
}

TEST_P(EngineConformanceTest, ExecNeedsARunningContainer) {
  ASSERT_TRUE(engine().Create(ctx_, Spec("sleeper")));
  const ExecSpec nothing{{"true"}, {}, {}, {}};

  const auto before = engine().Exec(ctx_, Name("sleeper"), nothing, {});
  ASSERT_TRUE(engine().Start(ctx_, Name("sleeper")));
  const auto after = engine().Exec(ctx_, Name("sleeper"), nothing, {});

  EXPECT_EQ(CodeOf(before), ErrorCode::kContainerFailed);
  EXPECT_EQ(after.value_or(-1), 0);
}

TEST_P(EngineConformanceTest, AStoppedContextEndsEveryCall) {
  ASSERT_TRUE(engine().Create(ctx_, Spec("waits")));
  ASSERT_TRUE(engine().Start(ctx_, Name("waits")));
  std::stop_source stop;
  stop.request_stop();
  const Context stopped(stop.get_token());

  EXPECT_EQ(CodeOf(engine().Inspect(stopped, Name("waits"))), ErrorCode::kCancelled);
  EXPECT_EQ(CodeOf(engine().Wait(stopped, Name("waits"))), ErrorCode::kCancelled);
  EXPECT_EQ(CodeOf(engine().Wait(ctx_.WithTimeout(milliseconds(50)), Name("waits"))),
            ErrorCode::kTimeout);
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineConformanceTest,
                         ::testing::Values(Kind::kFake, Kind::kUnix), [](const auto& tested) {
                           return tested.param == Kind::kFake ? "Fake" : "Unix";
                         });

}  // namespace
}  // namespace reprise::docker
