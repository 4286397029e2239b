#include "base/child_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace reprise {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

Context Soon() { return Context().WithTimeout(seconds(20)); }

TEST(ChildProcessTest, TellsExitCodeAndBothOutputs) {
  const auto child = ChildProcess::Start({"sh", "-c", "echo out; echo err >&2; exit 7"}).value();
  EXPECT_EQ(child->Wait(Soon()).value(), 7);
  EXPECT_FALSE(child->Runs());
  EXPECT_EQ(child->Output(), "out\n");
  EXPECT_EQ(child->Complaints(), "err\n");
}

TEST(ChildProcessTest, TellsTheSignalThatEndedIt) {
  const auto child = ChildProcess::Start({"sh", "-c", "kill -TERM $$"}).value();
  EXPECT_EQ(child->Wait(Soon()).value(), 128 + SIGTERM);
}

TEST(ChildProcessTest, SaysThatAProgramIsNotInstalled) {
  const auto child = ChildProcess::Start({"no-such-program-here"});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(child.error().message, HasSubstr("no-such-program-here"));
}

TEST(ChildProcessTest, EndsTheProgramWithTheObject) {
  auto child = ChildProcess::Start({"sh", "-c", "echo $$; exec sleep 600"}).value();
  while (child->Output().empty()) ASSERT_TRUE(Soon().Sleep(std::chrono::milliseconds(5)));
  const int pid = std::stoi(child->Output());
  ASSERT_EQ(::kill(pid, 0), 0);
  child.reset();
  EXPECT_NE(::kill(pid, 0), 0) << "it is gone, and was waited for";
}

TEST(ChildProcessTest, WaitEndsWithItsContext) {
  const auto child = ChildProcess::Start({"sleep", "600"}).value();
  const auto waited = child->Wait(Context().WithTimeout(std::chrono::milliseconds(10)));
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, ErrorCode::kTimeout);
  EXPECT_TRUE(child->Runs());
}

TEST(ChildProcessTest, ReadsAFileThatIsOnlyInMemory) {
  const MemoryFile secret = MemoryFile::Of("s3cret").value();
  const auto child =
      ChildProcess::Start({"sh", "-c", R"(stat -Lc %a "$0"; cat "$0")", secret.path()}).value();
  EXPECT_EQ(child->Wait(Soon()).value(), 0);
  EXPECT_EQ(child->Output(), "600\ns3cret");
}

}  // namespace
}  // namespace reprise
