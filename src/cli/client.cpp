#include "cli/client.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <chrono>

#include "base/json_fields.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr int kDownloadAttempts = 5;
constexpr std::chrono::seconds kSilenceOfStream{45};  // its heartbeats come every 15 s

std::string Encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::string TextMember(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

ByteCount LengthOf(const HttpAnswer& answer) {
  const auto told = answer.headers.find("content-length");
  ByteCount length = 0;
  if (told == answer.headers.end()) return 0;
  std::from_chars(told->second.data(), told->second.data() + told->second.size(), length);
  return length;
}

// What a source has from an offset on. `source` must outlive it.
class TailReader final : public RandomReader {
 public:
  TailReader(RandomReader& source, ByteCount offset) : source_(source), offset_(offset) {}
  [[nodiscard]] ByteCount size() const override { return source_.size() - offset_; }
  [[nodiscard]] Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset,
                                           ByteSpan into) override {
    return source_.ReadAt(ctx, offset_ + offset, into);
  }

 private:
  RandomReader& source_;
  const ByteCount offset_;
};

}  // namespace

std::string PathWith(std::string_view path, const QueryPairs& query) {
  std::string text(path);
  char separator = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    text += fmt::format("{}{}={}", separator, Encode(name), Encode(value));
    separator = '&';
  }
  return text;
}

Error ErrorOfProblem(int status, std::string_view body) {
  const Result<json::value> parsed = ParseJson(body);
  if (parsed && parsed->is_object()) {
    const json::object& problem = parsed->get_object();
    const std::string code = TextMember(problem, "code");
    if (!code.empty()) {
      return Error{ErrorCodeFromName(code), TextMember(problem, "detail"),
                   TextMember(problem, "hint")};
    }
  }
  return Error{ErrorCode::kInternal, fmt::format("the server answered {} without a reason", status),
               "is there something else than Reprise at this address?"};
}

ApiClient::ApiClient(std::string url, std::string token, std::string ca_file)
    : url_(std::move(url)), token_(std::move(token)), ca_file_(std::move(ca_file)) {
  while (!url_.empty() && url_.back() == '/') url_.pop_back();
}

Error ApiClient::Unreachable(const HttpAnswer& answer) const {
  std::string message = fmt::format("cannot reach Reprise at {}: {}", url_, answer.broke_off);
  if (answer.is_untrusted) {
    return Error{ErrorCode::kEngineUnavailable, std::move(message),
                 "name the file of the authority that made the server's certificate with --ca-file "
                 "or REPRISE_CA_FILE, and the server as its certificate does"};
  }
  return Error{ErrorCode::kEngineUnavailable, std::move(message),
               "is \"reprise serve\" running there? The address is that of --url or REPRISE_URL"};
}

HttpCall ApiClient::NewCall(std::string method, const std::string& path) const {
  HttpCall call;
  call.method = std::move(method);
  call.url = url_ + path;
  call.ca_file = ca_file_;
  if (!token_.empty()) call.headers.push_back("Authorization: Bearer " + token_);
  if (call.method == "GET") call.silence = kSilence;
  return call;
}

Result<HttpAnswer> ApiClient::Perform(const Context& ctx, const HttpCall& call) {
  ASSIGN_OR_RETURN(HttpAnswer answer, caller_.Perform(ctx, call));
  if (answer.ended_by_sink) return answer;
  // Refused while it was still sending: the answer counts, not how the connection ended.
  const bool refused = answer.status >= 400 && !answer.body.empty();
  if (!answer.broke_off.empty() && !refused) {
    if (answer.status == 0 || !call.sink) return Fail(Unreachable(answer));
    return answer;
  }
  if (answer.status < 200 || answer.status >= 300) {
    return Fail(ErrorOfProblem(answer.status, answer.body));
  }
  return answer;
}

Result<json::value> ApiClient::PerformJson(const Context& ctx, const HttpCall& call) {
  ASSIGN_OR_RETURN(const HttpAnswer answer, Perform(ctx, call));
  if (answer.body.empty()) return json::value(nullptr);
  Result<json::value> parsed = ParseJson(answer.body);
  if (!parsed) {
    return Fail(ErrorCode::kInternal, fmt::format("{} did not answer with JSON", url_),
                "is there something else than Reprise at this address?");
  }
  return parsed;
}

Result<json::value> ApiClient::Get(const Context& ctx, const std::string& path) {
  return PerformJson(ctx, NewCall("GET", path));
}

Result<std::string> ApiClient::GetText(const Context& ctx, const std::string& path) {
  ASSIGN_OR_RETURN(HttpAnswer answer, Perform(ctx, NewCall("GET", path)));
  return std::move(answer.body);
}

Result<json::value> ApiClient::Ask(const Context& ctx, const std::string& method,
                                   const std::string& path, const json::value& body) {
  const std::string text = json::serialize(body);
  HttpCall call = NewCall(method, path);
  call.headers.emplace_back("Content-Type: application/json");
  call.body = &text;
  return PerformJson(ctx, call);
}

Result<json::value> ApiClient::Post(const Context& ctx, const std::string& path,
                                    const json::value& body) {
  return Ask(ctx, "POST", path, body);
}

Result<json::value> ApiClient::Patch(const Context& ctx, const std::string& path,
                                     const json::value& body) {
  return Ask(ctx, "PATCH", path, body);
}

Result<json::value> ApiClient::Put(const Context& ctx, const std::string& path,
                                   const json::value& body) {
  return Ask(ctx, "PUT", path, body);
}

Result<HttpAnswer> ApiClient::Send(const Context& ctx, const std::string& method,
                                   const std::string& path, const json::value& body,
                                   std::vector<std::string> headers) {
  const std::string text = json::serialize(body);
  HttpCall call;
  call.method = method;
  call.url = url_ + path;
  call.ca_file = ca_file_;
  call.headers = std::move(headers);
  call.headers.emplace_back("Content-Type: application/json");
  call.body = &text;
  return Perform(ctx, call);
}

Result<json::value> ApiClient::Delete(const Context& ctx, const std::string& path) {
  return PerformJson(ctx, NewCall("DELETE", path));
}

Result<json::value> ApiClient::Upload(const Context& ctx, const std::string& path,
                                      RandomReader& source, const Progress& progress) {
  HttpCall call = NewCall("POST", path);
  call.headers.emplace_back("Content-Type: application/octet-stream");
  call.upload = &source;
  call.on_sent = [&](ByteCount sent) {
    if (progress) progress(sent, source.size());
  };
  return PerformJson(ctx, call);
}

Result<json::value> ApiClient::SendFrom(const Context& ctx, const std::string& path,
                                        RandomReader& source, ByteCount offset,
                                        const Progress& progress) {
  TailReader tail(source, offset);
  HttpCall call = NewCall("PATCH", path);
  call.headers.emplace_back("Content-Type: application/octet-stream");
  call.headers.push_back(fmt::format("Upload-Offset: {}", offset));
  call.silence = kSilence;
  call.upload = &tail;
  call.on_sent = [&](ByteCount sent) {
    if (progress) progress(offset + sent, source.size());
  };
  return PerformJson(ctx, call);
}

Status ApiClient::Follow(const Context& ctx, const std::string& path,
                         const std::string& last_event_id,
                         const std::function<bool(const StreamEvent&)>& on_event) {
  EventStreamParser parser;
  HttpCall call = NewCall("GET", path);
  call.silence = kSilenceOfStream;
  call.headers.emplace_back("Accept: text/event-stream");
  if (!last_event_id.empty()) call.headers.push_back("Last-Event-ID: " + last_event_id);
  call.sink = [&](const HttpAnswer&, std::string_view bytes) {
    for (const StreamEvent& event : parser.Feed(bytes)) {
      if (!on_event(event)) return false;
    }
    return true;
  };
  ASSIGN_OR_RETURN(const HttpAnswer answer, Perform(ctx, call));
  if (!answer.broke_off.empty()) return Fail(Unreachable(answer));
  return {};
}

// One attempt of a download, from where `hashing` stands. False: it broke off, try again.
Result<bool> ApiClient::FetchOn(const Context& ctx, HttpCall call, HashingWriter& hashing,
                                std::string& etag, const Progress& progress) {
  const ByteCount before = hashing.count();
  std::optional<Error> write_error;
  if (before > 0) {
    call.headers.push_back(fmt::format("Range: bytes={}-", before));
    call.headers.push_back("If-Range: " + etag);
  }
  call.sink = [&](const HttpAnswer& head, std::string_view bytes) {
    if (before > 0 && head.status != 206) return false;
    if (const auto told = head.headers.find("etag"); told != head.headers.end()) {
      etag = told->second;
    }
    const Status written = hashing.Write(ctx, BytesOf(bytes));
    if (!written) write_error = written.error();
    if (written && progress) progress(hashing.count(), before + LengthOf(head));
    return written.has_value();
  };
  const Result<HttpAnswer> answer = Perform(ctx, call);
  if (write_error) return Fail(*write_error);
  if (!answer) {
    if (answer.error().code == ErrorCode::kEngineUnavailable && before > 0) return false;
    return Fail(answer.error());
  }
  if (before > 0 && answer->status != 206) {
    return Fail(ErrorCode::kConflict, "the archive changed while it was fetched", "fetch it again");
  }
  return answer->broke_off.empty();
}

Status ApiClient::Download(const Context& ctx, const std::string& path, ByteWriter& to,
                           const Progress& progress, std::chrono::seconds silence) {
  HashingWriter hashing(to, HashKind::kSha256);
  std::string etag;
  HttpCall call = NewCall("GET", path);
  call.silence = silence;
  for (int attempt = 1;; ++attempt) {
    ASSIGN_OR_RETURN(const bool whole, FetchOn(ctx, call, hashing, etag, progress));
    if (whole) break;
    if (attempt == kDownloadAttempts) {
      return Fail(Unreachable({.broke_off = "the connection keeps breaking off"}));
    }
    RETURN_IF_ERROR(ctx.Sleep(milliseconds(500 * attempt)));
  }
  const std::string digest = hashing.Digest();
  if (etag.size() == digest.size() + 2 && etag.substr(1, digest.size()) != digest) {
    return Fail(ErrorCode::kArchiveCorrupt, "what arrived is not what the server has stored",
                "fetch it again");
  }
  return {};
}

}  // namespace reprise::cli
