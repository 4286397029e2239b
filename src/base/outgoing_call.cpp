#include "base/outgoing_call.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>

namespace reprise {
namespace {

// What libcurl's callbacks share during one call.
struct Running {
  const Context& ctx;
  const OutgoingCall& call;
  OutgoingAnswer answer = {};
};

std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* user) {
  auto& self = *static_cast<Running*>(user);
  const std::size_t all = size * count;
  const std::size_t room =
      self.call.most_kept - std::min(self.answer.body.size(), self.call.most_kept);
  self.answer.body.append(data, std::min(all, room));
  self.answer.cut = all > room;
  return room == 0 ? 0 : all;
}

curl_socket_t OpenGuarded(void* user, curlsocktype, curl_sockaddr* address) {
  auto& self = *static_cast<Running*>(user);
  if (!MayConnect(address->addr, self.call.reach)) {
    self.answer.refused = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Running*>(user)->ctx.Check() ? 0 : 1;
}

struct CurlDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

void Prepare(CURL* easy, Running& running) {
  const OutgoingCall& call = running.call;
  const auto limit = static_cast<long>(call.limit.count());
  curl_easy_setopt(easy, CURLOPT_URL, call.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, limit);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, limit / 2);
  if (call.posts) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call.body.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &running);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, OpenGuarded);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &running);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &running);
}

}  // namespace

OutgoingAnswer Perform(const Context& ctx, const OutgoingCall& call) {
  Running running{ctx, call};
  const std::unique_ptr<CURL, CurlDeleter> easy(curl_easy_init());
  if (!easy) {
    running.answer.error = "out of memory";
    return running.answer;
  }
  std::unique_ptr<curl_slist, CurlDeleter> headers;
  for (const std::string& line : {std::string("User-Agent: reprise"), std::string("Expect:")}) {
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
  }
  for (const std::string& line : call.headers) {
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
  }
  Prepare(easy.get(), running);
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  const CURLcode code = curl_easy_perform(easy.get());
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  running.answer.status = static_cast<int>(status);
  if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && running.answer.cut)) {
    running.answer.status = 0;
    running.answer.error = curl_easy_strerror(code);
  }
  return running.answer;
}

std::string FormText(const std::vector<std::pair<std::string, std::string>>& fields) {
  const auto encode = [](std::string_view text) {
    std::string encoded;
    for (const char c : text) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
      encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
  };
  std::string text;
  for (const auto& [name, value] : fields) {
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", encode(name), encode(value));
  }
  return text;
}

}  // namespace reprise
