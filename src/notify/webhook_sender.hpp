#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "access/secret_box.hpp"
#include "base/address_guard.hpp"
#include "base/context.hpp"
#include "catalog/webhook_store.hpp"
#include "notify/mail_sender.hpp"

namespace reprise::notify {

struct WebhookSenderOptions {
  Reach reach = Reach::kPublic;
  int threads = 4;                             // messages at the same time
  std::chrono::milliseconds look_every{1000};  // for what nobody told us of
  std::chrono::milliseconds limit{15'000};     // of one attempt
  MailServer mail = {};                        // for those that are mail addresses
  std::string public_url = {};                 // where their links lead; "": no links
};

// How long to wait after attempt `number` (from 1): 5 s, then four times as long each time, up to
// 6 h; `random` in 0..1 moves it by a fifth, so that many do not come back at once.
[[nodiscard]] std::chrono::milliseconds BackoffAfter(int number, double random);
// One attempt at the message.
[[nodiscard]] catalog::WebhookAttempt SendWebhook(const Context& ctx, const std::string& url,
                                                  const std::string& secret,
                                                  const catalog::WebhookDelivery& message,
                                                  Instant now, const WebhookSenderOptions& options);

// Sends the messages that are due. Many nodes may do so beside each other: each message is sent by
// one of them, and again only when its attempt failed or its node died. Receivers tell repeated
// ones by their id.
class WebhookSender {
 public:
  WebhookSender(catalog::Database& database, catalog::WebhookStore& store,
                const access::SecretBox& box, const Clock& clock, WebhookSenderOptions options)
      : database_(database),
        store_(store),
        box_(box),
        clock_(clock),
        options_(std::move(options)) {}

  // Until `stop`.
  void Run(const std::stop_token& stop);
  // Queues what is new and sends all that is due; says how many attempts were made. For tests.
  [[nodiscard]] Result<int> RunOnce(const Context& ctx);

 private:
  [[nodiscard]] Result<bool> SendNext(const Context& ctx);
  [[nodiscard]] catalog::WebhookAttempt Attempt(const Context& ctx,
                                                const catalog::WebhookDelivery& message,
                                                const catalog::Webhook& webhook);
  [[nodiscard]] catalog::WebhookAttempt AttemptMail(const Context& ctx,
                                                    const catalog::WebhookDelivery& message,
                                                    const catalog::Webhook& webhook);

  catalog::Database& database_;
  catalog::WebhookStore& store_;
  const access::SecretBox& box_;
  const Clock& clock_;
  const WebhookSenderOptions options_;
};

}  // namespace reprise::notify
