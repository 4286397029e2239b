#include "domain/masking.hpp"

#include <gtest/gtest.h>

namespace reprise::domain {
namespace {

TEST(MaskPresets, AllStandsForEachAndAnUnknownOneForNothing) {
  EXPECT_EQ(ParseMaskPresets({"all"})->size(), 4U);
  EXPECT_EQ(ParseMaskPresets({"users", "users"}), (MaskPresets{MaskPreset::kUsers}));
  EXPECT_EQ(ParseMaskPresets({}), MaskPresets());
  EXPECT_EQ(ParseMaskPresets({"users", "customers"}), std::nullopt);
  EXPECT_EQ(ParseMaskPresets(NamesOf(*ParseMaskPresets({"all"}))), ParseMaskPresets({"all"}));
}

TEST(SafeCopySettings, NamesThatCouldBeAnythingElseAreRefused) {
  SafeCopySettings settings;
  settings.rules = {{"x_table", "x_column", MaskHow::kBlank}};
  EXPECT_TRUE(CheckSettings(settings));
  for (const char* name : {"", "Table", "a b", "a\"b", "1a", "a.b", "a;b"}) {
    settings.rules[0].column = name;
    const Status checked = CheckSettings(settings);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().field, "/mask_rules/0/column");
  }
  settings.rules[0].column = std::string(64, 'a');
  EXPECT_FALSE(CheckSettings(settings));
}

TEST(SafeCopySettings, SqlAndItsTimeAreBounded) {
  SafeCopySettings settings;
  settings.extra_sql = std::string(64 * 1024 + 1, ' ');
  EXPECT_EQ(CheckSettings(settings).error().field, "/extra_sql");
  settings.extra_sql.pop_back();
  EXPECT_TRUE(CheckSettings(settings));
  for (const int seconds : {0, -1, 3601}) {
    settings.extra_sql_limit = std::chrono::seconds(seconds);
    EXPECT_EQ(CheckSettings(settings).error().field, "/extra_sql_seconds");
  }
}

}  // namespace
}  // namespace reprise::domain
