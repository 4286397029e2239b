#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/drill_page.hpp"
#include "api/testing/api_house.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using testing::ApiHouse;
using ::testing::HasSubstr;

class UpkeepRoutesTest : public ::testing::Test {
 protected:
  ApiHouse::Answer Create(std::string_view cron, std::string_view more = "") {
    return house_.Call(
        "POST", "/api/v1/schedules",
        fmt::format(R"({{"environment_id":"{}","cron":"{}"{}}})", shop_.id.value, cron, more));
  }
  static std::string Text(const json::value& body, std::string_view pointer) {
    return std::string(body.at_pointer(pointer).as_string());
  }

  ApiHouse house_;
  domain::Environment shop_ = house_.AddEnvironment();
};

TEST_F(UpkeepRoutesTest, AScheduleSaysItsExpressionInWordsAndItsNextFiveRuns) {
  const auto made = Create("30 2 * * 1-5", R"(,"time_zone":"Europe/Madrid")");
  ASSERT_EQ(made.raw.status, 201) << made.raw.body;
  EXPECT_EQ(Text(made.body, "/sentence"), "At 02:30, from Monday to Friday.");
  EXPECT_EQ(made.body.at_pointer("/next_runs").as_array().size(), 5U);
  EXPECT_EQ(made.body.at_pointer("/next_runs/0"), made.body.at_pointer("/next_run_at"));
  EXPECT_TRUE(made.body.at_pointer("/last_run").is_null());
}

TEST_F(UpkeepRoutesTest, AWrongExpressionOrZoneIsRefusedAtItsField) {
  const auto cron = Create("61 2 * * *");
  EXPECT_EQ(cron.raw.status, 422) << cron.raw.body;
  EXPECT_EQ(Text(cron.body, "/field"), "/cron");
  EXPECT_THAT(cron.raw.body, HasSubstr("must be between 0 and 59"));
  const auto zone = Create("0 2 * * *", R"(,"time_zone":"Mars/Olympus")");
  EXPECT_EQ(zone.raw.status, 422);
  EXPECT_EQ(Text(zone.body, "/field"), "/time_zone");
  EXPECT_EQ(Create("0 2 * * *", R"(,"name":"n")").raw.status, 201);
  EXPECT_EQ(Create("0 3 * * *", R"(,"name":"n")").raw.status, 409);
}

TEST_F(UpkeepRoutesTest, AScheduleIsTurnedOffChangedRunAndDeleted) {
  const std::string path = "/api/v1/schedules/" + Text(Create("0 2 * * *").body, "/id");
  const auto off = house_.Call("PATCH", path, R"({"is_enabled":false})");
  EXPECT_TRUE(off.body.at_pointer("/next_run_at").is_null());
  EXPECT_TRUE(off.body.at_pointer("/next_runs").as_array().empty());
  const auto on = house_.Call(
      "PATCH", path, R"({"is_enabled":true,"include_filestore":false,"incremental":true})");
  EXPECT_FALSE(on.body.at_pointer("/include_filestore").as_bool());
  EXPECT_TRUE(on.body.at_pointer("/incremental").as_bool());
  EXPECT_TRUE(on.body.at_pointer("/next_run_at").is_string());
  EXPECT_EQ(house_.Call("POST", path + "/run").raw.status, 202);
  EXPECT_EQ(house_.Call("POST", path + "/run").raw.status, 409) << "the former run has not ended";
  EXPECT_EQ(house_.Call("DELETE", path).raw.status, 204);
  EXPECT_EQ(house_.Call("GET", path).raw.status, 404);
}

TEST_F(UpkeepRoutesTest, APreviewSaysWhatGoesAndWhyTheRestStays) {
  const std::string path = "/api/v1/environments/" + shop_.id.value + "/retention";
  const auto keep = [&](const domain::Backup& backup, domain::BackupType type) {
    EXPECT_TRUE(house_.backups.Update(backup.id, [&](domain::Backup& row) -> Status {
      row.type = type;
      return {};
    }));
    house_.clock.Advance(std::chrono::hours(24));
    return backup.id.value;
  };
  const std::string old = keep(house_.AddBackup(shop_.id), domain::BackupType::kScheduled);
  const std::string marked = keep(house_.AddBackup(shop_.id), domain::BackupType::kScheduled);
  const std::string newest = keep(house_.AddBackup(shop_.id), domain::BackupType::kScheduled);
  ASSERT_EQ(
      house_.Call("PATCH", "/api/v1/backups/" + marked, R"({"keep_forever":true})").raw.status,
      200);
  const auto put = house_.Call("PUT", path, R"({"daily":1,"weekly":0,"monthly":0,"yearly":0})");
  EXPECT_EQ(Text(put.body, "/source"), "environment");
  const auto plan = house_.Call("GET", path + "/preview");
  EXPECT_EQ(plan.body.at_pointer("/to_delete"), 1) << plan.raw.body;
  EXPECT_EQ(Text(plan.body, "/backups/0/id"), newest);
  EXPECT_THAT(Text(plan.body, "/backups/0/sentence"), HasSubstr("last verified backup"));
  EXPECT_EQ(Text(plan.body, "/backups/1/reasons/0"), "keep_forever");
  EXPECT_EQ(Text(plan.body, "/backups/2/id"), old);
  EXPECT_FALSE(plan.body.at_pointer("/backups/2/is_kept").as_bool());
  const auto applied = house_.Call("POST", path + "/apply");
  EXPECT_EQ(Text(applied.body, "/deleted/0"), old) << applied.raw.body;
  EXPECT_EQ(house_.Call("DELETE", "/api/v1/backups/" + marked + "?confirm=" + marked).raw.status,
            409);
  EXPECT_EQ(Text(house_.Call("DELETE", path).body, "/source"), "default");
  EXPECT_EQ(house_.Call("PUT", path, R"({"daily":0,"weekly":0,"monthly":0,"yearly":0})").raw.status,
            422);
}

TEST_F(UpkeepRoutesTest, ProtectionTellsOfEachEnvironment) {
  house_.AddBackup(shop_.id);
  const auto found = house_.Call("GET", "/api/v1/protection?time_zone=Europe/Madrid");
  ASSERT_EQ(found.raw.status, 200) << found.raw.body;
  EXPECT_EQ(Text(found.body, "/items/0/environment_id"), shop_.id.value);
  EXPECT_EQ(Text(found.body, "/items/0/state"), "at_risk");
  EXPECT_EQ(found.body.at_pointer("/items/0/days").as_array().size(), 30U);
  EXPECT_EQ(house_.Call("GET", "/api/v1/protection?time_zone=Nowhere").raw.status, 422);
}

TEST_F(UpkeepRoutesTest, ADrillOfAnEnvironmentTakesItsNewestVerifiedBackup) {
  const std::string order = fmt::format(R"({{"environment_id":"{}"}})", shop_.id.value);
  EXPECT_EQ(house_.Call("POST", "/api/v1/drills", order).raw.status, 400) << "no backup yet";
  const domain::Backup backup = house_.AddBackup(shop_.id);
  EXPECT_TRUE(house_.backups.Update(backup.id, [](domain::Backup& row) -> Status {
    row.snapshot.odoo_version = "14.0";
    return {};
  }));
  const auto drill = house_.Call("POST", "/api/v1/drills", order);
  ASSERT_EQ(drill.raw.status, 202) << drill.raw.body;
  EXPECT_EQ(Text(drill.body, "/backup_id"), backup.id.value);
  EXPECT_EQ(Text(drill.body, "/status"), "pending");
  EXPECT_EQ(house_.Call("POST", "/api/v1/drills", order).raw.status, 409) << "one at a time";
  EXPECT_EQ(house_.Call("POST", "/api/v1/drills", "{}").raw.status, 422);
  EXPECT_EQ(house_.Call("GET", "/api/v1/environments").body.at_pointer("/total"), 1)
      << "the throwaway environment is in no list";
  EXPECT_EQ(house_.Call("GET", "/api/v1/restores").body.at_pointer("/total"), 0);
  EXPECT_EQ(house_.Call("GET", "/api/v1/drills/" + Text(drill.body, "/id") + "/report").raw.status,
            409);
}

TEST_F(UpkeepRoutesTest, ADrillsPageEscapesWhatStrangersWrote) {
  const std::string page = DrillPage({{"result", "failed"},
                                      {"error", "<script>alert(1)</script>"},
                                      {"backup", {{"environment", "a \"shop\" & <b>"}}}});
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(page, HasSubstr("a &quot;shop&quot; &amp; &lt;b&gt;"));
  EXPECT_EQ(page.find("<script>"), std::string::npos);
}

}  // namespace
}  // namespace reprise::api
