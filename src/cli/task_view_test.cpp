#include "cli/task_view.hpp"

#include <gtest/gtest.h>

namespace reprise::cli {
namespace {

StreamEvent Event(std::string type, std::string data, std::string id = "1") {
  return {std::move(id), std::move(type), std::move(data)};
}

TaskView Running() {
  TaskView view;
  view.status = "running";
  view.step = "load_database";
  view.percent = 42.9;
  return view;
}

TEST(ApplyEvent, FollowsATaskToItsEnd) {
  TaskView view;
  ApplyEvent(view, Event("task.queued", R"({"status":"queued","kind":"restore","percent":0})"));
  EXPECT_EQ(view.kind, "restore");
  ApplyEvent(view, Event("task.progress",
                         R"({"status":"running","percent":41.5,"step":"load_database",)"
                         R"("detail":"412 of 1,290 tables","eta_seconds":125})",
                         "9"));
  EXPECT_EQ(view.percent, 41.5);
  EXPECT_EQ(view.detail, "412 of 1,290 tables");
  EXPECT_EQ(view.eta_seconds, 125);
  EXPECT_EQ(view.last_event_id, "9");
  EXPECT_FALSE(HasEnded(view));
  ApplyEvent(view, Event("task.completed", R"({"status":"completed","percent":100,"step":""})"));
  EXPECT_TRUE(HasEnded(view));
}

TEST(ApplyEvent, ForgetsTheDetailOfTheStepBefore) {
  TaskView view = Running();
  view.detail = "412 of 1,290 tables";
  ApplyEvent(view, Event("task.step", R"({"step":"prove","state":"running"})"));
  EXPECT_EQ(view.detail, "");
}

TEST(ApplyEvent, TakesNoHarmFromNonsense) {
  TaskView view = Running();
  ApplyEvent(view, Event("task.progress", "no json", "5"));
  ApplyEvent(view, Event("task.progress", R"({"percent":"many","step":7})", "6"));
  EXPECT_EQ(view.percent, 42.9);
  EXPECT_EQ(view.step, "load_database");
  EXPECT_EQ(view.last_event_id, "6");
}

TEST(RenderProgress, ShowsPercentStepDetailAndTimeLeft) {
  TaskView view = Running();
  view.detail = "412 of 1,290 tables";
  view.eta_seconds = 125;
  EXPECT_EQ(RenderProgress(view, 200),
            "[##########--------------]  42 %  load_database: 412 of 1,290 tables, 2 min 5 s left");
}

TEST(RenderProgress, FitsTheLine) {
  TaskView view = Running();
  view.detail = std::string(300, 'x');
  EXPECT_EQ(RenderProgress(view, 80).size(), 78 + std::string("…").size());
  EXPECT_EQ(RenderProgress(view, 0), "…");
}

TEST(RenderProgress, NeverSaysHundredPercentBeforeTheEnd) {
  TaskView view = Running();
  view.percent = 99.9;
  EXPECT_NE(RenderProgress(view, 80).find(" 99 %"), std::string::npos);
}

TEST(RenderProgress, SaysWhatAQueuedTaskWaitsFor) {
  TaskView view;
  view.status = "queued";
  EXPECT_NE(RenderProgress(view, 80).find("waiting for a free worker"), std::string::npos);
}

TEST(RenderProgress, DoesNotObeyTheServersControlCharacters) {
  TaskView view = Running();
  view.detail = "\x1b[2J";
  EXPECT_EQ(RenderProgress(view, 80).find('\x1b'), std::string::npos);
}

TEST(RenderTransfer, ShowsRateAndTimeLeft) {
  EXPECT_EQ(RenderTransfer("uploading", 50'000'000, 200'000'000, 5, 200),
            "[######------------------]  25 %  uploading: 50.0 MB of 200.0 MB, 10.0 MB/s, 15.0 s "
            "left");
  EXPECT_EQ(RenderTransfer("uploading", 5000, 0, 0.5, 200), "uploading: 5.0 kB");
}

TEST(RenderEventLine, TellsStepsLogAndWarningsButNotProgress) {
  const TaskView view = Running();
  EXPECT_EQ(RenderEventLine(view, Event("task.step", R"({"step":"prove","state":"done"})")),
            " 42 %  prove: done");
  EXPECT_EQ(RenderEventLine(view, Event("task.log", R"({"line":"hello"})")), " 42 %  hello");
  EXPECT_EQ(RenderEventLine(view, Event("task.warning", R"({"line":"3 files missing"})")),
            " 42 %  warning: 3 files missing");
  EXPECT_EQ(RenderEventLine(view, Event("task.progress", R"({"detail":"x"})")), "");
}

}  // namespace
}  // namespace reprise::cli
