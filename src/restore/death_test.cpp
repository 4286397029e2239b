// A restore whose process dies at every single act that the world can see, one after the other:
// whatever is found afterwards must lead on to the end, or back to the beginning.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "restore/testing/restore_house.hpp"

namespace reprise::restore {
namespace {

using domain::RestoreOutcome;
using testing::RestoreHouse;
using testing::Sight;

// How a house is set up before its restore begins.
using Setup = void (*)(RestoreHouse&);

void SideBySide(RestoreHouse& house) { house.sealed = true; }
void InPlace(RestoreHouse& house) {
  house.restore.strategy = domain::RestoreStrategy::kInPlace;
  house.restore.request.strategy = domain::RestoreStrategy::kInPlace;
}
void LeavingASnapshot(RestoreHouse& house) {
  house.restore.request.keep_snapshot = true;
  house.facts.saved["snapshot_id"] = "0193b5a0-1234-7abc-8def-0123cccc1111";
}
void WithoutFilestore(RestoreHouse& house) { house.restore.request.include_filestore = false; }

class DeathTest : public ::testing::TestWithParam<std::pair<const char*, Setup>> {
 protected:
  static std::unique_ptr<RestoreHouse> House() {
    auto house = std::make_unique<RestoreHouse>();
    GetParam().second(*house);
    house->Open();
    house->Claim();
    return house;
  }
  // Runs until death at `act`; false when the restore was over before.
  static bool Dies(RestoreHouse& house, int act) {
    house.fuse.DieAt(act);
    const Status ran = house.RunTo("finish");
    house.fuse.Revive();
    if (!ran) house.Claim();  // by the next process
    return !ran;
  }
  // In place the live database comes back as its copy in the safety backup; else nothing differs.
  static void ExpectAsBefore(RestoreHouse& house) {
    Sight sight = house.Look();
    if (house.restore.strategy == domain::RestoreStrategy::kInPlace &&
        house.Live() == "safety backup") {
      sight.databases.databases["shop-db"].content = "live";
    }
    ASSERT_EQ(sight, house.before);
    ASSERT_TRUE(house.trio.Answers("shop-db"));
  }
};

TEST_P(DeathTest, TheNextProcessEndsWhatTheDeadOneBegan) {
  const auto whole = House();
  ASSERT_TRUE(whole->RunTo("finish"));
  const Sight after = whole->Look();
  for (int act = 0;; ++act) {
    SCOPED_TRACE(fmt::format("dead at act {}", act));
    const auto house = House();
    if (!Dies(*house, act)) break;
    const Status ran = house->RunTo("finish");
    ASSERT_TRUE(ran) << ran.error().Sentence();
    ASSERT_EQ(house->Look(), after);
    ASSERT_TRUE(house->trio.Answers("shop-db"));
  }
}

TEST_P(DeathTest, WhatTheDeadOneBeganCanBeTakenBack) {
  for (int act = 0;; ++act) {
    SCOPED_TRACE(fmt::format("dead at act {}", act));
    const auto house = House();
    if (!Dies(*house, act)) break;
    if (house->begun.contains("finish")) break;  // from there on only forward
    const Status undone = house->UndoAll();
    ASSERT_TRUE(undone) << undone.error().Sentence();
    ASSERT_NO_FATAL_FAILURE(ExpectAsBefore(*house));
  }
}

// Dies a second time, while it takes back.
TEST_P(DeathTest, ADeathWhileTakingBackIsGoneOnWith) {
  for (int act = 0;; ++act) {
    SCOPED_TRACE(fmt::format("dead at act {} of taking back", act));
    const auto house = House();
    ASSERT_TRUE(house->RunTo("start"));
    house->Claim();
    house->fuse.DieAt(act);
    const bool died = !house->UndoAll();
    house->fuse.Revive();
    if (!died) break;
    house->Claim();
    const Status undone = house->UndoAll();
    ASSERT_TRUE(undone) << undone.error().Sentence();
    ASSERT_NO_FATAL_FAILURE(ExpectAsBefore(*house));
    ASSERT_EQ(house->Row().outcome, RestoreOutcome::kRolledBack);
  }
}

// The same for an undo, which exchanges what serves with what was kept.
class UndoDeathTest : public ::testing::Test {
 protected:
  static std::unique_ptr<RestoreHouse> House() {
    auto house = std::make_unique<RestoreHouse>();
    house->Open();
    house->Claim();
    house->EndAndBegin(domain::TaskKind::kUndo);
    return house;
  }
};

TEST_F(UndoDeathTest, TheNextProcessEndsWhatTheDeadOneBegan) {
  for (int act = 0;; ++act) {
    SCOPED_TRACE(fmt::format("dead at act {}", act));
    const auto house = House();
    house->fuse.DieAt(act);
    const bool died = !house->RunTo("verify");
    house->fuse.Revive();
    if (!died) break;
    house->Claim();
    const Status ran = house->RunTo("verify");
    ASSERT_TRUE(ran) << ran.error().Sentence();
    ASSERT_EQ(house->Live(), "live");
    ASSERT_TRUE(house->trio.Answers("shop-db"));
    ASSERT_EQ(house->FilesOf("shop-db"),
              (std::set<std::string>{"a file in both", "a file of the shop"}));
  }
}

TEST_F(UndoDeathTest, ADeathWhileItIsTakenBackIsGoneOnWith) {
  for (int act = 0;; ++act) {
    SCOPED_TRACE(fmt::format("dead at act {} of taking back", act));
    const auto house = House();
    ASSERT_TRUE(house->RunTo("start"));
    house->Claim();
    house->fuse.DieAt(act);
    const bool died = !house->UndoAll();
    house->fuse.Revive();
    if (!died) break;
    house->Claim();
    const Status undone = house->UndoAll();
    ASSERT_TRUE(undone) << undone.error().Sentence();
    ASSERT_EQ(house->Look(), house->before);
  }
}

INSTANTIATE_TEST_SUITE_P(Restore, DeathTest,
                         ::testing::Values(std::pair("SideBySide", &SideBySide),
                                           std::pair("InPlace", &InPlace),
                                           std::pair("LeavingASnapshot", &LeavingASnapshot),
                                           std::pair("WithoutFilestore", &WithoutFilestore)),
                         [](const auto& each) { return std::string(each.param.first); });

}  // namespace
}  // namespace reprise::restore
