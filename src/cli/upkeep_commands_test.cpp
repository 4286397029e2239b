#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/testing/api_house.hpp"
#include "cli/commands.hpp"
#include "cli/testing/fake_terminal.hpp"

// The commands of schedules, retention and protection against the real API.
namespace reprise::cli {
namespace {

using api::testing::ApiHouse;
using testing::FakeTerminal;
using ::testing::HasSubstr;
using ::testing::Not;

class UpkeepCommandsTest : public ::testing::Test {
 protected:
  template <class Options>
  Status RunCommand(const Options& options) {
    terminal_.out.clear();
    ApiClient client(fmt::format("http://127.0.0.1:{}", house_.server->port()),
                     std::string(ApiHouse::kToken));
    return cli::Run(Session{Context(), client, terminal_, house_.clock}, options);
  }
  ScheduleCommand Command(ScheduleVerb verb) {
    ScheduleCommand command;
    command.verb = verb;
    command.schedule = "nightly";
    return command;
  }
  void CreateNightly() {
    ScheduleCommand create = Command(ScheduleVerb::kCreate);
    create.environment = "shop";
    create.cron = "30 2 * * *";
    create.time_zone = "Europe/Madrid";
    create.name = "nightly";
    const Status made = RunCommand(create);
    ASSERT_TRUE(made) << made.error().Sentence();
  }

  ApiHouse house_;
  FakeTerminal terminal_;
  domain::Environment shop_ = house_.AddEnvironment();
};

TEST_F(UpkeepCommandsTest, AScheduleIsMadeListedTurnedOffAndDeletedByItsName) {
  CreateNightly();
  EXPECT_THAT(terminal_.out, HasSubstr("At 02:30 every day."));
  ASSERT_TRUE(RunCommand(Command(ScheduleVerb::kOff)));
  ASSERT_TRUE(RunCommand(ScheduleCommand{}));
  EXPECT_THAT(terminal_.out, HasSubstr("nightly"));
  EXPECT_THAT(terminal_.out, HasSubstr("off"));
  ASSERT_TRUE(RunCommand(Command(ScheduleVerb::kOn)));
  ScheduleCommand change = Command(ScheduleVerb::kChange);
  change.cron = "@hourly";
  ASSERT_TRUE(RunCommand(change));
  EXPECT_THAT(terminal_.out, HasSubstr("Every hour, on the hour."));
  ScheduleCommand run = Command(ScheduleVerb::kRun);
  run.detach = true;
  ASSERT_TRUE(RunCommand(run));
  EXPECT_THAT(terminal_.out, HasSubstr("queued: task "));
  ASSERT_TRUE(RunCommand(Command(ScheduleVerb::kDelete)));
  EXPECT_EQ(RunCommand(Command(ScheduleVerb::kShow)).error().code, ErrorCode::kNotFound);
}

TEST_F(UpkeepCommandsTest, ExplainSaysWhatAnExpressionMeans) {
  ScheduleCommand explain = Command(ScheduleVerb::kExplain);
  explain.cron = "0 4 * * sun";
  ASSERT_TRUE(RunCommand(explain));
  EXPECT_THAT(terminal_.out, HasSubstr("At 04:00, on Sunday."));
  explain.cron = "0 25 * * *";
  EXPECT_THAT(RunCommand(explain).error().message, HasSubstr("the hour must be between 0 and 23"));
}

TEST_F(UpkeepCommandsTest, APolicyIsSetInPartsPreviewedAndApplied) {
  RetentionCommand set;
  set.verb = RetentionVerb::kSet;
  set.environment = "shop";
  set.daily = 1;
  set.weekly = 0;
  set.monthly = 0;
  set.yearly = 0;
  ASSERT_TRUE(RunCommand(set));
  EXPECT_THAT(terminal_.out, HasSubstr("environment"));
  EXPECT_THAT(terminal_.out, HasSubstr("30"));  // what was not told
  for (int i = 0; i < 2; ++i) {
    const domain::Backup backup = house_.AddBackup(shop_.id);
    ASSERT_TRUE(house_.backups.Update(backup.id, [](domain::Backup& row) -> Status {
      row.type = domain::BackupType::kScheduled;
      return {};
    }));
    house_.clock.Advance(std::chrono::hours(24));
  }
  RetentionCommand preview{RetentionVerb::kPreview, "shop"};
  ASSERT_TRUE(RunCommand(preview));
  EXPECT_THAT(terminal_.out, HasSubstr("DELETED"));
  RetentionCommand apply{RetentionVerb::kApply, "shop"};
  EXPECT_EQ(RunCommand(apply).error().code, ErrorCode::kConfirmationMissing);
  apply.yes = true;
  ASSERT_TRUE(RunCommand(apply));
  EXPECT_THAT(terminal_.out, HasSubstr("1 backups are deleted"));
}

TEST_F(UpkeepCommandsTest, ABackupIsKeptForeverAndNoLonger) {
  const domain::Backup backup = house_.AddBackup(shop_.id);
  ASSERT_TRUE(RunCommand(BackupKeep{backup.id.value}));
  EXPECT_THAT(terminal_.out, HasSubstr("forever"));
  ASSERT_TRUE(RunCommand(BackupKeep{backup.id.value, true}));
  EXPECT_THAT(terminal_.out, Not(HasSubstr("forever")));
}

TEST_F(UpkeepCommandsTest, ProtectionNamesWhatIsWrong) {
  ASSERT_TRUE(RunCommand(ProtectionCommand{}));
  EXPECT_THAT(terminal_.out, HasSubstr("unprotected"));
  EXPECT_THAT(terminal_.out, HasSubstr("it has no verified backup"));
}

}  // namespace
}  // namespace reprise::cli
