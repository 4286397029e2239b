#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "restore/testing/restore_house.hpp"

namespace reprise::restore::testing {

// A house whose restore has come as far as a test wants.
class StepTest : public ::testing::Test {
 protected:
  void Open() {
    house_.Open();
    house_.Claim();
  }
  // All steps before `name`, so that it is its turn.
  void OpenAt(std::string_view name) {
    Open();
    std::string_view last;
    for (const auto& step : house_.workflow->steps()) {
      if (step->name() == name) break;
      last = step->name();
    }
    const Status ran = house_.RunTo(last);
    ASSERT_TRUE(ran) << ran.error().Sentence();
  }
  Error FailureOf(std::string_view step) {
    const Status ran = house_.Run(step);
    EXPECT_FALSE(ran) << step << " should have failed";
    return ran ? Error{} : ran.error();
  }
  [[nodiscard]] postgres::testing::FakeDatabase Side() {
    return house_.trio.databases.world().databases.at(house_.SideName());
  }
  // What the tool got on its standard input, each time.
  std::vector<std::string> InputsOf(std::string_view tool, std::string_view argument) {
    std::vector<std::string> inputs;
    for (const auto& call : house_.trio.programs.calls()) {
      const auto& argv = call.spec.argv;
      if (argv.front() == tool && std::find(argv.begin(), argv.end(), argument) != argv.end()) {
        inputs.push_back(call.sql);
      }
    }
    return inputs;
  }

  RestoreHouse house_;
};

}  // namespace reprise::restore::testing
