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

struct MaskSituation {
  RestoreMode mode = RestoreMode::kExisting;
  EnvironmentType from = EnvironmentType::kProduction;
  EnvironmentType to = EnvironmentType::kStaging;
  Switch neutralize = Switch::kAuto;
  std::optional<domain::MaskPresets> mask = std::nullopt;
};

domain::SafeCopySettings Settings(const MaskSituation& situation) {
  domain::RestoreRequest request;
  request.mode = situation.mode;
  request.neutralize = situation.neutralize;
  request.mask = situation.mask;
  domain::Backup backup;
  backup.snapshot.type = situation.from;
  domain::Environment target;
  target.type = situation.to;
  return DecideSettings(request, backup, target,
                        {.mask = {domain::MaskPreset::kPartners},
                         .rules = {{"x_pets", "x_name", domain::MaskHow::kName}},
                         .extra_sql = "DELETE FROM x_pets"});
}

TEST(Mask, TheProjectsCountsForCopiesOfProductionAlsoWhenTheyAreNotNeutralized) {
  EXPECT_TRUE(Settings({}).HasMask());
  EXPECT_TRUE(Settings({.mode = RestoreMode::kCrossServer}).HasMask());
  EXPECT_TRUE(Settings({.neutralize = Switch::kOff}).HasMask());
  EXPECT_FALSE(Settings({.from = EnvironmentType::kStaging}).HasMask());
}

TEST(Mask, NeverAnOriginalNorWhatBecomesProduction) {
  for (const auto& mask : {std::optional<domain::MaskPresets>(),
                           std::optional(domain::MaskPresets{domain::MaskPreset::kUsers})}) {
    EXPECT_FALSE(Settings({.mode = RestoreMode::kOriginal, .mask = mask}).HasMask());
    EXPECT_FALSE(
        Settings({.to = EnvironmentType::kProduction, .neutralize = Switch::kOn, .mask = mask})
            .HasMask());
  }
}

TEST(Mask, WhatIsToldCountsMoreThanTheProject) {
  EXPECT_FALSE(Settings({.mask = domain::MaskPresets{}}).HasMask());
  const auto told = Settings(
      {.from = EnvironmentType::kStaging, .mask = domain::MaskPresets{domain::MaskPreset::kUsers}});
  EXPECT_EQ(told.mask, domain::MaskPresets{domain::MaskPreset::kUsers});
  EXPECT_EQ(told.rules.size(), 1U) << "columns of the project's own go with any";
}

TEST(ExtraSql, RunsWhereACopyIsNeutralized) {
  EXPECT_FALSE(Settings({}).extra_sql.empty());
  EXPECT_TRUE(Settings({.neutralize = Switch::kOff}).extra_sql.empty());
  EXPECT_TRUE(Settings({.mode = RestoreMode::kOriginal}).extra_sql.empty());
}

TEST(SafeCopySettings, SqlThatIsNoneIsRefusedWhenItIsSet) {
  const Status checked = CheckSettings({.extra_sql = "SELECT 'open"});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().field, "/extra_sql");
  EXPECT_TRUE(CheckSettings({.extra_sql = "DELETE FROM x_pets"}));
}

}  // namespace
}  // namespace reprise::restore
