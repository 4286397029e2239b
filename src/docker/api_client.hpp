#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/value.hpp>

#include "docker/http.hpp"

namespace reprise::docker {

// How long the engine may take to answer, besides what the caller's context allows: an engine that
// hangs must not hang us. Archives, execs, pulls and waits have no limit of their own.
inline constexpr std::chrono::seconds kQueryLimit{60};
inline constexpr std::chrono::seconds kChangeLimit{300};

struct Answer {
  int status = 0;
  std::string body;
  [[nodiscard]] bool ok() const { return status < 300; }
};

// An exchange whose answer's body is still to be read.
struct OpenExchange {
  std::unique_ptr<HttpConnection> connection;
  HttpHead head;
};

// Makes a connection to an engine. Called from any thread.
using EngineDialer = std::function<Result<std::unique_ptr<ByteSocket>>(const Context& ctx)>;

// Speaks the Engine API over connections of a dialer, one a request, in the newest version that
// both sides know. Thread-safe.
class ApiClient {
 public:
  // Over a unix socket.
  explicit ApiClient(const std::string& socket_path);
  // `where`: which engine, for messages.
  ApiClient(EngineDialer dial, std::string where)
      : dial_(std::move(dial)), where_(std::move(where)) {}

  // `request.target` without the version. Any status is an answer, not a failure.
  [[nodiscard]] Result<OpenExchange> Open(const Context& ctx, HttpRequest request);
  [[nodiscard]] Result<Answer> Call(const Context& ctx, HttpRequest request,
                                    std::chrono::milliseconds limit);
  // "1.41", asked once.
  [[nodiscard]] Result<std::string> Version(const Context& ctx);

 private:
  Result<OpenExchange> Dial(const Context& ctx, const HttpRequest& request);
  Result<Answer> CallUnlimited(const Context& ctx, HttpRequest request);

  const EngineDialer dial_;
  const std::string where_;
  std::mutex mutex_;
  std::string version_;
};

// All of an answer's body; kPayloadTooLarge past 64 MiB.
[[nodiscard]] Result<Answer> ReadAnswer(const Context& ctx, OpenExchange exchange);

// What a refused request was about: decides the code of a 404.
enum class Subject { kContainer, kImage, kVolume, kNetwork, kEngine };

// The failure that `answer` (not ok) tells. `doing` as in "start container shop": it ends up in the
// message, after "could not".
[[nodiscard]] Error RefusalOf(const Answer& answer, Subject subject, std::string_view name,
                              std::string_view doing);
// The same from the engine's words alone.
[[nodiscard]] Error FailureOf(std::string_view engine_words, std::string_view doing);

// A name or id as one segment of a URL's path, encoded. Names that could not be one ("", "a/b",
// "..") are not there: the same failure as from the engine.
[[nodiscard]] Result<std::string> PathSegment(Subject subject, std::string_view name);
[[nodiscard]] std::string UrlEncode(std::string_view text);
[[nodiscard]] std::string WithQuery(
    std::string_view path,
    std::initializer_list<std::pair<std::string_view, std::string_view>> parameters);

}  // namespace reprise::docker
