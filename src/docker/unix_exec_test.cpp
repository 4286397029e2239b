#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "base/json_fields.hpp"
#include "docker/fake_engine.hpp"
#include "docker/scripted_server.hpp"
#include "docker/unix_engine.hpp"

namespace reprise::docker {
namespace {

using Peer = ScriptedServer::Peer;
constexpr std::string_view kUpgrade =
    "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
    "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

// An engine that has one program, which is `program` from its first byte of output on.
ScriptedServer::Script Running(const std::function<void(const Peer&)>& program,
                               const std::string& outcome) {
  return [=](const std::string& request, const Peer& peer) {
    if (request.starts_with("POST /v1.41/containers/shop/exec ")) {
      peer.Send(Reply(201, R"({"Id":"e1"})"));
    } else if (request.starts_with("POST /v1.41/exec/e1/start ")) {
      program(peer);
    } else {
      peer.Send(Reply(200, outcome));
    }
  };
}

class Endless final : public ByteReader {
 public:
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    RETURN_IF_ERROR(ctx.Check());
    return into.size();
  }
};

// Has nothing to say, until it is stopped.
class Silent final : public ByteReader {
 public:
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan) override {
    RETURN_IF_ERROR(ctx.Sleep(std::chrono::hours(1)));
    return 0;
  }
};

const ExecSpec kCat{{"cat"}, {}, {}, {}};

TEST(UnixExecTest, MovesStreamsThatComeByteByByteAndHalfCloses) {
  std::string heard;
  ScriptedServer server(Running(
      [&](const Peer& peer) {
        peer.SendBytewise(std::string(kUpgrade) + Frame(1, "out") + Frame(2, "err") + Frame(1, ""));
        heard = peer.ReadToEnd();
        peer.SendBytewise(Frame(1, "put"));
      },
      R"({"Running":false,"ExitCode":4})"));
  StringReader input("hello, world");
  StringWriter output;
  StringWriter error;

  const auto code =
      ConnectUnix(server.path())->Exec(Context(), "shop", kCat, {&input, &output, &error});

  ASSERT_TRUE(code) << code.error().Sentence();
  EXPECT_EQ(*code, 4);
  EXPECT_EQ(heard, "hello, world");
  EXPECT_EQ(output.text(), "output");
  EXPECT_EQ(error.text(), "err");
}

// Docker 20.10 loses the end of an input that comes before the program has started.
TEST(UnixExecTest, TheInputEndsOnlyWhenTheProgramHasStarted) {
  std::atomic<std::size_t> looks = 0;
  std::atomic<bool> has_ended = false;
  ScriptedServer server([&](const std::string& request, const Peer& peer) {
    if (request.starts_with("POST /v1.41/containers/shop/exec ")) {
      peer.Send(Reply(201, R"({"Id":"e1"})"));
    } else if (request.starts_with("POST /v1.41/exec/e1/start ")) {
      peer.Send(kUpgrade);
      EXPECT_EQ(peer.ReadToEnd(), "hello");
      has_ended = true;
    } else if (has_ended) {
      peer.Send(Reply(200, R"({"Running":false,"ExitCode":0,"Pid":7})"));
    } else {
      // Not begun, begun, with a process.
      static constexpr std::array kTold{R"({"Running":false,"ExitCode":null,"Pid":0})",
                                        R"({"Running":true,"ExitCode":null,"Pid":0})",
                                        R"({"Running":true,"ExitCode":null,"Pid":7})"};
      peer.Send(Reply(200, kTold.at(std::min<std::size_t>(looks++, 2))));
    }
  });
  StringReader input("hello");
  const auto code = ConnectUnix(server.path())->Exec(Context(), "shop", kCat, {&input});
  EXPECT_EQ(code.value_or(-1), 0);
  EXPECT_EQ(looks, 3U);
}

TEST(UnixExecTest, TellsTheEngineWhatToRun) {
  std::string asked;
  ScriptedServer server([&](const std::string& request, const Peer& peer) {
    asked = request.substr(request.find("\r\n\r\n") + 4);
    peer.Send(Reply(500, R"({"message":"no"})"));
  });
  const ExecSpec spec{{"psql", "-c", "select 1"}, {{"PGPASSWORD", "a=b"}}, "postgres", "/tmp"};

  const auto code = ConnectUnix(server.path())->Exec(Context(), "shop", spec, {});

  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().message, "could not run psql in container shop: no");
  EXPECT_EQ(ParseJson(asked).value(), ParseJson(R"({"AttachStdin":false,"AttachStdout":true,
      "AttachStderr":true,"Tty":false,"Cmd":["psql","-c","select 1"],"Env":["PGPASSWORD=a=b"],
      "User":"postgres","WorkingDir":"/tmp"})")
                                          .value());
}

TEST(UnixExecTest, AProgramThatLeavesItsInputUnreadEndsWithItsExitCode) {
  ScriptedServer server(Running(
      [](const Peer& peer) {
        peer.Send(kUpgrade);
        EXPECT_EQ(peer.Read(3).size(), 3U);
        peer.Send(Frame(1, "enough"));
      },
      R"({"Running":false,"ExitCode":3})"));
  Endless input;
  StringWriter output;

  const auto code =
      ConnectUnix(server.path())->Exec(Context(), "shop", kCat, {&input, &output, nullptr});

  ASSERT_TRUE(code) << code.error().Sentence();
  EXPECT_EQ(*code, 3);
  EXPECT_EQ(output.text(), "enough");
}

TEST(UnixExecTest, AnInputThatStillWaitsIsLetGoWhenTheProgramEnds) {
  ScriptedServer server(
      Running([](const Peer& peer) { peer.Send(kUpgrade); }, R"({"Running":false,"ExitCode":0})"));
  Silent input;

  const auto code =
      ConnectUnix(server.path())->Exec(Context(), "shop", kCat, {&input, nullptr, nullptr});

  ASSERT_TRUE(code) << code.error().Sentence();
  EXPECT_EQ(*code, 0);
}

TEST(UnixExecTest, AProgramThatClosedItsOutputsIsWaitedFor) {
  std::atomic<int> asked = 0;
  ScriptedServer server([&](const std::string& request, const Peer& peer) {
    if (request.starts_with("POST /v1.41/containers/shop/exec ")) {
      peer.Send(Reply(201, R"({"Id":"e1"})"));
    } else if (request.starts_with("POST /v1.41/exec/e1/start ")) {
      peer.Send(kUpgrade);
    } else {
      peer.Send(Reply(200, ++asked < 3 ? R"({"Running":true,"ExitCode":null})"
                                       : R"({"Running":false,"ExitCode":7})"));
    }
  });

  EXPECT_EQ(ConnectUnix(server.path())->Exec(Context(), "shop", kCat, {}).value_or(-1), 7);
}

TEST(UnixExecTest, AnEngineThatDiesInTheMiddleOfAFrameIsTold) {
  ScriptedServer server(Running(
      [](const Peer& peer) { peer.Send(std::string(kUpgrade) + Frame(1, "half").substr(0, 10)); },
      R"({"Running":false,"ExitCode":0})"));
  Silent input;

  const auto code = ConnectUnix(server.path())->Exec(Context(), "shop", kCat, {&input});

  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().code, ErrorCode::kEngineUnavailable);
}

TEST(UnixExecTest, AnEngineThatDiesBetweenFramesIsNotASuccess) {
  ScriptedServer server([&](const std::string& request, const Peer& peer) {
    if (request.starts_with("POST /v1.41/containers/shop/exec ")) {
      peer.Send(Reply(201, R"({"Id":"e1"})"));
    } else if (request.starts_with("POST /v1.41/exec/e1/start ")) {
      peer.Send(kUpgrade);
    }
  });

  const auto code = ConnectUnix(server.path())->Exec(Context(), "shop", kCat, {});

  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().code, ErrorCode::kEngineUnavailable);
}

TEST(UnixExecTest, AFailingInputCutsTheConnectionAndIsReturned) {
  // The script ends, and with it the test, only when the connection is cut.
  ScriptedServer server(Running(
      [](const Peer& peer) {
        peer.Send(kUpgrade);
        EXPECT_EQ(peer.ReadToEnd(), "");
      },
      R"({"Running":true})"));
  class Broken final : public ByteReader {
   public:
    [[nodiscard]] Result<std::size_t> Read(const Context&, ByteSpan) override {
      return Fail(ErrorCode::kEngineUnavailable, "the other engine is gone");
    }
  } input;

  const auto code = ConnectUnix(server.path())->Exec(Context(), "shop", kCat, {&input});

  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().message, "the other engine is gone");
}

TEST(UnixExecTest, AFailingOutputIsReturnedThoughInputStillComes) {
  ScriptedServer server(Running(
      [](const Peer& peer) {
        peer.Send(std::string(kUpgrade) + Frame(1, "x"));
        EXPECT_LT(peer.ReadToEnd().size(), std::size_t{1} << 40U);
      },
      R"({"Running":true})"));
  class Full final : public ByteWriter {
   public:
    [[nodiscard]] Status Write(const Context&, ConstByteSpan) override {
      return Fail(ErrorCode::kNoSpace, "full");
    }
    [[nodiscard]] Status Close(const Context&) override { return {}; }
  } output;
  Silent input;

  const auto code = ConnectUnix(server.path())->Exec(Context(), "shop", kCat, {&input, &output});

  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().code, ErrorCode::kNoSpace);
}

TEST(UnixExecTest, AStoppedContextCutsARunningProgramOff) {
  std::stop_source stop;
  ScriptedServer server(Running(
      [&](const Peer& peer) {
        peer.Send(kUpgrade);
        stop.request_stop();
        EXPECT_EQ(peer.ReadToEnd(), "");
      },
      R"({"Running":true})"));
  Silent input;

  const auto code =
      ConnectUnix(server.path())->Exec(Context(stop.get_token()), "shop", kCat, {&input});

  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().code, ErrorCode::kCancelled);
}

TEST(UnixExecTest, AProxyThatDoesNotUpgradeIsTold) {
  ScriptedServer server(Running(
      [](const Peer& peer) {
        peer.Send("HTTP/1.1 200 OK\r\n\r\n");
        EXPECT_EQ(peer.ReadToEnd(), "");
      },
      "{}"));

  const auto code = ConnectUnix(server.path())->Exec(Context(), "shop", kCat, {});

  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().code, ErrorCode::kEngineUnavailable);
}

Result<std::string> TextOfProgram(int code, const std::string& output, const std::string& error) {
  FakeEngine engine;
  ImageInfo image;
  image.tags = {"odoo:19"};
  engine.AddImage(image);
  ContainerSpec spec;
  spec.name = "shop";
  spec.image = "odoo:19";
  RETURN_IF_ERROR(engine.Create(Context(), spec));
  RETURN_IF_ERROR(engine.Start(Context(), "shop"));
  engine.OnExec([=](const Context& ctx, std::string_view, const ExecSpec&,
                    const ExecStreams& streams) -> Result<int> {
    RETURN_IF_ERROR(streams.output->Write(ctx, BytesOf(output)));
    RETURN_IF_ERROR(streams.error->Write(ctx, BytesOf(error)));
    return code;
  });
  return ExecText(Context(), engine, "shop", ExecSpec{{"psql", "secret"}, {}, {}, {}}, 100);
}

TEST(ExecTextTest, GivesStandardOutputAlone) {
  EXPECT_EQ(TextOfProgram(0, "out", "warning").value_or(""), "out");
}

TEST(ExecTextTest, TellsTheLastWordsOfAFailureWithoutItsArguments) {
  const auto text = TextOfProgram(2, "out", "psql: no such role\n");

  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::kContainerFailed);
  EXPECT_EQ(text.error().message,
            "psql in container shop ended with exit code 2: psql: no such role");
}

TEST(ExecTextTest, FallsBackToStandardOutputForAFailuresWords) {
  EXPECT_EQ(TextOfProgram(126, "OCI runtime exec failed\r\n", "").error().message,
            "psql in container shop ended with exit code 126: OCI runtime exec failed");
  EXPECT_EQ(TextOfProgram(1, "", "").error().message,
            "psql in container shop ended with exit code 1");
}

TEST(ExecTextTest, BoundsTheText) {
  const auto text = TextOfProgram(0, std::string(101, 'x'), "");

  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::kPayloadTooLarge);
}

}  // namespace
}  // namespace reprise::docker
