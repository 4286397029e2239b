#include "jobs/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <latch>
#include <thread>

#include "catalog/task_hold.hpp"
#include "jobs/testing/journal_bench.hpp"

namespace reprise::jobs {
namespace {

namespace json = boost::json;
using domain::StepState;
using domain::TaskStatus;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr seconds kLease{30};

class JournalTest : public ::testing::TestWithParam<testing::JournalBench::Kind> {
 protected:
  Claim TakeNext(const std::string& owner = "w1") {
    return bench_.journal().ClaimNext(owner, kLease).value().value();
  }
  bool NothingToClaim() { return !bench_.journal().ClaimNext("w", kLease).value().has_value(); }
  json::object DataOf(const domain::TaskEvent& event) {
    return json::parse(event.data).as_object();
  }
  json::object LastEvent() { return DataOf(bench_.Events().back()); }
  // Every write that a claim allows.
  std::vector<Status> AllWrites(const Claim& claim) {
    Journal& journal = bench_.journal();
    const auto heartbeat = journal.Heartbeat(claim, kLease);
    return {heartbeat ? Status() : Fail(heartbeat.error()),
            journal.DeclareSteps(claim, {"a"}),
            journal.SetStep(claim, "a", StepState::kRunning, ""),
            journal.SetProgress(claim, "a", 1, "", 1, std::nullopt),
            journal.Save(claim, "k", 1),
            journal.AppendEvent(claim, "task.log", {{"line", "x"}}),
            journal.BeginCompensation(claim, {ErrorCode::kIo, "x"}, "a"),
            journal.NoteLeftBehind(claim, "a", {ErrorCode::kIo, "x"}),
            journal.Release(claim),
            journal.End(claim, TaskStatus::kCompleted)};
  }

  testing::JournalBench bench_{GetParam()};
};

// What it is about is written only while the claim lasts, in one transaction with the look at it.
TEST_P(JournalTest, AHoldOnTheTaskEndsWithItsClaim) {
  const auto is_held = [&](const Claim& claim) {
    const Status written = bench_.database().Write([&](catalog::Transaction& transaction) {
      return catalog::CheckHold(transaction, catalog::HoldOf(claim.task));
    });
    if (!written) {
      EXPECT_EQ(written.error().code, ErrorCode::kLeaseLost);
    }
    return written.has_value();
  };
  bench_.Submit();
  const Claim first = TakeNext("first");
  EXPECT_TRUE(is_held(first));
  bench_.clock().Advance(kLease + seconds(1));
  EXPECT_TRUE(is_held(first)) << "nobody else has taken it";
  const Claim second = TakeNext("second");
  EXPECT_FALSE(is_held(first));
  EXPECT_TRUE(is_held(second));
  ASSERT_TRUE(bench_.journal().End(second, TaskStatus::kCompleted));
  EXPECT_FALSE(is_held(second));
}

TEST_P(JournalTest, SubmitQueuesAndTells) {
  NewTask order = bench_.NewTaskOf("env-1");
  order.run_at = bench_.clock().Now() + seconds(5);

  const domain::Task task = bench_.journal().Submit(order).value();

  EXPECT_EQ(task.status, TaskStatus::kQueued);
  EXPECT_EQ(task.kind, domain::TaskKind::kRestore);
  EXPECT_EQ(task.project_id, bench_.project());
  EXPECT_EQ(task.subject_id, "subject");
  EXPECT_EQ(task.target, "env-1");
  EXPECT_EQ(task.run_at, order.run_at);
  EXPECT_EQ(task.created_at, bench_.clock().Now());
  EXPECT_EQ(bench_.Get(task.id).id, task.id);
  ASSERT_THAT(bench_.EventTypes(), ElementsAre("task.queued"));
  const domain::TaskEvent event = bench_.Events().front();
  EXPECT_EQ(event.task_id, task.id);
  EXPECT_EQ(event.project_id, bench_.project());
  EXPECT_EQ(event.at, bench_.clock().Now());
  EXPECT_EQ(DataOf(event), (json::object{{"id", task.id.value},
                                         {"kind", "restore"},
                                         {"status", "queued"},
                                         {"percent", 0.0},
                                         {"step", ""},
                                         {"subject_id", "subject"}}));
}

TEST_P(JournalTest, SubmitRefusesWhatExceedsTheQuotaOfTasksButNeverWhatPutsBack) {
  const auto project =
      catalog::TenancyStore(bench_.database()).GetProject(bench_.project()).value();
  ASSERT_TRUE(catalog::QuotaStore(bench_.database(), bench_.clock())
                  .Put(project.organization_id, {.active_tasks = 1}));
  NewTask first = bench_.NewTaskOf("a");
  first.idempotency_key = "k1";
  ASSERT_TRUE(bench_.journal().Submit(first));
  const auto second = bench_.journal().Submit(bench_.NewTaskOf("b"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kQuotaExceeded);
  EXPECT_THAT(second.error().message, HasSubstr("may have 1 tasks queued or running and has 1"));
  EXPECT_TRUE(bench_.journal().Submit(first)) << "it is there already";
  NewTask undo = bench_.NewTaskOf("c");
  undo.kind = domain::TaskKind::kUndo;
  EXPECT_TRUE(bench_.journal().Submit(undo));
  NewTask scheduled = bench_.NewTaskOf("d");
  scheduled.asker = Asker::kSchedule;
  EXPECT_TRUE(bench_.journal().Submit(scheduled));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(bench_.journal().End(TakeNext(), TaskStatus::kCompleted));
  EXPECT_TRUE(bench_.journal().Submit(bench_.NewTaskOf("b")));
}

TEST_P(JournalTest, SubmitTakesTheIdItIsGiven) {
  NewTask order = bench_.NewTaskOf();
  order.id = {"my-id"};

  EXPECT_EQ(bench_.journal().Submit(order)->id.value, "my-id");
}

TEST_P(JournalTest, SecondTaskOnATargetIsRefusedUntilTheFirstHasEnded) {
  const domain::Task first = bench_.Submit("env-1");

  const auto second = bench_.journal().Submit(bench_.NewTaskOf("env-1"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kTargetBusy);
  EXPECT_THAT(second.error().message, HasSubstr(first.id.value));
  bench_.clock().Advance(seconds(1));  // the first is the one that is claimed
  EXPECT_TRUE(bench_.journal().Submit(bench_.NewTaskOf("env-2")));

  const Claim claim = TakeNext();
  EXPECT_EQ(bench_.journal().Submit(bench_.NewTaskOf("env-1")).error().code,
            ErrorCode::kTargetBusy);
  ASSERT_TRUE(bench_.journal().End(claim, TaskStatus::kFailed));
  EXPECT_TRUE(bench_.journal().Submit(bench_.NewTaskOf("env-1")));
}

TEST_P(JournalTest, TasksWithoutTargetDoNotExcludeEachOther) {
  EXPECT_NE(bench_.Submit().id, bench_.Submit().id);
}

TEST_P(JournalTest, KnownIdempotencyKeyAnswersItsTaskAndRunsNothing) {
  NewTask order = bench_.NewTaskOf("env-1");
  order.idempotency_key = "once";
  const domain::Task first = bench_.journal().Submit(order).value();
  bool ran = false;

  const auto again = bench_.journal().Submit(order, [&](catalog::Transaction&) -> Status {
    ran = true;
    return {};
  });

  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->id, first.id);
  EXPECT_FALSE(ran);
  EXPECT_THAT(bench_.EventTypes(), ElementsAre("task.queued"));
}

TEST_P(JournalTest, SubmitKeepsNothingWhenInsideFails) {
  const auto refused =
      bench_.journal().Submit(bench_.NewTaskOf("env-1"), [](catalog::Transaction& tx) -> Status {
        RETURN_IF_ERROR(tx.Execute("UPDATE organization SET name = 'changed'", {}));
        return Fail(ErrorCode::kNameTaken, "taken");
      });

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNameTaken);
  EXPECT_THAT(bench_.Events(), IsEmpty());
  EXPECT_EQ(bench_.journal().List({}, {})->total, 0);
}

TEST_P(JournalTest, InsideSharesTheTransactionOfTheTask) {
  domain::Environment environment;
  environment.id = {"e1"};
  environment.project_id = bench_.project();
  environment.server_id = catalog::TenancyStore(bench_.database()).LocalServer()->id;
  environment.name = "shop";

  ASSERT_TRUE(bench_.journal().Submit(bench_.NewTaskOf("e1"), [&](catalog::Transaction& tx) {
    return catalog::EnvironmentStore::InsertIn(tx, bench_.clock(), environment);
  }));

  EXPECT_TRUE(catalog::EnvironmentStore(bench_.database(), bench_.clock()).Get({"e1"}));
}

TEST_P(JournalTest, UnknownTaskIsNotFound) {
  EXPECT_EQ(bench_.journal().Get({"nobody"}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(bench_.journal().RequestCancel({"nobody"}).error().code, ErrorCode::kNotFound);
}

TEST_P(JournalTest, ListsNewestFirstByPageAndFilter) {
  std::vector<domain::TaskId> ids;
  for (int i = 0; i < 5; ++i) {
    NewTask order = bench_.NewTaskOf();
    order.kind = i == 2 ? domain::TaskKind::kBackup : domain::TaskKind::kRestore;
    order.subject_id = "s" + std::to_string(i);
    ids.push_back(bench_.journal().Submit(order)->id);
    bench_.clock().Advance(seconds(1));
  }
  const Claim oldest = TakeNext();
  ASSERT_TRUE(bench_.journal().DeclareSteps(oldest, {"a", "b"}));

  const auto page = bench_.journal().List({}, {2, 2}).value();
  EXPECT_EQ(page.total, 5);
  ASSERT_EQ(page.items.size(), 2U);
  EXPECT_EQ(page.items[0].id, ids[2]);
  EXPECT_EQ(page.items[1].id, ids[1]);

  TaskFilter filter;
  filter.status = TaskStatus::kRunning;
  const auto running = bench_.journal().List(filter, {}).value();
  ASSERT_EQ(running.items.size(), 1U);
  EXPECT_EQ(running.items[0].id, oldest.task.id);
  EXPECT_EQ(running.items[0].steps.size(), 2U);
  filter = {};
  filter.kind = domain::TaskKind::kBackup;
  EXPECT_EQ(bench_.journal().List(filter, {})->items.at(0).id, ids[2]);
  filter = {};
  filter.subject_id = "s4";
  EXPECT_EQ(bench_.journal().List(filter, {})->items.at(0).id, ids[4]);
  filter.project_id = domain::ProjectId{"another"};
  EXPECT_EQ(bench_.journal().List(filter, {})->total, 0);
}

TEST_P(JournalTest, ClaimsTheOldestThatIsDue) {
  NewTask later = bench_.NewTaskOf();
  later.run_at = bench_.clock().Now() + seconds(60);
  const domain::Task window = bench_.journal().Submit(later).value();
  bench_.clock().Advance(seconds(1));
  const domain::Task first = bench_.Submit();
  bench_.clock().Advance(seconds(1));
  const domain::Task second = bench_.Submit();

  EXPECT_EQ(TakeNext().task.id, first.id);
  EXPECT_EQ(TakeNext().task.id, second.id);
  EXPECT_TRUE(NothingToClaim());
  bench_.clock().Advance(seconds(58));
  EXPECT_EQ(TakeNext().task.id, window.id);
}

TEST_P(JournalTest, ClaimsWithinItsScopeOnly) {
  const auto submit = [&](const std::string& server) {
    NewTask task = bench_.NewTaskOf();
    task.server_id.value = server;
    bench_.clock().Advance(std::chrono::seconds(1));
    return bench_.journal().Submit(task)->id;
  };
  const auto nowhere = submit("");
  const auto far = submit("far");
  const auto near = submit("near");
  const auto claimed = [&](const ClaimScope& scope) -> std::optional<domain::TaskId> {
    const auto claim = bench_.journal().ClaimNext("w", kLease, scope).value();
    return claim ? std::optional(claim->task.id) : std::nullopt;
  };
  const ClaimScope only_near{.only = domain::ServerId{"near"}};
  EXPECT_EQ(claimed(only_near), near);
  EXPECT_EQ(claimed(only_near), std::nullopt);
  const ClaimScope not_far{.except = {{"far"}, {"farther"}}};
  EXPECT_EQ(claimed(not_far), nowhere);
  EXPECT_EQ(claimed(not_far), std::nullopt);
  EXPECT_EQ(claimed({}), far);
  // Also of a dead worker's tasks each takes its own only.
  bench_.clock().Advance(2 * kLease);
  EXPECT_EQ(claimed({.only = domain::ServerId{"far"}}), far);
  EXPECT_EQ(claimed({.only = domain::ServerId{"far"}}), std::nullopt);
  EXPECT_EQ(claimed(not_far), nowhere);
  EXPECT_EQ(claimed(not_far), near);
}

TEST_P(JournalTest, ClaimStartsTheTask) {
  const domain::Task task = bench_.Submit();

  const Claim claim = TakeNext("host-7");

  EXPECT_EQ(claim.epoch, 1);
  EXPECT_EQ(claim.owner, "host-7");
  EXPECT_FALSE(claim.compensating);
  EXPECT_EQ(claim.task.status, TaskStatus::kRunning);
  EXPECT_EQ(claim.task.attempts, 1);
  EXPECT_EQ(bench_.Get(task.id).started_at, bench_.clock().Now());
  EXPECT_EQ(LastEvent()["status"], "running");
  EXPECT_EQ(LastEvent()["attempt"], 1);
}

TEST_P(JournalTest, TaskOfADeadWorkerIsTakenOverOnlyAfterItsLease) {
  bench_.Submit();
  const Claim dead = TakeNext("dead");
  bench_.clock().Advance(kLease);
  EXPECT_TRUE(NothingToClaim());

  bench_.clock().Advance(std::chrono::microseconds(1));
  const Claim next = TakeNext("next");

  EXPECT_EQ(next.task.id, dead.task.id);
  EXPECT_EQ(next.epoch, dead.epoch + 1);
  EXPECT_EQ(next.task.attempts, 2);
}

TEST_P(JournalTest, HeartbeatKeepsTheLease) {
  bench_.Submit();
  const Claim claim = TakeNext();
  for (int i = 0; i < 5; ++i) {
    bench_.clock().Advance(kLease - seconds(1));
    EXPECT_FALSE(bench_.journal().Heartbeat(claim, kLease).value());
    EXPECT_TRUE(NothingToClaim());
  }
}

TEST_P(JournalTest, EveryWriteOfAZombieIsRefusedAndChangesNothing) {
  const domain::Task task = bench_.Submit();
  const Claim zombie = TakeNext("zombie");
  ASSERT_TRUE(bench_.journal().DeclareSteps(zombie, {"a"}));
  bench_.clock().Advance(kLease + seconds(1));
  const Claim owner = TakeNext("owner");
  const std::size_t events = bench_.Events().size();

  for (const Status& status : AllWrites(zombie)) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kLeaseLost);
  }

  EXPECT_EQ(bench_.Events().size(), events);
  const domain::Task now = bench_.Get(task.id);
  EXPECT_EQ(now.status, TaskStatus::kRunning);
  EXPECT_EQ(now.error_code, "");
  EXPECT_EQ(now.steps.at(0).state, StepState::kPending);
  EXPECT_FALSE(bench_.journal().Saved(task.id, "k").value().has_value());
  EXPECT_TRUE(bench_.journal().Heartbeat(owner, kLease));
}

TEST_P(JournalTest, NothingIsWrittenAfterTheEnd) {
  bench_.Submit();
  const Claim claim = TakeNext();
  ASSERT_TRUE(bench_.journal().End(claim, TaskStatus::kCompleted));

  for (const Status& status : AllWrites(claim)) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kLeaseLost);
  }
}

TEST_P(JournalTest, ExpiredLeaseThatNobodyTookStillWrites) {
  bench_.Submit();
  const Claim claim = TakeNext();
  bench_.clock().Advance(kLease * 3);

  EXPECT_TRUE(bench_.journal().Save(claim, "k", 1));
  EXPECT_TRUE(bench_.journal().Heartbeat(claim, kLease));
  EXPECT_TRUE(NothingToClaim());
}

TEST_P(JournalTest, StepsGoThroughTheirStates) {
  const domain::Task task = bench_.Submit();
  const Claim claim = TakeNext();
  ASSERT_TRUE(bench_.journal().DeclareSteps(claim, {"download", "load"}));
  const Instant start = bench_.clock().Now();

  ASSERT_TRUE(bench_.journal().SetStep(claim, "download", StepState::kRunning, ""));
  EXPECT_EQ(bench_.Get(task.id).step, "download");
  ASSERT_TRUE(bench_.journal().SetProgress(claim, "download", 40, "2 of 5 MiB", 12.5, 60));
  domain::Task now = bench_.Get(task.id);
  EXPECT_EQ(now.percent, 12.5);
  EXPECT_EQ(now.eta_seconds, 60);
  EXPECT_EQ(now.steps.at(0).percent, 40);
  EXPECT_EQ(now.steps.at(0).detail, "2 of 5 MiB");
  EXPECT_EQ(LastEvent()["percent"], 12.5);
  EXPECT_EQ(LastEvent()["step"], "download");
  EXPECT_EQ(LastEvent()["eta_seconds"], 60.0);
  bench_.clock().Advance(seconds(9));
  ASSERT_TRUE(bench_.journal().SetStep(claim, "download", StepState::kDone, ""));
  EXPECT_EQ(LastEvent()["state"], "done");
  ASSERT_TRUE(bench_.journal().SetStep(claim, "load", StepState::kRunning, ""));
  ASSERT_TRUE(bench_.journal().SetStep(claim, "load", StepState::kFailed, "no room"));

  now = bench_.Get(task.id);
  EXPECT_EQ(now.steps.at(0).state, StepState::kDone);
  EXPECT_EQ(now.steps.at(0).percent, 100);
  EXPECT_EQ(now.steps.at(0).started_at, start);
  EXPECT_EQ(now.steps.at(0).completed_at, start + seconds(9));
  EXPECT_EQ(now.steps.at(1).state, StepState::kFailed);
  EXPECT_EQ(now.steps.at(1).error, "no room");
  EXPECT_EQ(LastEvent()["error"], "no room");
  EXPECT_EQ(bench_.journal().SetStep(claim, "nobody", StepState::kDone, "").error().code,
            ErrorCode::kInternal);
}

TEST_P(JournalTest, UnknownEtaIsNull) {
  bench_.Submit();
  const Claim claim = TakeNext();
  ASSERT_TRUE(bench_.journal().DeclareSteps(claim, {"a"}));
  ASSERT_TRUE(bench_.journal().SetProgress(claim, "a", 1, "", 1, std::nullopt));

  EXPECT_TRUE(LastEvent()["eta_seconds"].is_null());
  EXPECT_EQ(bench_.Get(claim.task.id).eta_seconds, std::nullopt);
}

TEST_P(JournalTest, ShowsTheFirstOfTheStepsThatRunSideBySide) {
  const domain::Task task = bench_.Submit();
  const Claim claim = TakeNext();
  Journal& journal = bench_.journal();
  ASSERT_TRUE(journal.DeclareSteps(claim, {"first", "second"}));

  ASSERT_TRUE(journal.SetStep(claim, "second", StepState::kRunning, ""));
  EXPECT_EQ(bench_.Get(task.id).step, "second");
  ASSERT_TRUE(journal.SetStep(claim, "first", StepState::kRunning, ""));
  EXPECT_EQ(bench_.Get(task.id).step, "first");
  ASSERT_TRUE(journal.SetStep(claim, "first", StepState::kDone, ""));
  EXPECT_EQ(bench_.Get(task.id).step, "second");
}

TEST_P(JournalTest, DeclaringTheSameStepsAgainKeepsTheirStates) {
  bench_.Submit();
  const Claim claim = TakeNext();
  ASSERT_TRUE(bench_.journal().DeclareSteps(claim, {"a", "b"}));
  ASSERT_TRUE(bench_.journal().SetStep(claim, "a", StepState::kDone, ""));

  EXPECT_TRUE(bench_.journal().DeclareSteps(claim, {"a", "b"}));
  EXPECT_EQ(bench_.Get(claim.task.id).steps.at(0).state, StepState::kDone);
  EXPECT_EQ(bench_.journal().DeclareSteps(claim, {"a", "c"}).error().code,
            ErrorCode::kIncompatible);
  EXPECT_EQ(bench_.journal().DeclareSteps(claim, {"a"}).error().code, ErrorCode::kIncompatible);
}

TEST_P(JournalTest, FactsOutliveTheWorker) {
  bench_.Submit();
  const Claim claim = TakeNext();
  const json::value value = {{"side", "shop__r7"}, {"files", {1, 2}}};
  ASSERT_TRUE(bench_.journal().Save(claim, "names", 0));
  ASSERT_TRUE(bench_.journal().Save(claim, "names", value));
  bench_.clock().Advance(kLease * 2);
  TakeNext("next");

  EXPECT_EQ(bench_.journal().Saved(claim.task.id, "names").value(), value);
  EXPECT_FALSE(bench_.journal().Saved(claim.task.id, "other").value().has_value());
  EXPECT_FALSE(bench_.journal().Saved({"other-task"}, "names").value().has_value());
}

TEST_P(JournalTest, CompensationKeepsTheFirstErrorAndMarksTheStep) {
  bench_.Submit();
  const Claim claim = TakeNext();
  Journal& journal = bench_.journal();
  ASSERT_TRUE(journal.DeclareSteps(claim, {"a", "b"}));
  ASSERT_TRUE(journal.SetStep(claim, "a", StepState::kRunning, ""));
  Error error{ErrorCode::kNoSpace, "disk full", "free some"};

  ASSERT_TRUE(journal.BeginCompensation(claim, std::move(error).While("while loading"), "a"));
  ASSERT_TRUE(journal.BeginCompensation(claim, {ErrorCode::kIo, "second"}, "b"));

  const domain::Task task = bench_.Get(claim.task.id);
  EXPECT_EQ(task.error_code, "no_space");
  EXPECT_EQ(task.error_message, "disk full (while loading)");
  EXPECT_EQ(task.error_hint, "free some");
  EXPECT_EQ(task.error_step, "a");
  EXPECT_EQ(task.steps.at(0).state, StepState::kFailed);
  EXPECT_EQ(task.steps.at(0).error, "disk full (while loading)");
  EXPECT_EQ(task.status, TaskStatus::kRunning);
  bench_.clock().Advance(kLease * 2);
  EXPECT_TRUE(TakeNext("next").compensating);
}

TEST_P(JournalTest, LeftBehindIsAddedOnce) {
  bench_.Submit();
  const Claim claim = TakeNext();
  Journal& journal = bench_.journal();
  ASSERT_TRUE(journal.DeclareSteps(claim, {"a"}));
  ASSERT_TRUE(journal.BeginCompensation(claim, {ErrorCode::kLoadFailed, "bad dump"}, "a"));

  ASSERT_TRUE(journal.NoteLeftBehind(claim, "a", {ErrorCode::kIo, "database shop__r7"}));
  ASSERT_TRUE(journal.NoteLeftBehind(claim, "a", {ErrorCode::kIo, "database shop__r7"}));

  const domain::Task task = bench_.Get(claim.task.id);
  EXPECT_EQ(task.error_message, "bad dump; left behind: a (database shop__r7)");
  EXPECT_EQ(task.error_code, "load_failed");
  EXPECT_EQ(task.steps.at(0).error, "left behind: a (database shop__r7)");
}

TEST_P(JournalTest, EndsTellWhatHappened) {
  bench_.Submit();
  ASSERT_TRUE(bench_.journal().End(TakeNext(), TaskStatus::kCompleted));
  EXPECT_EQ(bench_.EventTypes().back(), "task.completed");
  EXPECT_EQ(LastEvent()["percent"], 100.0);

  bench_.Submit();
  Claim claim = TakeNext();
  ASSERT_TRUE(bench_.journal().DeclareSteps(claim, {"load"}));
  ASSERT_TRUE(bench_.journal().BeginCompensation(
      claim, {ErrorCode::kLoadFailed, "bad dump", "take another"}, "load"));
  ASSERT_TRUE(bench_.journal().End(claim, TaskStatus::kFailed));
  EXPECT_EQ(bench_.EventTypes().back(), "task.failed");
  EXPECT_EQ(LastEvent()["status"], "failed");
  EXPECT_EQ(LastEvent()["error_code"], "load_failed");
  EXPECT_EQ(LastEvent()["error_message"], "bad dump");
  EXPECT_EQ(LastEvent()["error_hint"], "take another");
  EXPECT_EQ(LastEvent()["error_step"], "load");
  EXPECT_EQ(bench_.Get(claim.task.id).completed_at, bench_.clock().Now());
  EXPECT_TRUE(NothingToClaim());
}

TEST_P(JournalTest, ReleasedTaskCanBeClaimedAtOnceAndKeepsItsState) {
  bench_.Submit("env-1");
  const Claim claim = TakeNext();
  ASSERT_TRUE(bench_.journal().DeclareSteps(claim, {"a"}));
  ASSERT_TRUE(bench_.journal().BeginCompensation(claim, {ErrorCode::kIo, "x"}, "a"));

  ASSERT_TRUE(bench_.journal().Release(claim));

  EXPECT_EQ(bench_.Get(claim.task.id).status, TaskStatus::kQueued);
  EXPECT_EQ(bench_.journal().Submit(bench_.NewTaskOf("env-1")).error().code,
            ErrorCode::kTargetBusy);
  const Claim next = TakeNext("next");
  EXPECT_EQ(next.epoch, 2);
  EXPECT_TRUE(next.compensating);
  EXPECT_EQ(next.task.error_code, "io_error");
}

TEST_P(JournalTest, CancelEndsAQueuedTaskAtOnceAndRunsInside) {
  const domain::Task task = bench_.Submit("env-1");
  std::string told;

  const auto cancelled = bench_.journal().RequestCancel(
      task.id, [&](catalog::Transaction&, const domain::Task& ended) -> Status {
        told = std::string(NameOf(ended.status));
        return {};
      });

  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->status, TaskStatus::kCancelled);
  EXPECT_EQ(cancelled->error_code, "cancelled");
  EXPECT_EQ(told, "cancelled");
  EXPECT_THAT(bench_.EventTypes(), ElementsAre("task.queued", "task.cancelled"));
  EXPECT_TRUE(NothingToClaim());
  EXPECT_EQ(bench_.journal().RequestCancel(task.id).error().code, ErrorCode::kConflict);
  EXPECT_TRUE(bench_.journal().Submit(bench_.NewTaskOf("env-1")));
}

TEST_P(JournalTest, CancelOfARunningTaskComesWithTheHeartbeat) {
  const domain::Task task = bench_.Submit();
  const Claim claim = TakeNext();

  EXPECT_EQ(bench_.journal().RequestCancel(task.id)->status, TaskStatus::kRunning);
  EXPECT_TRUE(bench_.journal().RequestCancel(task.id));

  EXPECT_TRUE(bench_.journal().Heartbeat(claim, kLease).value());
  EXPECT_TRUE(bench_.Get(task.id).cancel_requested);
  EXPECT_THAT(bench_.EventTypes(), ElementsAre("task.queued", "task.started", "task.log"));
}

TEST_P(JournalTest, CancelOfATaskThatWasGivenBackIsLeftToAWorker) {
  const domain::Task task = bench_.Submit();
  ASSERT_TRUE(bench_.journal().Release(TakeNext()));
  bool ran = false;

  const auto answer = bench_.journal().RequestCancel(
      task.id, [&](catalog::Transaction&, const domain::Task&) -> Status {
        ran = true;
        return {};
      });

  EXPECT_EQ(answer->status, TaskStatus::kQueued);
  EXPECT_FALSE(ran);
  EXPECT_TRUE(TakeNext().task.cancel_requested);
}

TEST_P(JournalTest, EventsAreNumberedOverAllTasksAndPagedByTask) {
  const domain::Task first = bench_.Submit();
  const domain::Task second = bench_.Submit();
  ASSERT_TRUE(bench_.journal().RequestCancel(first.id));

  const auto all = bench_.Events();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_LT(all[0].seq, all[1].seq);
  EXPECT_LT(all[1].seq, all[2].seq);
  EXPECT_EQ(bench_.journal().EventsAfter(all[0].seq, std::nullopt, 1)->at(0).seq, all[1].seq);
  const auto of_first = bench_.journal().EventsAfter(0, first.id, 10).value();
  ASSERT_EQ(of_first.size(), 2U);
  EXPECT_EQ(of_first[1].seq, all[2].seq);
  EXPECT_THAT(bench_.journal().EventsAfter(all[2].seq, std::nullopt, 10).value(), IsEmpty());
  EXPECT_EQ(bench_.journal().EventsAfter(0, second.id, 10)->size(), 1U);
}

TEST_P(JournalTest, WaitForEventsReturnsAtOnceForWhatIsThereAndWakesForWhatComes) {
  bench_.Submit();
  const std::int64_t newest = bench_.Events().back().seq;
  const auto started = std::chrono::steady_clock::now();

  bench_.journal().WaitForEvents(newest - 1, std::chrono::minutes(10));
  {
    const std::jthread later([&] { bench_.Submit(); });
    bench_.journal().WaitForEvents(newest, std::chrono::minutes(10));
  }

  EXPECT_GT(bench_.Events().back().seq, newest);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::minutes(1));
}

TEST_P(JournalTest, WaitForEventsSeesThoseOfAnotherProcess) {
  Journal other(bench_.database(), bench_.clock());
  const std::jthread later([&] { EXPECT_TRUE(other.Submit(bench_.NewTaskOf())); });

  bench_.journal().WaitForEvents(0, std::chrono::minutes(10));

  EXPECT_EQ(bench_.Events().size(), 1U);
}

TEST_P(JournalTest, WaitForEventsEndsWithItsTime) {
  bench_.journal().WaitForEvents(0, std::chrono::milliseconds(1));
  EXPECT_THAT(bench_.Events(), IsEmpty());
}

TEST_P(JournalTest, NoTwoClaimersGetTheSameTask) {
  constexpr int kTasks = 30;
  constexpr int kClaimers = 4;
  for (int i = 0; i < kTasks; ++i) bench_.Submit();
  std::mutex mutex;
  std::multiset<std::string> taken;
  {
    std::latch start(kClaimers);
    std::vector<std::jthread> claimers;
    for (int i = 0; i < kClaimers; ++i) {
      claimers.emplace_back([&] {
        start.arrive_and_wait();
        while (const auto claim = bench_.journal().ClaimNext("w", kLease).value()) {
          const std::scoped_lock lock(mutex);
          taken.insert(claim->task.id.value);
        }
      });
    }
  }

  EXPECT_EQ(taken.size(), static_cast<std::size_t>(kTasks));
  EXPECT_EQ(std::set<std::string>(taken.begin(), taken.end()).size(),
            static_cast<std::size_t>(kTasks));
}

INSTANTIATE_TEST_SUITE_P(Catalogs, JournalTest,
                         ::testing::ValuesIn(catalog::testing::CatalogKinds()),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace reprise::jobs
