#include "restore/safe_copy_policy.hpp"

#include <gtest/gtest.h>

namespace reprise::restore {
namespace {

using domain::EnvironmentType;
using domain::IdentityPolicy;
using domain::RestoreMode;
using domain::Switch;

constexpr auto kAllModes = {RestoreMode::kOriginal, RestoreMode::kExisting, RestoreMode::kNew,
                            RestoreMode::kCrossServer};
constexpr auto kAllTypes = {EnvironmentType::kDevelopment, EnvironmentType::kStaging,
                            EnvironmentType::kProduction, EnvironmentType::kTesting};

struct Situation {
  RestoreMode mode = RestoreMode::kOriginal;
  EnvironmentType from = EnvironmentType::kProduction;
  EnvironmentType to = EnvironmentType::kStaging;
  Switch neutralize = Switch::kAuto;
  IdentityPolicy identity = IdentityPolicy::kAuto;
};

SafeCopyPolicy Decided(const Situation& situation) {
  domain::RestoreRequest request;
  request.mode = situation.mode;
  request.neutralize = situation.neutralize;
  request.identity = situation.identity;
  domain::Backup backup;
  backup.snapshot.type = situation.from;
  domain::Environment target;
  target.type = situation.to;
  return DecideSafeCopy(request, backup, target);
}

TEST(Neutralize, AutoIsForCopiesOfProductionThatAreNotProduction) {
  for (const RestoreMode mode : kAllModes) {
    for (const EnvironmentType from : kAllTypes) {
      for (const EnvironmentType to : kAllTypes) {
        const bool expected = mode != RestoreMode::kOriginal &&
                              from == EnvironmentType::kProduction &&
                              to != EnvironmentType::kProduction;
        EXPECT_EQ(Decided({.mode = mode, .from = from, .to = to}).neutralize, expected)
            << domain::NameOf(mode) << " from " << domain::NameOf(from) << " to "
            << domain::NameOf(to);
      }
    }
  }
}

TEST(Neutralize, WhatIsToldCountsMoreThanTheSituation) {
  for (const RestoreMode mode : kAllModes) {
    for (const EnvironmentType to : kAllTypes) {
      EXPECT_TRUE(Decided({.mode = mode, .to = to, .neutralize = Switch::kOn}).neutralize);
      EXPECT_FALSE(Decided({.mode = mode, .to = to, .neutralize = Switch::kOff}).neutralize);
    }
  }
}

TEST(Identity, AutoIsResetForCopiesAndKeptForTheSameInstance) {
  const auto resets = [](RestoreMode mode) { return Decided({.mode = mode}).reset_identity; };
  EXPECT_FALSE(resets(RestoreMode::kOriginal));
  EXPECT_FALSE(resets(RestoreMode::kCrossServer));
  EXPECT_TRUE(resets(RestoreMode::kExisting));
  EXPECT_TRUE(resets(RestoreMode::kNew));
}

TEST(Identity, WhatIsToldCountsMoreThanTheSituation) {
  for (const RestoreMode mode : kAllModes) {
    EXPECT_TRUE(Decided({.mode = mode, .identity = IdentityPolicy::kReset}).reset_identity);
    EXPECT_FALSE(Decided({.mode = mode, .identity = IdentityPolicy::kKeep}).reset_identity);
  }
}

}  // namespace
}  // namespace reprise::restore
