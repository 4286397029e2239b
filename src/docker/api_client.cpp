#include "docker/api_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/ascii.hpp"
#include "docker/json_view.hpp"

namespace reprise::docker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr ByteCount kMostAnswerBytes = 64UL << 20U;
// All versions have the major number 1. 25.0 of Docker speaks 1.44, 29.0 nothing older than that.
constexpr int kOldestMinor = 41;  // Docker 20.10
constexpr int kNewestMinor = 47;  // Docker 27.2

Result<std::string> ChooseVersion(std::string_view engines) {
  int minor = -1;
  if (engines.starts_with("1.")) {
    std::from_chars(engines.data() + 2, engines.data() + engines.size(), minor);
  }
  if (minor < kOldestMinor) {
    return Fail(ErrorCode::kIncompatible,
                fmt::format("the Docker Engine speaks API {}, Reprise needs 1.{} or later",
                            engines.empty() ? "of no version" : engines, kOldestMinor),
                "upgrade Docker on that server to 20.10 or later");
  }
  return fmt::format("1.{}", std::min(minor, kNewestMinor));
}

std::string EngineWords(const Answer& answer) {
  if (const Result<boost::json::value> body = ParseJson(answer.body)) {
    if (std::string words = TextAt(*body, "/message"); !words.empty()) return words;
  }
  return fmt::format("status {} {}", answer.status, answer.body.substr(0, 200));
}

Error Missing(Subject subject, std::string_view name) {
  switch (subject) {
    case Subject::kImage:
      return Error{ErrorCode::kNotFound, fmt::format("there is no image {} on this server", name),
                   "pull or build the image there"};
    case Subject::kVolume:
      return Error{ErrorCode::kNotFound, fmt::format("there is no volume named {}", name)};
    case Subject::kNetwork:
      return Error{ErrorCode::kNotFound, fmt::format("there is no network named {}", name)};
    case Subject::kContainer:
    case Subject::kEngine:
      break;
  }
  return Error{ErrorCode::kContainerMissing, fmt::format("there is no container named {}", name),
               "list the server's containers with docker ps -a"};
}

// The engine names the thing that is missing; it need not be the one that was asked about: making a
// container can fail for want of its image, or of the container whose volumes it wants, and then
// with status 400 as well as 404.
std::optional<Error> NamedAsMissing(std::string_view words, Subject subject,
                                    std::string_view name) {
  const std::string lower = LowerCase(words);
  const auto after = [&](std::string_view phrase) -> std::string_view {
    const std::size_t at = lower.find(phrase);
    return at == std::string::npos ? std::string_view() : words.substr(at + phrase.size());
  };
  if (const auto id = after("no such container: "); !id.empty()) {
    return Missing(Subject::kContainer, id);
  }
  if (const auto id = after("no such image: "); !id.empty()) {
    // Older engines tell the name twice: "No such image: odoo:19: No such image: odoo:19".
    return Missing(Subject::kImage, id.substr(0, std::min(id.find(" ("), id.find(": "))));
  }
  const bool volume = lower.find("no such volume") != std::string::npos;
  const bool network = lower.starts_with("network ") && lower.ends_with(" not found");
  if ((volume && subject == Subject::kVolume) || (network && subject == Subject::kNetwork)) {
    return Missing(subject, name);
  }
  return std::nullopt;
}

bool SaysTaken(std::string_view words) {
  const std::string lower = LowerCase(words);
  return lower.find("already in use") != std::string::npos ||
         lower.find("already exists") != std::string::npos;
}

}  // namespace

ApiClient::ApiClient(const std::string& socket_path)
    : ApiClient([socket_path](const Context& ctx) { return DialUnix(ctx, socket_path); },
                socket_path) {}

Result<OpenExchange> ApiClient::Dial(const Context& ctx, const HttpRequest& request) {
  ASSIGN_OR_RETURN(auto socket, dial_(ctx));
  auto connection = std::make_unique<HttpConnection>(std::move(socket));
  ASSIGN_OR_RETURN(HttpHead head, connection->Exchange(ctx, request));
  return OpenExchange{std::move(connection), std::move(head)};
}

Result<std::string> ApiClient::Version(const Context& ctx) {
  {
    const std::scoped_lock lock(mutex_);
    if (!version_.empty()) return version_;
  }
  HttpRequest ping;
  ping.method = "GET";
  ping.target = "/_ping";
  ASSIGN_OR_RETURN(const OpenExchange exchange, Dial(ctx, ping));
  if (exchange.head.status >= 300) {
    return Fail(ErrorCode::kEngineUnavailable,
                fmt::format("the Docker Engine on {} is not ready: status {}", where_,
                            exchange.head.status),
                "look at the engine's log (journalctl -u docker)");
  }
  ASSIGN_OR_RETURN(std::string version, ChooseVersion(exchange.head.Field("Api-Version")));
  const std::scoped_lock lock(mutex_);
  version_ = version;
  return version;
}

Result<OpenExchange> ApiClient::Open(const Context& ctx, HttpRequest request) {
  ASSIGN_OR_RETURN(const std::string version, Version(ctx));
  request.target = fmt::format("/v{}{}", version, request.target);
  return Dial(ctx, request);
}

Result<Answer> ApiClient::CallUnlimited(const Context& ctx, HttpRequest request) {
  ASSIGN_OR_RETURN(OpenExchange exchange, Open(ctx, std::move(request)));
  return ReadAnswer(ctx, std::move(exchange));
}

Result<Answer> ApiClient::Call(const Context& ctx, HttpRequest request, milliseconds limit) {
  Result<Answer> answer = CallUnlimited(ctx.WithTimeout(limit), std::move(request));
  if (answer || answer.error().code != ErrorCode::kTimeout || !ctx.Check()) return answer;
  return Fail(
      ErrorCode::kEngineUnavailable,
      fmt::format("the Docker Engine on {} did not answer within {} seconds", where_,
                  std::chrono::duration_cast<seconds>(limit).count()),
      "the engine hangs or the server is overloaded: look at its log (journalctl -u docker)");
}

Result<Answer> ReadAnswer(const Context& ctx, OpenExchange exchange) {
  ASSIGN_OR_RETURN(std::string body, ReadAll(ctx, exchange.connection->body(), kMostAnswerBytes));
  return Answer{exchange.head.status, std::move(body)};
}

Error FailureOf(std::string_view engine_words, std::string_view doing) {
  const std::string lower = LowerCase(engine_words);
  Error error{ErrorCode::kContainerFailed, fmt::format("could not {}: {}", doing, engine_words)};
  if (lower.find("no space left on device") != std::string::npos) {
    error.code = ErrorCode::kNoSpace;
    return std::move(error).WithHint(
        "free space on that server's disk (docker system df tells where)");
  }
  if (lower.find("port is already allocated") != std::string::npos ||
      lower.find("address already in use") != std::string::npos) {
    return std::move(error).WithHint("another program uses that port: choose another or stop it");
  }
  return error;
}

Error RefusalOf(const Answer& answer, Subject subject, std::string_view name,
                std::string_view doing) {
  const std::string words = EngineWords(answer);
  Error error = FailureOf(words, doing);
  if (error.code != ErrorCode::kContainerFailed) return error;
  if (std::optional<Error> missing = NamedAsMissing(words, subject, name)) {
    return *std::move(missing);
  }
  if (answer.status == 404) error.code = ErrorCode::kNotFound;
  if (answer.status == 409 && SaysTaken(words)) {
    error.code = ErrorCode::kConflict;
    return std::move(error).WithHint("choose another name, or remove what has it");
  }
  return error;
}

Result<std::string> PathSegment(Subject subject, std::string_view name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string_view::npos) {
    return Fail(Missing(subject, fmt::format("“{}”", name)));
  }
  return UrlEncode(name);
}

std::string UrlEncode(std::string_view text) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string WithQuery(
    std::string_view path,
    std::initializer_list<std::pair<std::string_view, std::string_view>> parameters) {
  std::string target(path);
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    target += fmt::format("{}{}={}", separator, name, UrlEncode(value));
    separator = '&';
  }
  return target;
}

}  // namespace reprise::docker
