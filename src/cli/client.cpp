#include "cli/client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <chrono>
#include <map>

#include "base/hash.hpp"
#include "base/json_fields.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr long kConnectSeconds = 10;
constexpr long kSilenceSeconds = 45;  // heartbeats of live streams come every 15 s
constexpr std::size_t kMostKept = 64 << 20;
constexpr int kDownloadAttempts = 5;

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string Encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return encoded;
}

std::string TextMember(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

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
  Result<json::value> parsed = ParseJson(body);
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

namespace {

using HeaderMap = std::map<std::string, std::string>;

ByteCount LengthOf(const HeaderMap& headers) {
  const auto told = headers.find("content-length");
  ByteCount length = 0;
  if (told == headers.end()) return 0;
  std::from_chars(told->second.data(), told->second.data() + told->second.size(), length);
  return length;
}

}  // namespace

struct ApiClient::Handle {
  Handle() : easy(curl_easy_init()) {}
  ~Handle() { curl_easy_cleanup(easy); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  CURL* easy;
};

struct ApiClient::Call {
  std::string method = "GET";
  std::string path;
  std::vector<std::string> headers;
  const std::string* body = nullptr;
  RandomReader* upload = nullptr;
  Progress upload_progress;
  // Takes the body of a 2xx answer as it comes; false ends the call.
  std::function<bool(const Answer&, std::string_view)> sink;
  bool live = false;
};

struct ApiClient::Answer {
  int status = 0;
  std::string body;  // what the sink did not take
  HeaderMap headers;
  bool ended_by_sink = false;
  CURLcode code = CURLE_OK;
};

namespace {

// What libcurl's callbacks share during one call.
template <class Call, class Answer>
struct Running {
  const Context& ctx;
  const Call& call;
  Answer& answer;
  CURL* easy;
  ByteCount sent = 0;
  std::optional<Error> source_error;

  static std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* user) {
    auto& self = *static_cast<Running*>(user);
    const std::string_view bytes(data, size * count);
    long status = 0;
    curl_easy_getinfo(self.easy, CURLINFO_RESPONSE_CODE, &status);
    if (self.call.sink && status >= 200 && status < 300) {
      self.answer.status = static_cast<int>(status);
      if (self.call.sink(self.answer, bytes)) return bytes.size();
      self.answer.ended_by_sink = true;
      return 0;
    }
    if (self.answer.body.size() + bytes.size() > kMostKept) return 0;
    self.answer.body += bytes;
    return bytes.size();
  }

  static std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* user) {
    auto& self = *static_cast<Running*>(user);
    const std::string_view line(data, size * count);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
      std::string name(line.substr(0, colon));
      for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      self.answer.headers[name] = Trim(line.substr(colon + 1));
    }
    return line.size();
  }

  static std::size_t OnUpload(char* into, std::size_t size, std::size_t count, void* user) {
    auto& self = *static_cast<Running*>(user);
    const std::span<char> room(into, size * count);
    Result<std::size_t> got =
        self.call.upload->ReadAt(self.ctx, self.sent, std::as_writable_bytes(room));
    if (!got) {
      self.source_error = std::move(got.error());
      return CURL_READFUNC_ABORT;
    }
    self.sent += *got;
    if (self.call.upload_progress) {
      self.call.upload_progress(self.sent, self.call.upload->size());
    }
    return *got;
  }

  // A server that refuses before reading makes libcurl begin anew.
  static int OnSeek(void* user, curl_off_t offset, int origin) {
    auto& self = *static_cast<Running*>(user);
    if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
    self.sent = static_cast<ByteCount>(offset);
    return CURL_SEEKFUNC_OK;
  }

  static int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Running*>(user)->ctx.Check() ? 0 : 1;
  }
};

}  // namespace

ApiClient::ApiClient(std::string url, std::string token)
    : url_(std::move(url)), token_(std::move(token)), handle_(std::make_unique<Handle>()) {
  while (!url_.empty() && url_.back() == '/') url_.pop_back();
}

ApiClient::~ApiClient() = default;

Error ApiClient::Unreachable(std::string_view reason) const {
  return Error{ErrorCode::kEngineUnavailable,
               fmt::format("cannot reach Reprise at {}: {}", url_, reason),
               "is \"reprise serve\" running there? The address is that of --url or REPRISE_URL"};
}

Result<ApiClient::Answer> ApiClient::Perform(const Context& ctx, const Call& call) {
  Answer answer;
  CURL* easy = handle_->easy;
  curl_easy_reset(easy);
  using State = Running<Call, Answer>;
  State state{ctx, call, answer, easy};
  const std::string url = url_ + call.path;
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_CUSTOMREQUEST, call.method.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_USERAGENT, "reprise");
  set(CURLOPT_WRITEFUNCTION, &State::OnBody);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&state));
  set(CURLOPT_HEADERFUNCTION, &State::OnHeader);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&state));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &State::OnProgress);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(&state));
  if (call.live) {
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, kSilenceSeconds);
  }
  if (call.body != nullptr) {
    set(CURLOPT_POSTFIELDS, call.body->data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body->size()));
  }
  if (call.upload != nullptr) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.upload->size()));
    set(CURLOPT_READFUNCTION, &State::OnUpload);
    set(CURLOPT_READDATA, static_cast<void*>(&state));
    set(CURLOPT_SEEKFUNCTION, &State::OnSeek);
    set(CURLOPT_SEEKDATA, static_cast<void*>(&state));
    set(CURLOPT_UPLOAD_BUFFERSIZE, 512L * 1024L);
  }
  curl_slist* headers = nullptr;
  for (const std::string& header : call.headers)
    headers = curl_slist_append(headers, header.c_str());
  if (!token_.empty()) {
    headers = curl_slist_append(headers, ("Authorization: Bearer " + token_).c_str());
  }
  set(CURLOPT_HTTPHEADER, headers);
  answer.code = curl_easy_perform(easy);
  curl_slist_free_all(headers);

  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  if (state.source_error) return Fail(std::move(*state.source_error));
  RETURN_IF_ERROR(ctx.Check());
  if (answer.ended_by_sink) return answer;
  // Refused while it was still sending: the answer counts, not how the connection ended.
  const bool refused = status >= 400 && !answer.body.empty();
  if (answer.code != CURLE_OK && !refused) {
    if (status != 0 && call.sink)
      return answer;  // broke off in the middle: the caller knows how on
    return Fail(Unreachable(curl_easy_strerror(answer.code)));
  }
  if (status < 200 || status >= 300) return Fail(ErrorOfProblem(answer.status, answer.body));
  return answer;
}

Result<json::value> ApiClient::PerformJson(const Context& ctx, const Call& call) {
  ASSIGN_OR_RETURN(const Answer answer, Perform(ctx, call));
  if (answer.body.empty()) return json::value(nullptr);
  Result<json::value> parsed = ParseJson(answer.body);
  if (!parsed) {
    return Fail(ErrorCode::kInternal, fmt::format("{} did not answer with JSON", url_),
                "is there something else than Reprise at this address?");
  }
  return parsed;
}

Result<json::value> ApiClient::Get(const Context& ctx, const std::string& path) {
  Call call;
  call.path = path;
  return PerformJson(ctx, call);
}

Result<std::string> ApiClient::GetText(const Context& ctx, const std::string& path) {
  Call call;
  call.path = path;
  ASSIGN_OR_RETURN(Answer answer, Perform(ctx, call));
  return std::move(answer.body);
}

Result<json::value> ApiClient::Post(const Context& ctx, const std::string& path,
                                    const json::value& body) {
  const std::string text = json::serialize(body);
  Call call;
  call.method = "POST";
  call.path = path;
  call.headers = {"Content-Type: application/json"};
  call.body = &text;
  return PerformJson(ctx, call);
}

Result<json::value> ApiClient::Delete(const Context& ctx, const std::string& path) {
  Call call;
  call.method = "DELETE";
  call.path = path;
  return PerformJson(ctx, call);
}

Result<json::value> ApiClient::Upload(const Context& ctx, const std::string& path,
                                      RandomReader& source, const Progress& progress) {
  Call call;
  call.method = "POST";
  call.path = path;
  call.headers = {"Content-Type: application/octet-stream"};
  call.upload = &source;
  call.upload_progress = progress;
  return PerformJson(ctx, call);
}

Status ApiClient::Follow(const Context& ctx, const std::string& path,
                         const std::string& last_event_id,
                         const std::function<bool(const StreamEvent&)>& on_event) {
  EventStreamParser parser;
  Call call;
  call.path = path;
  call.live = true;
  call.headers = {"Accept: text/event-stream"};
  if (!last_event_id.empty()) call.headers.push_back("Last-Event-ID: " + last_event_id);
  call.sink = [&](const Answer&, std::string_view bytes) {
    for (const StreamEvent& event : parser.Feed(bytes)) {
      if (!on_event(event)) return false;
    }
    return true;
  };
  ASSIGN_OR_RETURN(const Answer answer, Perform(ctx, call));
  if (answer.code != CURLE_OK && !answer.ended_by_sink) {
    return Fail(Unreachable(curl_easy_strerror(answer.code)));
  }
  return {};
}

// One attempt of a download, from where `hashing` stands. False: it broke off, try again.
Result<bool> ApiClient::FetchOn(const Context& ctx, const std::string& path, HashingWriter& hashing,
                                std::string& etag, const Progress& progress) {
  const ByteCount before = hashing.count();
  std::optional<Error> write_error;
  Call call;
  call.path = path;
  if (before > 0) call.headers = {fmt::format("Range: bytes={}-", before), "If-Range: " + etag};
  call.sink = [&](const Answer& answer, std::string_view bytes) {
    if (before > 0 && answer.status != 206) return false;
    if (const auto told = answer.headers.find("etag"); told != answer.headers.end()) {
      etag = told->second;
    }
    const Status written = hashing.Write(ctx, BytesOf(bytes));
    if (!written) write_error = written.error();
    if (written && progress) progress(hashing.count(), before + LengthOf(answer.headers));
    return written.has_value();
  };
  const Result<Answer> answer = Perform(ctx, call);
  if (write_error) return Fail(*write_error);
  if (!answer) {
    if (answer.error().code == ErrorCode::kEngineUnavailable && before > 0) return false;
    return Fail(answer.error());
  }
  if (before > 0 && answer->status != 206) {
    return Fail(ErrorCode::kConflict, "the archive changed while it was fetched", "fetch it again");
  }
  return answer->code == CURLE_OK;
}

Status ApiClient::Download(const Context& ctx, const std::string& path, ByteWriter& to,
                           const Progress& progress) {
  HashingWriter hashing(to, HashKind::kSha256);
  std::string etag;
  for (int attempt = 1;; ++attempt) {
    ASSIGN_OR_RETURN(const bool whole, FetchOn(ctx, path, hashing, etag, progress));
    if (whole) break;
    if (attempt == kDownloadAttempts) return Fail(Unreachable("the connection keeps breaking off"));
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
