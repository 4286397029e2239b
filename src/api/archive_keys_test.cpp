#include <gtest/gtest.h>

#include "api/testing/api_house.hpp"
#include "storage/recovery_sheet.hpp"

namespace reprise::api {
namespace {

using testing::ApiHouse;

class ArchiveKeysTest : public ::testing::Test {
 protected:
  static std::string Text(const boost::json::value& body, std::string_view name) {
    return std::string(body.as_object().at(name).as_string());
  }
  std::string organization() {
    return house_.tenancy.DefaultProject().value().organization_id.value;
  }
  std::string Path(std::string_view what) {
    return fmt::format("/api/v1/organizations/{}/{}", organization(), what);
  }

  ApiHouse house_;
};

TEST_F(ArchiveKeysTest, AnEncryptingStorageMakesTheFirstAndRotationTheNext) {
  EXPECT_EQ(house_.Call("POST", Path("recovery-sheet")).raw.status, 409);
  const auto made =
      house_.Call("POST", "/api/v1/backups/storage-configs",
                  fmt::format(R"({{"organization_id":"{}","name":"vault","provider":"local",)"
                              R"("settings":{{"folder":"/srv/vault"}},"encrypt_archives":true}})",
                              organization()));
  ASSERT_EQ(made.raw.status, 201) << made.raw.body;
  EXPECT_TRUE(made.body.as_object().at("encrypt_archives").as_bool());
  house_.clock.Advance(std::chrono::seconds(1));
  const auto rotated = house_.Call("POST", Path("archive-keys"));
  ASSERT_EQ(rotated.raw.status, 201) << rotated.raw.body;
  const auto listed = house_.Call("GET", Path("archive-keys?page_size=1"));
  EXPECT_EQ(listed.body.as_object().at("total").as_int64(), 2);
  const auto& newest = listed.body.as_object().at("items").as_array().at(0);
  EXPECT_EQ(Text(newest, "id"), Text(rotated.body, "id"));
  EXPECT_TRUE(newest.as_object().at("is_current").as_bool());
  const auto older = house_.Call("GET", Path("archive-keys?page_size=1&page=2"));
  EXPECT_FALSE(
      older.body.as_object().at("items").as_array().at(0).as_object().at("is_current").as_bool());

  const auto sheet = house_.Call("POST", Path("recovery-sheet"));
  ASSERT_EQ(sheet.raw.status, 200) << sheet.raw.body;
  const auto keys = storage::ReadRecoverySheet(Text(sheet.body, "sheet"));
  ASSERT_TRUE(keys) << keys.error().Sentence();
  EXPECT_EQ(keys->size(), 2U);
  EXPECT_EQ(keys->back().id, Text(rotated.body, "id"));

  const std::string change = "/api/v1/backups/storage-configs/" + Text(made.body, "id");
  const auto off = house_.Call("PATCH", change, R"({"encrypt_archives":false})");
  EXPECT_FALSE(off.body.as_object().at("encrypt_archives").as_bool());
}

TEST_F(ArchiveKeysTest, ASheetIsInTheAuditLogWithoutAnyKey) {
  ASSERT_EQ(house_.Call("POST", Path("archive-keys")).raw.status, 201);
  const auto sheet = house_.Call("POST", Path("recovery-sheet"));
  const auto keys = storage::ReadRecoverySheet(Text(sheet.body, "sheet")).value();
  const auto audit = house_.Call("GET", "/api/v1/audit");
  EXPECT_NE(audit.raw.body.find("makeRecoverySheet"), std::string::npos) << audit.raw.body;
  EXPECT_EQ(audit.raw.body.find(ToHex(keys.front().secret)), std::string::npos);
  EXPECT_EQ(sheet.raw.headers.at("cache-control"), "no-store");
}

}  // namespace
}  // namespace reprise::api
