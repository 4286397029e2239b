// Thousands of small histories: whatever breaks in them, the shop serves its former data or the
// restored ones, and nothing is left behind. Some are drawn from a seed: a failing one is printed,
// and REPRISE_SIMULATION_SEED=N runs it alone and tells its story. The others strike each single
// call that a task makes with each thing that can befall it, one history each.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/log.hpp"
#include "restore/testing/simulation.hpp"
#include "restore/testing/two_on_one_disk.hpp"

namespace reprise::restore {
namespace {

using domain::RestoreStrategy;
using testing::Act;
using testing::Blow;
using testing::Simulation;
using testing::Toll;
using World = reprise::testing::World;

// Sanitizers make a history some ten times as long: every n-th call has to do.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kStride = 7;
#else
constexpr int kStride = 1;
#endif
// From so many seeds on, each long step must have met everything.
constexpr std::uint64_t kManySeeds = 1000;

// The number in an environment variable.
std::optional<std::uint64_t> NumberFrom(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr || *text == '\0') return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

class Quiet {
 public:
  Quiet() { log::SetLevel(log::Level::kError); }
  ~Quiet() { log::SetLevel(log::Level::kInfo); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
};

int Sum(const std::map<Blow, int>& blows, std::initializer_list<Blow> of) {
  int sum = 0;
  for (const Blow blow : of) sum += blows.contains(blow) ? blows.at(blow) : 0;
  return sum;
}
int Deaths(const std::map<Blow, int>& blows) { return Sum(blows, {Blow::kDies, Blow::kDiesAfter}); }
int Errors(const std::map<Blow, int>& blows) {
  return Sum(blows, {Blow::kRefused, Blow::kAnswerLost, Blow::kAltered});
}
int Pauses(const std::map<Blow, int>& blows) { return Sum(blows, {Blow::kFreezes}); }

class SimulationTest : public ::testing::Test {
 protected:
  void Simulate(std::uint64_t seed) {
    Simulation simulation(seed);
    for (const std::string& complaint : simulation.Run()) {
      ADD_FAILURE() << "seed " << seed << ": " << complaint << "\n" << simulation.story();
    }
    if (NumberFrom("REPRISE_SIMULATION_SEED")) fmt::print("{}\n", simulation.story());
    for (const auto& [place, blows] : simulation.toll()) {
      for (const auto& [blow, count] : blows) toll_[place][blow] += count;
    }
  }
  [[nodiscard]] int Fallen() const {
    int fallen = 0;
    for (const auto& [place, blows] : toll_)
      fallen += Deaths(blows) + Errors(blows) + Pauses(blows);
    return fallen;
  }
  // The steps that take long enough to be met often; all others are EveryCallTest's.
  void ExpectThatLongStepsMetEverything() {
    for (const std::string step :
         {"backup archive", "restore validate", "restore safety_backup", "restore download",
          "restore load_database", "restore stage_filestore", "restore prove", "restore swap"}) {
      const std::map<Blow, int>& blows = toll_[step];
      EXPECT_GT(Deaths(blows), 0) << "no process died in " << step;
      EXPECT_GT(Errors(blows), 0) << "no call failed in " << step;
      EXPECT_GT(Pauses(blows), 0) << "no process stood still in " << step;
    }
  }
  void TellToll() {
    for (const auto& [place, blows] : toll_) {
      fmt::print("  {:34} {:6} deaths {:6} errors {:6} pauses\n",
                 place.empty() ? "between steps, or side by side" : place, Deaths(blows),
                 Errors(blows), Pauses(blows));
    }
  }

  Toll toll_;

 private:
  const Quiet quiet_;
};

TEST_F(SimulationTest, WhateverBreaksTheShopServesItsOldDataOrTheRestored) {
  if (const auto seed = NumberFrom("REPRISE_SIMULATION_SEED")) {
    Simulate(*seed);
    return;
  }
  const std::uint64_t first = NumberFrom("REPRISE_SIMULATION_FIRST").value_or(0);
  const std::uint64_t seeds = NumberFrom("REPRISE_SIMULATION_SEEDS").value_or(50);
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) Simulate(seed);
  fmt::print("{} seeds, {} strikes fell\n", seeds, Fallen());
  EXPECT_GT(Fallen(), static_cast<int>(seeds / 4)) << "the strikes miss";
  if (seeds < kManySeeds) return;
  TellToll();
  ExpectThatLongStepsMetEverything();
}

// A fifth of the seeds: each is two histories side by side.
TEST_F(SimulationTest, OfTwoRestoresOnADiskWithRoomForOneAtMostOneIsMadeAndNothingElseChanges) {
  const std::uint64_t first = NumberFrom("REPRISE_SIMULATION_SEED")
                                  .value_or(NumberFrom("REPRISE_SIMULATION_FIRST").value_or(0));
  const std::uint64_t seeds = NumberFrom("REPRISE_SIMULATION_SEED")
                                  ? 1
                                  : NumberFrom("REPRISE_SIMULATION_SEEDS").value_or(500) / 5;
  int completed = 0;
  int told = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    testing::TwoOnOneDisk two(seed);
    for (const std::string& complaint : two.Run()) {
      ADD_FAILURE() << "seed " << seed << ": " << complaint << "\n" << two.story();
    }
    completed += two.completed();
    told += two.told_of_the_other();
  }
  fmt::print("{} seeds, {} restored, {} were told who holds the room\n", seeds, completed, told);
  if (seeds < 50) return;
  EXPECT_GT(completed, static_cast<int>(seeds / 2));
  EXPECT_GT(told, static_cast<int>(seeds / 10)) << "they never meet";
}

struct Task {
  const char* name;
  RestoreStrategy strategy;
  Act act;
};
void PrintTo(const Task& task, std::ostream* out) { *out << task.name; }

class EveryCallTest : public ::testing::TestWithParam<std::tuple<Task, World>> {
 protected:
  // Strikes the n-th call to one part of the world for every n that there is; how many there were.
  static int StrikeEach(Blow blow) {
    const auto& [task, world] = GetParam();
    for (int at = 0;; at += kStride) {
      const testing::Strike strike{world, at, blow};
      Simulation simulation({task.strategy, task.act, strike});
      for (const std::string& complaint : simulation.Run()) {
        ADD_FAILURE() << strike << ": " << complaint << "\n" << simulation.story();
      }
      if (simulation.strikes_fallen() == 0) return at;
    }
  }

 private:
  const Quiet quiet_;
};

TEST_P(EveryCallTest, MayBeRefusedLostOrTheLastOfItsProcess) {
  std::vector<Blow> blows = {Blow::kRefused, Blow::kAnswerLost, Blow::kDies, Blow::kDiesAfter,
                             Blow::kFreezes};
  if (std::get<World>(GetParam()) == World::kStorage) blows.push_back(Blow::kAltered);
  int calls = 0;
  for (const Blow blow : blows) calls = std::max(calls, StrikeEach(blow));
  fmt::print("{} calls\n", calls);
  if (std::get<Task>(GetParam()).act == Act::kRestore) {
    EXPECT_GT(calls, 5) << "the strikes miss";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Of, EveryCallTest,
    ::testing::Combine(
        ::testing::Values(Task{"ABackup", RestoreStrategy::kSideBySide, Act::kBackup},
                          Task{"ARestoreSideBySide", RestoreStrategy::kSideBySide, Act::kRestore},
                          Task{"ARestoreInPlace", RestoreStrategy::kInPlace, Act::kRestore},
                          Task{"AnUndo", RestoreStrategy::kSideBySide, Act::kUndo},
                          Task{"ARelease", RestoreStrategy::kSideBySide, Act::kRelease}),
        ::testing::Values(World::kEngine, World::kStorage, World::kCatalog)),
    [](const auto& each) {
      std::string to(testing::NameOf(std::get<World>(each.param)));
      to.front() = static_cast<char>(to.front() - 'a' + 'A');
      return std::string(std::get<Task>(each.param).name) + "ToThe" + to;
    });

}  // namespace
}  // namespace reprise::restore
