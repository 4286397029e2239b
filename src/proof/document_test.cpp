#include "proof/document.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>

#include "base/id.hpp"

namespace reprise::proof {
namespace {

namespace json = boost::json;

const std::string kSeed(64, '7');

json::object Report() {
  return json::parse(R"({"b":[1,{"z":"ü\"\n/","a":null}],"a":true,"n":18446744073709551615})")
      .as_object();
}

TEST(ProofDocument, TheTextThatIsSignedIsSortedAndWithoutSpaces) {
  EXPECT_EQ(CanonicalText(Report()),
            "{\"a\":true,\"b\":[1,{\"a\":null,\"z\":\"ü\\\"\\n/\"}],\"n\":18446744073709551615}");
}

TEST(ProofDocument, WhatWasSignedVerifiesWithThePublicKeyAlone) {
  const SigningKey key(kSeed);
  const auto report = Verify(Seal(Report(), &key), key.public_key());
  ASSERT_TRUE(report) << report.error().Sentence();
  EXPECT_EQ(*report, Report());
}

TEST(ProofDocument, EveryChangeIsFound) {
  const SigningKey key(kSeed);
  const std::string sealed = Seal(Report(), &key);
  for (const auto& [from, to] : {std::pair("true", "false"), std::pair("[1,", "[2,"),
                                 std::pair("\"n\"", "\"m\""), std::pair("null", "0")}) {
    std::string changed = sealed;
    changed.replace(changed.find(from), std::string_view(from).size(), to);
    const auto verdict = Verify(changed, key.public_key());
    ASSERT_FALSE(verdict) << changed;
    EXPECT_EQ(verdict.error().code, ErrorCode::kProofFailed);
  }
}

TEST(ProofDocument, AnotherKeyOrNoSignatureDoesNotPass) {
  const SigningKey key(kSeed);
  const SigningKey other(std::string(64, '8'));
  EXPECT_FALSE(Verify(Seal(Report(), &other), key.public_key()));
  EXPECT_FALSE(Verify(Seal(Report(), nullptr), key.public_key()));
  EXPECT_EQ(Verify("[]", key.public_key()).error().code, ErrorCode::kFormatUnsupported);
}

TEST(ProofDocument, TheKeyIsMadeOnceAndForItsOwnerOnly) {
  const auto folder = std::filesystem::temp_directory_path() / ("reprise-key-" + NewUuid());
  std::filesystem::create_directories(folder);
  const auto path = folder / "proof.key";
  const std::string made = SigningKey::FromFile(path)->public_key();
  EXPECT_EQ(SigningKey::FromFile(path)->public_key(), made);
  const auto owner_only = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  EXPECT_EQ(std::filesystem::status(path).permissions(), owner_only);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace reprise::proof
