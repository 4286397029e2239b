#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "catalog/database.hpp"
#include "catalog/stores.hpp"
#include "domain/ids.hpp"

namespace reprise::catalog {

struct Webhook {
  std::string id;
  domain::OrganizationId organization_id;
  std::string name;
  std::string url;  // http(s), or mailto: and one address
  // "task.completed", or by kind "restore.completed"; empty: all that is told, and of mails what
  // somebody has to look at
  std::vector<std::string> events;
  std::string sealed_secret;
  bool is_enabled = true;
  int failures = 0;             // deliveries that were given up, since the last that arrived
  std::string disabled_reason;  // of one that Reprise has disabled
  Instant created_at;
  [[nodiscard]] bool IsMail() const { return url.starts_with("mailto:"); }
};

// One message to one webhook.
struct WebhookDelivery {
  std::string id;  // the message's id: the same at every attempt
  std::string webhook_id;
  std::string type;
  std::string body;   // JSON, as it is signed and sent
  std::string state;  // pending, delivered, failed
  int attempts = 0;
  std::optional<Instant> next_at;
  int status = 0;        // of the last answer; 0: there was none
  std::string response;  // its beginning
  std::string error;     // why there was none
  Instant created_at;
  std::optional<Instant> completed_at;
};

// What became of an attempt.
struct WebhookAttempt {
  int status = 0;
  std::string response;
  std::string error;
  [[nodiscard]] bool Arrived() const { return status >= 200 && status < 300; }
};

// Webhooks and the queue of their messages, which many nodes work on. Thread-safe.
class WebhookStore {
 public:
  static constexpr int kMostAttempts = 8;
  static constexpr int kMostFailures = 3;  // given up one after the other: the webhook is disabled

  WebhookStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  [[nodiscard]] Status Insert(const Webhook& webhook);
  [[nodiscard]] Result<Webhook> Get(const std::string& id) const;
  [[nodiscard]] Result<Page<Webhook>> List(const domain::OrganizationId& organization,
                                           PageRequest page) const;
  [[nodiscard]] Result<Webhook> Update(const std::string& id,
                                       const std::function<Status(Webhook&)>& change);
  [[nodiscard]] Status Delete(const std::string& id);  // with its messages

  [[nodiscard]] Result<Page<WebhookDelivery>> Deliveries(const std::string& webhook,
                                                         PageRequest page) const;
  [[nodiscard]] Result<WebhookDelivery> GetDelivery(const std::string& id) const;
  // Queues a message to one webhook, due at once.
  [[nodiscard]] Result<WebhookDelivery> Queue(const std::string& webhook, const std::string& type,
                                              const std::string& body);

  // Queues what the journal has told since the last time, once over all nodes. Says how many.
  [[nodiscard]] Result<int> FanOut();
  struct Due {
    WebhookDelivery delivery;
    Webhook webhook;
  };
  // A message that is due. Nobody else gets it for a minute.
  [[nodiscard]] Result<std::optional<Due>> ClaimDue();
  // `wait` until the next attempt, where one follows. Says whether the webhook was disabled now.
  [[nodiscard]] Result<bool> Finish(const WebhookDelivery& claimed, const WebhookAttempt& attempt,
                                    std::chrono::milliseconds wait);

 private:
  Database& database_;
  const Clock& clock_;
};

}  // namespace reprise::catalog
