#include "api/call_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/testing/access_world.hpp"

namespace reprise::api {
namespace {

using testing::AccessWorld;
using testing::ApiHouse;
using ::testing::HasSubstr;
using ::testing::Not;

class MetricsTest : public ::testing::Test {
 protected:
  std::string Scrape() {
    const auto answer = world_.Call("installation", "GET", "/metrics");
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.text;
  }
  AccessWorld world_;
  ApiHouse& house_ = world_.house;
};

TEST_F(MetricsTest, CountsCallsByRouteAndStatusAndNeverByAStrangersPath) {
  world_.Call("owner", "GET", "/api/v1/backups/" + world_.Fill("{@backup}"));
  world_.Call("nobody", "GET", "/strange/path");
  const std::string text = Scrape();
  EXPECT_THAT(text, HasSubstr("reprise_http_request_seconds_count{method=\"GET\",route=\"/api/v1/"
                              "backups/{id}\",status=\"200\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("route=\"refused\",status=\"401\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("strange")));
  EXPECT_THAT(text, HasSubstr("reprise_catalog_seconds_count{transaction=\"read\",result=\"ok\"}"));
}

TEST_F(MetricsTest, TellsOfTasksQueueAndBackups) {
  const domain::Environment shop = house_.AddEnvironment("shop \"one\"");
  domain::Backup backup = house_.AddBackup(shop.id);
  ASSERT_TRUE(house_.backups.Update(backup.id, [&](domain::Backup& row) -> Status {
    row.completed_at = house_.clock.Now();
    return {};
  }));
  ASSERT_TRUE(house_.journal.Submit(
      {.kind = domain::TaskKind::kVerify, .project_id = house_.catalog.project()}));
  house_.clock.Advance(std::chrono::seconds(90));
  const std::string text = Scrape();
  EXPECT_THAT(text, HasSubstr("reprise_tasks{kind=\"verify\",status=\"queued\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("reprise_queue_due 1\n"));
  EXPECT_THAT(text, HasSubstr("reprise_queue_age_seconds 90\n"));
  EXPECT_THAT(text, HasSubstr("reprise_backups{status=\"completed\",type=\"manual\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("reprise_backup_bytes{type=\"manual\"} 11\n"));
  EXPECT_THAT(text, HasSubstr("reprise_environment_last_backup_timestamp_seconds{environment="
                              "\"shop \\\"one\\\"\",id=\"" +
                              shop.id.value + "\",type=\"production\"} 1733914800\n"));
  EXPECT_THAT(text, HasSubstr("reprise_open_streams 0\n"));
  EXPECT_THAT(text, HasSubstr("reprise_storage_read_bytes_total 7\n"));
}

}  // namespace
}  // namespace reprise::api
