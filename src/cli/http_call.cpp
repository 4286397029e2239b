#include "cli/http_call.hpp"

#include <curl/curl.h>

#include <array>
#include <optional>
#include <span>

namespace reprise::cli {
namespace {

constexpr long kConnectSeconds = 10;
constexpr std::size_t kMostKept = 64 << 20;

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// What libcurl's callbacks share during one call.
struct Running {
  const Context& ctx;
  const HttpCall& call;
  CURL* easy;
  HttpAnswer answer = {};
  ByteCount sent = 0;
  std::optional<Error> source_error = std::nullopt;
};

std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* user) {
  auto& self = *static_cast<Running*>(user);
  const std::string_view bytes(data, size * count);
  long status = 0;
  curl_easy_getinfo(self.easy, CURLINFO_RESPONSE_CODE, &status);
  self.answer.status = static_cast<int>(status);
  if (self.call.sink && status >= 200 && status < 300) {
    if (self.call.sink(self.answer, bytes)) return bytes.size();
    self.answer.ended_by_sink = true;
    return 0;
  }
  if (self.answer.body.size() + bytes.size() > kMostKept) return 0;
  self.answer.body += bytes;
  return bytes.size();
}

std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* user) {
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

std::size_t OnUpload(char* into, std::size_t size, std::size_t count, void* user) {
  auto& self = *static_cast<Running*>(user);
  const std::span<char> room(into, size * count);
  Result<std::size_t> got =
      self.call.upload->ReadAt(self.ctx, self.sent, std::as_writable_bytes(room));
  if (!got) {
    self.source_error = std::move(got.error());
    return CURL_READFUNC_ABORT;
  }
  self.sent += *got;
  if (self.call.on_sent) self.call.on_sent(self.sent);
  return *got;
}

// A connection that turns out to be closed makes libcurl begin anew.
int OnSeek(void* user, curl_off_t offset, int origin) {
  auto& self = *static_cast<Running*>(user);
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  self.sent = static_cast<ByteCount>(offset);
  return CURL_SEEKFUNC_OK;
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Running*>(user)->ctx.Check() ? 0 : 1;
}

void SetCommon(Running& running) {
  const auto set = [&](CURLoption option, auto value) {
    curl_easy_setopt(running.easy, option, value);
  };
  set(CURLOPT_URL, running.call.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  if (!running.call.ca_file.empty()) set(CURLOPT_CAINFO, running.call.ca_file.c_str());
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_USERAGENT, "reprise");
  set(CURLOPT_WRITEFUNCTION, &OnBody);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&running));
  set(CURLOPT_HEADERFUNCTION, &OnHeader);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&running));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &OnProgress);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(&running));
  set(CURLOPT_TCP_KEEPALIVE, 1L);  // a machine that is gone says nothing
  if (running.call.silence.count() > 0) {
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(running.call.silence.count()));
  }
}

void SetBody(Running& running) {
  const auto set = [&](CURLoption option, auto value) {
    curl_easy_setopt(running.easy, option, value);
  };
  if (const std::string* body = running.call.body) {
    set(CURLOPT_POSTFIELDS, body->data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
  }
  if (const RandomReader* upload = running.call.upload) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(upload->size()));
    set(CURLOPT_READFUNCTION, &OnUpload);
    set(CURLOPT_READDATA, static_cast<void*>(&running));
    set(CURLOPT_SEEKFUNCTION, &OnSeek);
    set(CURLOPT_SEEKDATA, static_cast<void*>(&running));
    set(CURLOPT_UPLOAD_BUFFERSIZE, 512L * 1024L);
  }
  set(CURLOPT_CUSTOMREQUEST, running.call.method.c_str());  // last: the others set a method too
}

}  // namespace

HttpCaller::HttpCaller() : easy_(curl_easy_init()) {}
HttpCaller::~HttpCaller() { curl_easy_cleanup(easy_); }

Result<HttpAnswer> HttpCaller::Perform(const Context& ctx, const HttpCall& call) {
  curl_easy_reset(easy_);
  Running running{ctx, call, easy_};
  SetCommon(running);
  SetBody(running);
  curl_slist* headers = nullptr;
  for (const std::string& header : call.headers) {
    headers = curl_slist_append(headers, header.c_str());
  }
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers);
  std::array<char, CURL_ERROR_SIZE> trouble{};
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, trouble.data());
  const CURLcode code = curl_easy_perform(easy_);
  curl_slist_free_all(headers);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, nullptr);

  if (running.source_error) return Fail(std::move(*running.source_error));
  RETURN_IF_ERROR(ctx.Check());
  HttpAnswer& answer = running.answer;
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  if (code != CURLE_OK && !answer.ended_by_sink) {
    answer.is_untrusted =
        code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
    answer.broke_off =
        answer.is_untrusted && trouble[0] != '\0' ? trouble.data() : curl_easy_strerror(code);
  }
  return std::move(answer);
}

}  // namespace reprise::cli
