#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

#include "base/hash.hpp"
#include "docker/counted_bytes.hpp"
#include "docker/live_engine.hpp"

namespace reprise::docker {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

class UnixExecLiveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    live_ = LiveEngine::Find(why);
    if (live_ == nullptr) GTEST_SKIP() << why;
  }
  Engine& engine() { return live_->engine(); }

  std::unique_ptr<LiveEngine> live_;
  Context ctx_ = Context().WithTimeout(seconds(100));
};

ExecSpec Shell(std::string script) { return ExecSpec{{"sh", "-c", std::move(script)}, {}, {}, {}}; }

long PeakMemoryKilobytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST_F(UnixExecLiveTest, MovesManyBytesBothWaysUnharmedInBoundedMemory) {
  const std::string container = live_->Running("cat");
  constexpr ByteCount kLength = 100'000'007;
  CountedBytes source(kLength);
  HashingReader input(source, HashKind::kSha256);
  NullWriter sink;
  HashingWriter output(sink, HashKind::kSha256);
  ExecStreams streams{&input, &output, nullptr};
  const long before = PeakMemoryKilobytes();

  const auto code = engine().Exec(ctx_, container, ExecSpec{{"cat"}, {}, {}, {}}, streams);

  ASSERT_TRUE(code) << code.error().Sentence();
  EXPECT_EQ(*code, 0);
  EXPECT_EQ(output.count(), kLength);
  EXPECT_EQ(output.Digest(), input.Digest());
  EXPECT_LT(PeakMemoryKilobytes() - before, 20'000);
}

TEST_F(UnixExecLiveTest, KeepsOutputsApartAndTellsTheExitCode) {
  const std::string container = live_->Running("exit");
  StringWriter output;
  StringWriter error;
  ExecStreams streams{nullptr, &output, &error};

  const auto code =
      engine().Exec(ctx_, container, Shell("echo out; echo err >&2; exit 42"), streams);

  ASSERT_TRUE(code) << code.error().Sentence();
  EXPECT_EQ(*code, 42);
  EXPECT_EQ(output.text(), "out\n");
  EXPECT_EQ(error.text(), "err\n");
}

TEST_F(UnixExecLiveTest, HandsOverEnvironmentUserAndFolder) {
  const std::string container = live_->Running("env");
  ExecSpec spec = Shell("echo \"$SECRET\"; id -un; pwd");
  spec.environment["SECRET"] = "a b=$c'\"\n\\";
  spec.user = "odoo";
  spec.working_dir = "/tmp";

  const auto text = ExecText(ctx_, engine(), container, spec);

  ASSERT_TRUE(text) << text.error().Sentence();
  EXPECT_EQ(*text, "a b=$c'\"\n\\\nodoo\n/tmp\n");
}

TEST_F(UnixExecLiveTest, EndsWithItsProgramThoughMoreInputWouldCome) {
  const std::string container = live_->Running("early");
  CountedBytes endless(~ByteCount{0});
  StringWriter output;
  ExecStreams streams{&endless, &output, nullptr};

  const auto code = engine().Exec(ctx_, container, Shell("head -c 5 | wc -c; exit 3"), streams);

  ASSERT_TRUE(code) << code.error().Sentence();
  EXPECT_EQ(*code, 3);
  EXPECT_EQ(output.text(), "5\n");
}

TEST_F(UnixExecLiveTest, WaitsForAProgramThatClosedItsOutputs) {
  const std::string container = live_->Running("closed");

  const auto code =
      engine().Exec(ctx_, container, Shell("exec >&- 2>&-; sleep 1; exit 7"), ExecStreams{});

  ASSERT_TRUE(code) << code.error().Sentence();
  EXPECT_EQ(*code, 7);
}

TEST_F(UnixExecLiveTest, StopsInTheMiddleWhenCancelled) {
  const std::string container = live_->Running("cancel");
  std::stop_source stop;
  class StopAtFirstByte final : public ByteWriter {
   public:
    explicit StopAtFirstByte(std::stop_source& source) : source_(source) {}
    [[nodiscard]] Status Write(const Context&, ConstByteSpan) override {
      source_.request_stop();
      return {};
    }
    [[nodiscard]] Status Close(const Context&) override { return {}; }

   private:
    std::stop_source& source_;
  } output(stop);
  ExecStreams streams{nullptr, &output, nullptr};
  const auto began = steady_clock::now();

  const auto code =
      engine().Exec(Context(stop.get_token()), container, Shell("echo ready; sleep 60"), streams);

  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().code, ErrorCode::kCancelled);
  EXPECT_LT(steady_clock::now() - began, seconds(20));
}

TEST_F(UnixExecLiveTest, ReturnsTheFailureOfItsInput) {
  const std::string container = live_->Running("badinput");
  class Broken final : public ByteReader {
   public:
    [[nodiscard]] Result<std::size_t> Read(const Context&, ByteSpan) override {
      return Fail(ErrorCode::kStorageFailed, "the bucket is gone");
    }
  } input;
  ExecStreams streams{&input, nullptr, nullptr};

  const auto code = engine().Exec(ctx_, container, ExecSpec{{"cat"}, {}, {}, {}}, streams);

  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().code, ErrorCode::kStorageFailed);
}

TEST_F(UnixExecLiveTest, ReturnsTheFailureOfItsOutput) {
  const std::string container = live_->Running("badoutput");
  class Full final : public ByteWriter {
   public:
    [[nodiscard]] Status Write(const Context&, ConstByteSpan) override {
      return Fail(ErrorCode::kNoSpace, "the disk is full");
    }
    [[nodiscard]] Status Close(const Context&) override { return {}; }
  } output;
  CountedBytes endless(~ByteCount{0});
  ExecStreams streams{&endless, &output, nullptr};

  const auto code = engine().Exec(ctx_, container, ExecSpec{{"cat"}, {}, {}, {}}, streams);

  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().code, ErrorCode::kNoSpace);
}

TEST_F(UnixExecLiveTest, TextTellsWhyAProgramFailed) {
  const std::string container = live_->Running("fails");

  const auto failed = ExecText(ctx_, engine(), container, Shell("echo no such role >&2; exit 2"));
  const auto missing = ExecText(ctx_, engine(), container, ExecSpec{{"/nowhere"}, {}, {}, {}});

  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kContainerFailed);
  EXPECT_NE(failed.error().message.find("exit code 2: no such role"), std::string::npos);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kContainerFailed);
  EXPECT_NE(missing.error().message.find("/nowhere"), std::string::npos);
  EXPECT_NE(missing.error().message.find("no such file"), std::string::npos)
      << missing.error().message;
}

TEST_F(UnixExecLiveTest, InAStoppedContainerIsRefused) {
  ASSERT_TRUE(engine().Create(ctx_, live_->Spec("stopped", {"true"})));

  const auto code = engine().Exec(ctx_, live_->Name("stopped"), Shell("true"), {});

  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().code, ErrorCode::kContainerFailed);
  EXPECT_NE(code.error().message.find("not running"), std::string::npos) << code.error().message;
}

}  // namespace
}  // namespace reprise::docker
