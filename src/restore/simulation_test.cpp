// Thousands of small histories, each drawn from its seed: whatever breaks in them, the shop serves
// its former data or the restored ones, and nothing is left behind. A failing seed is printed;
// REPRISE_SIMULATION_SEED=N runs it alone and tells its story.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/log.hpp"
#include "restore/testing/simulation.hpp"

namespace reprise::restore {
namespace {

// The number in an environment variable.
std::optional<std::uint64_t> NumberFrom(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr || *text == '\0') return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

class SimulationTest : public ::testing::Test {
 protected:
  void SetUp() override { log::SetLevel(log::Level::kError); }
  void TearDown() override { log::SetLevel(log::Level::kInfo); }

  int Simulate(std::uint64_t seed) {
    testing::Simulation simulation(seed);
    for (const std::string& complaint : simulation.Run()) {
      ADD_FAILURE() << "seed " << seed << ": " << complaint << "\n" << simulation.story();
    }
    if (NumberFrom("REPRISE_SIMULATION_SEED")) fmt::print("{}\n", simulation.story());
    return simulation.strikes_fallen();
  }
};

TEST_F(SimulationTest, WhateverBreaksTheShopServesItsOldDataOrTheRestored) {
  if (const auto seed = NumberFrom("REPRISE_SIMULATION_SEED")) {
    Simulate(*seed);
    return;
  }
  const std::uint64_t first = NumberFrom("REPRISE_SIMULATION_FIRST").value_or(0);
  const std::uint64_t seeds = NumberFrom("REPRISE_SIMULATION_SEEDS").value_or(150);
  int fallen = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    fallen += Simulate(seed);
  }
  fmt::print("{} seeds, {} strikes fell\n", seeds, fallen);
  EXPECT_GT(fallen, static_cast<int>(seeds / 4)) << "the strikes miss";
}

}  // namespace
}  // namespace reprise::restore
