#include "docker/image_reference.hpp"

#include <gtest/gtest.h>

namespace reprise::docker {
namespace {

std::string Parsed(std::string_view text) {
  const auto reference = ParseImageReference(text);
  return reference ? reference->name + " | " + reference->tag_or_digest : "none";
}

TEST(ImageReferenceTest, SplitsNameAndTag) {
  EXPECT_EQ(Parsed("odoo:19"), "odoo | 19");
  EXPECT_EQ(Parsed("odoo"), "odoo | latest");
  EXPECT_EQ(Parsed("registry:5000/odoo"), "registry:5000/odoo | latest");
  EXPECT_EQ(Parsed("registry:5000/team/odoo:19.0"), "registry:5000/team/odoo | 19.0");
}

TEST(ImageReferenceTest, ADigestCountsMoreThanATag) {
  EXPECT_EQ(Parsed("odoo@sha256:ab12"), "odoo | sha256:ab12");
  EXPECT_EQ(Parsed("odoo:19@sha256:ab12"), "odoo | sha256:ab12");
}

TEST(ImageReferenceTest, RefusesWhatCouldChangeTheRequest) {
  for (const std::string_view text :
       {"", "/", "a//b", "../containers/x", "a/../b", "a b", "a?x=1", "a#b", "odoo:", ":19",
        "a%2fb", "odoo@", "odoo@sha256", "a\r\nb"}) {
    EXPECT_EQ(Parsed(text), "none") << text;
  }
}

}  // namespace
}  // namespace reprise::docker
