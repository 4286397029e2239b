#include "notify/webhook_sender.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>

#include "base/log.hpp"
#include "notify/webhook_signature.hpp"

namespace reprise::notify {
namespace {

using catalog::WebhookAttempt;
using catalog::WebhookDelivery;

constexpr std::size_t kMostKept = 1024;  // bytes of an answer

// What libcurl's callbacks share during one attempt.
struct Running {
  const Context& ctx;
  Reach reach;
  WebhookAttempt attempt = {};
  bool refused = false;
};

std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* user) {
  auto& self = *static_cast<Running*>(user);
  const std::size_t all = size * count;
  const std::size_t room = kMostKept - std::min(self.attempt.response.size(), kMostKept);
  self.attempt.response.append(data, std::min(all, room));
  return room == 0 ? 0 : all;  // more than we keep is not waited for
}

curl_socket_t OpenGuarded(void* user, curlsocktype, curl_sockaddr* address) {
  auto& self = *static_cast<Running*>(user);
  if (!MayConnect(address->addr, self.reach)) {
    self.refused = true;
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

void Prepare(CURL* easy, Running& running, const std::string& url, const std::string& body,
             std::chrono::milliseconds limit) {
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);  // it would lead past what was allowed
  curl_easy_setopt(easy, CURLOPT_PROXY, "");           // so would a proxy of the environment
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limit.count() / 2));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &running);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, OpenGuarded);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &running);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &running);
}

double Random() {
  thread_local std::mt19937 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

}  // namespace

std::chrono::milliseconds BackoffAfter(int number, double random) {
  constexpr double kFirst = 5'000;
  constexpr double kLongest = 6.0 * 3600 * 1000;
  const double wait = std::min(kFirst * std::pow(4, std::max(number, 1) - 1), kLongest);
  return std::chrono::milliseconds(static_cast<std::int64_t>(wait * (0.8 + 0.4 * random)));
}

WebhookAttempt SendWebhook(const Context& ctx, const std::string& url, const std::string& secret,
                           const WebhookDelivery& message, Instant now,
                           const WebhookSenderOptions& options) {
  Running running{ctx, options.reach};
  const std::int64_t timestamp = ToMicros(now) / 1'000'000;
  const Result<std::string> signature = SignWebhook(secret, message.id, timestamp, message.body);
  const std::unique_ptr<CURL, CurlDeleter> easy(curl_easy_init());
  if (!signature || !easy) {
    running.attempt.error = signature ? "out of memory" : signature.error().message;
    return running.attempt;
  }
  std::unique_ptr<curl_slist, CurlDeleter> headers;
  for (const std::string& line :
       {std::string("Content-Type: application/json"), std::string("User-Agent: reprise"),
        std::string("Expect:"), "webhook-id: " + message.id,
        fmt::format("webhook-timestamp: {}", timestamp), "webhook-signature: " + *signature}) {
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
  }
  Prepare(easy.get(), running, url, message.body, options.limit);
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  const CURLcode code = curl_easy_perform(easy.get());
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  running.attempt.status = static_cast<int>(status);
  const bool cut = code == CURLE_WRITE_ERROR && running.attempt.response.size() >= kMostKept;
  if (code != CURLE_OK && !cut) {
    running.attempt.status = 0;
    running.attempt.error =
        running.refused ? "its address is private or link-local, which this installation does "
                          "not send webhooks to (serve --webhooks-to-private)"
                        : curl_easy_strerror(code);
  }
  return running.attempt;
}

Result<bool> WebhookSender::SendNext(const Context& ctx) {
  ASSIGN_OR_RETURN(const auto due, store_.ClaimDue());
  if (!due) return false;
  const auto& [message, webhook] = *due;
  WebhookAttempt attempt;
  const Result<std::string> secret = box_.Open(webhook.sealed_secret, webhook.id);
  if (secret) {
    attempt = SendWebhook(ctx, webhook.url, *secret, message, clock_.Now(), options_);
  } else {
    attempt.error = "its secret cannot be read with the key of this installation";
  }
  RETURN_IF_ERROR(ctx.Check());  // stopped: it is sent again when the minute is over
  ASSIGN_OR_RETURN(const bool disabled,
                   store_.Finish(message, attempt, BackoffAfter(message.attempts, Random())));
  if (!attempt.Arrived()) {
    log::Warning("webhook.failed", {{"webhook", webhook.id},
                                    {"delivery", message.id},
                                    {"attempt", std::to_string(message.attempts)},
                                    {"status", std::to_string(attempt.status)},
                                    {"error", attempt.error}});
  }
  if (disabled) {
    log::Failure("webhook.disabled", {{"webhook", webhook.id}, {"name", webhook.name}});
  }
  return true;
}

Result<int> WebhookSender::RunOnce(const Context& ctx) {
  RETURN_IF_ERROR(store_.FanOut());
  int sent = 0;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, SendNext(ctx));
    if (!more) return sent;
    ++sent;
  }
}

void WebhookSender::Run(const std::stop_token& stop) {
  const Context ctx(stop);
  std::vector<std::jthread> threads;
  for (int i = 0; i < options_.threads; ++i) {
    threads.emplace_back([this, i, &ctx] {
      while (ctx.Check()) {
        const Result<int> queued = i == 0 ? store_.FanOut() : Result<int>(0);
        Result<bool> sent = queued ? SendNext(ctx) : Result<bool>(tl::unexpected(queued.error()));
        if (!sent && sent.error().code != ErrorCode::kCancelled) {
          log::Failure("webhook.queue.failed", {{"error", sent.error().Sentence()}});
        }
        if (!sent || !*sent) static_cast<void>(ctx.Sleep(options_.look_every));
      }
    });
  }
}

}  // namespace reprise::notify
