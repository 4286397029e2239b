#include "domain/environment.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "domain/names.hpp"

namespace reprise::domain {
namespace {

TEST(EnvironmentName, MayHaveLettersDigitsSpacesAndThreeSigns) {
  for (const std::string_view name : {"a", "9", "Prod clone", "shop_2.0-test", "A.b_c-d e"}) {
    EXPECT_TRUE(CheckEnvironmentName(name)) << name;
  }
  EXPECT_TRUE(CheckEnvironmentName(std::string(63, 'x')));
}

TEST(EnvironmentName, IsRefusedOtherwise) {
  for (const std::string_view name :
       {"", " ", " shop", "shop ", "-shop", ".shop", "_shop", "sh/op", "sh\\op", "sh\"op", "sh'op",
        "sh\nop", "shöp", "..", "$(reboot)", "a;b", "a\tb"}) {
    const Status checked = CheckEnvironmentName(name);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(checked.error().hint.empty());
  }
  EXPECT_FALSE(CheckEnvironmentName(std::string(64, 'x')));
  EXPECT_FALSE(CheckEnvironmentName(std::string_view("a\0b", 3)));
}

RC_GTEST_PROP(EnvironmentName, WhatIsAllowedIsSafeInADatabaseNameAndALabel, ()) {
  const auto name =
      *rc::gen::container<std::string>(rc::gen::elementOf(std::string("aZ0_-. /\"'$;\\\n\xC3")));
  if (!CheckEnvironmentName(name)) return;
  RC_ASSERT(name.size() <= 63U);
  RC_ASSERT(name.find_first_of("/\"'$;\\\n\xC3") == std::string::npos);
  RC_ASSERT(DatabaseNameFor(name) != "odoo");
}

}  // namespace
}  // namespace reprise::domain
