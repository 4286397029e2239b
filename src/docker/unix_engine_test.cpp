#include "docker/unix_engine.hpp"

#include <gtest/gtest.h>

#include "docker/scripted_server.hpp"

namespace reprise::docker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Peer = ScriptedServer::Peer;

ScriptedServer::Script Answering(int status, const std::string& body) {
  return [=](const std::string&, const Peer& peer) { peer.Send(Reply(status, body)); };
}

std::string Refusal(std::string_view words) {
  return R"({"message":")" + std::string(words) + "\"}";
}

template <class T>
Error ErrorOf(const Result<T>& result) {
  return result ? Error{ErrorCode::kInternal, "no error"} : result.error();
}

TEST(UnixEngineTest, NobodyListeningIsTold) {
  const Error error =
      ErrorOf(ConnectUnix("unix:///nowhere/docker.sock")->Inspect(Context(), "shop"));

  EXPECT_EQ(error.code, ErrorCode::kEngineUnavailable);
  EXPECT_EQ(error.message,
            "the Docker Engine does not answer on /nowhere/docker.sock: No such file or directory");
  EXPECT_FALSE(error.hint.empty());
}

TEST(UnixEngineTest, ASocketPathThatIsTooLongIsTold) {
  const Error error = ErrorOf(ConnectUnix(std::string(300, 'x'))->Inspect(Context(), "shop"));

  EXPECT_EQ(error.code, ErrorCode::kEngineUnavailable);
  EXPECT_NE(error.message.find("File name too long"), std::string::npos);
}

TEST(UnixEngineTest, AnEngineThatClosesWithoutAnAnswerIsTold) {
  ScriptedServer server([](const std::string&, const Peer&) {});

  const Error error = ErrorOf(ConnectUnix(server.path())->Inspect(Context(), "shop"));

  EXPECT_EQ(error.code, ErrorCode::kEngineUnavailable);
}

TEST(UnixEngineTest, SpeaksTheNewestVersionThatBothKnow) {
  ScriptedServer older(Answering(200, "{}"), "1.41");
  ScriptedServer newer(Answering(200, "{}"), "1.99");
  ScriptedServer oldest(Answering(200, "{}"), "1.40");

  ASSERT_TRUE(ConnectUnix(older.path())->Inspect(Context(), "a"));
  ASSERT_TRUE(ConnectUnix(newer.path())->Inspect(Context(), "a"));
  const Error error = ErrorOf(ConnectUnix(oldest.path())->Inspect(Context(), "a"));

  EXPECT_EQ(older.requests(), std::vector<std::string>{"GET /v1.41/containers/a/json"});
  EXPECT_EQ(newer.requests(), std::vector<std::string>{"GET /v1.47/containers/a/json"});
  EXPECT_EQ(error.code, ErrorCode::kIncompatible);
  EXPECT_EQ(error.message, "the Docker Engine speaks API 1.40, Reprise needs 1.41 or later");
}

TEST(UnixEngineTest, AHangingEngineGivesWayToTheContext) {
  std::stop_source stop;
  ScriptedServer server([&](const std::string& request, const Peer& peer) {
    if (request.find("/stops/") != std::string::npos) stop.request_stop();
    EXPECT_EQ(peer.ReadToEnd(), "");
  });
  const auto engine = ConnectUnix(server.path());

  const Error cancelled = ErrorOf(engine->Inspect(Context(stop.get_token()), "stops"));
  const Error late = ErrorOf(engine->Wait(Context().WithTimeout(milliseconds(30)), "shop"));

  EXPECT_EQ(cancelled.code, ErrorCode::kCancelled);
  EXPECT_EQ(late.code, ErrorCode::kTimeout);
}

TEST(UnixEngineTest, AnEngineThatHangsPastItsLimitIsTold) {
  ScriptedServer server(
      [](const std::string&, const Peer& peer) { EXPECT_EQ(peer.ReadToEnd(), ""); });
  ApiClient api(server.path());

  const Error error = ErrorOf(api.Call(Context(), {"GET", "/info"}, milliseconds(30)));

  EXPECT_EQ(error.code, ErrorCode::kEngineUnavailable);
  EXPECT_NE(error.message.find("did not answer within"), std::string::npos);
}

TEST(UnixEngineTest, NamesThatAreNoSegmentOfAPathNeverReachTheEngine) {
  ScriptedServer server(Answering(200, "{}"));
  const auto engine = ConnectUnix(server.path());

  for (const std::string_view name : {"", ".", "..", "../volumes/data", "a/b"}) {
    EXPECT_EQ(ErrorOf(engine->Inspect(Context(), name)).code, ErrorCode::kContainerMissing);
    EXPECT_EQ(ErrorOf(engine->RemoveVolume(Context(), name)).code, ErrorCode::kNotFound);
  }
  EXPECT_TRUE(server.requests().empty());
  ASSERT_TRUE(engine->Inspect(Context(), "a b?x=1#%"));
  EXPECT_EQ(server.requests(),
            std::vector<std::string>{"GET /v1.41/containers/a%20b%3Fx%3D1%23%25/json"});
}

TEST(UnixEngineTest, AFullDiskIsToldWhereverItComesUp) {
  ScriptedServer server(Answering(500, Refusal("write /data/x: No space left on device")));
  const auto engine = ConnectUnix(server.path());
  ContainerSpec spec;
  spec.image = "odoo:19";
  StringReader tar(std::string(1024, '\0'));

  EXPECT_EQ(ErrorOf(engine->Create(Context(), spec)).code, ErrorCode::kNoSpace);
  EXPECT_EQ(ErrorOf(engine->PutArchive(Context(), "shop", "/data", tar)).code, ErrorCode::kNoSpace);
  EXPECT_EQ(ErrorOf(engine->PullImage(Context(), "odoo:19")).code, ErrorCode::kNoSpace);
}

TEST(UnixEngineTest, AnswersMapToCodesByWhatTheEngineNames) {
  const auto start = [](int status, std::string_view words) {
    ScriptedServer server(Answering(status, Refusal(words)));
    return ErrorOf(ConnectUnix(server.path())->Start(Context(), "shop"));
  };

  EXPECT_EQ(start(404, "No such container: shop").code, ErrorCode::kContainerMissing);
  EXPECT_EQ(start(404, "network net not found").code, ErrorCode::kNotFound);
  EXPECT_EQ(start(500, "boom").message, "could not start container shop: boom");
  EXPECT_EQ(start(500, "boom").code, ErrorCode::kContainerFailed);
  EXPECT_EQ(start(409, "Conflict. The container name is already in use").code,
            ErrorCode::kConflict);
  EXPECT_NE(start(500, "Bind for 0.0.0.0:80 failed: port is already allocated").hint, "");
  EXPECT_EQ(start(301, "").code, ErrorCode::kContainerFailed);
}

TEST(UnixEngineTest, StartAndStopTakeAlreadySoForAYes) {
  ScriptedServer server(
      [](const std::string&, const Peer& peer) { peer.Send("HTTP/1.1 304 Not Modified\r\n\r\n"); });
  const auto engine = ConnectUnix(server.path());

  EXPECT_TRUE(engine->Start(Context(), "shop"));
  EXPECT_TRUE(engine->Stop(Context(), "shop", seconds(9)));
  EXPECT_EQ(server.requests(), (std::vector<std::string>{"POST /v1.41/containers/shop/start",
                                                         "POST /v1.41/containers/shop/stop?t=9"}));
}

TEST(UnixEngineTest, RemoveWaitsForARemovalThatGoesOn) {
  std::atomic<int> asked = 0;
  ScriptedServer server([&](const std::string&, const Peer& peer) {
    peer.Send(++asked == 1 ? Reply(409, Refusal("removal of container shop is already in progress"))
                           : Reply(404, Refusal("No such container: shop")));
  });

  EXPECT_TRUE(ConnectUnix(server.path())->Remove(Context(), "shop"));
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(server.requests()[0], "DELETE /v1.41/containers/shop?force=1&v=1");
}

TEST(UnixEngineTest, ListPassesOverContainersThatAreGoneByThen) {
  ScriptedServer server([](const std::string& request, const Peer& peer) {
    if (request.find("/containers/json?") != std::string::npos) {
      peer.Send(ChunkedReply(R"([{"Id":"a"},{"Id":"b"}])", 3));
    } else if (request.find("/a/json") != std::string::npos) {
      peer.Send(Reply(404, Refusal("No such container: a")));
    } else {
      peer.Send(Reply(200, R"({"Id":"b","Name":"/shop"})"));
    }
  });

  const auto list = ConnectUnix(server.path())->List(Context(), {{"k", "v"}});

  ASSERT_TRUE(list) << list.error().Sentence();
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().name, "shop");
  EXPECT_EQ(server.requests()[0],
            "GET /v1.41/containers/json?all=1&filters=%7B%22label%22%3A%5B%22k%3Dv%22%5D%7D");
}

TEST(UnixEngineTest, LogsOfAContainerWithATerminalComeAsTheyAre) {
  ScriptedServer server([](const std::string& request, const Peer& peer) {
    peer.Send(request.find("/short/") == std::string::npos
                  ? ChunkedReply("line one\r\nline two\r\n", 7)
                  : ChunkedReply("x", 1));
  });
  const auto engine = ConnectUnix(server.path());

  EXPECT_EQ(engine->Logs(Context(), "shop", 2).value_or(""), "line one\r\nline two\r\n");
  EXPECT_EQ(engine->Logs(Context(), "short", 2).value_or(""), "x");
}

TEST(UnixEngineTest, LogsJoinBothOutputsInOrder) {
  ScriptedServer server([](const std::string&, const Peer& peer) {
    peer.Send(ChunkedReply(Frame(1, "a\n") + Frame(2, "b\n") + Frame(1, "c\n"), 5));
  });

  EXPECT_EQ(ConnectUnix(server.path())->Logs(Context(), "shop", 3).value_or(""), "a\nb\nc\n");
}

TEST(UnixEngineTest, PullFailsByALineOfItsProgress) {
  ScriptedServer server([](const std::string&, const Peer& peer) {
    peer.Send(ChunkedReply(
        "{\"status\":\"Pulling\"}\r\n{\"errorDetail\":{},\"error\":\"manifest unknown\"}", 4));
  });

  const Error error = ErrorOf(ConnectUnix(server.path())->PullImage(Context(), "reg:5000/odoo"));

  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_EQ(error.message, "could not pull image reg:5000/odoo: manifest unknown");
  EXPECT_EQ(server.requests()[0],
            "POST /v1.41/images/create?fromImage=reg%3A5000%2Fodoo&tag=latest");
}

TEST(UnixEngineTest, PullSucceedsAtTheEndOfItsProgress) {
  ScriptedServer server(Answering(200, "{\"status\":\"error\"}\n{\"status\":\"done\"}\n"));

  EXPECT_TRUE(ConnectUnix(server.path())->PullImage(Context(), "odoo:19"));
}

TEST(UnixEngineTest, AnUploadThatIsRefusedEarlyTellsWhy) {
  ScriptedServer server([](const std::string&, const Peer& peer) {
    peer.Send(Reply(404, Refusal("Could not find the file /data in container shop")));
  });
  StringReader tar(std::string(50'000'000, 'x'));

  const Error error =
      ErrorOf(ConnectUnix(server.path())->PutArchive(Context(), "shop", "/data", tar));

  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_NE(error.message.find("/data"), std::string::npos);
}

TEST(UnixEngineTest, AnArchiveThatIsCutShortIsAFailure) {
  ScriptedServer server([](const std::string&, const Peer& peer) {
    const std::string whole = ChunkedReply(std::string(5000, 'x'), 1000);
    peer.Send(whole.substr(0, 3000));
  });
  StringWriter tar;

  const Error error =
      ErrorOf(ConnectUnix(server.path())->GetArchive(Context(), "shop", "/data", tar));

  EXPECT_EQ(error.code, ErrorCode::kEngineUnavailable);
}

}  // namespace
}  // namespace reprise::docker
