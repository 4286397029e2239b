#include "catalog/webhook_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/id.hpp"
#include "catalog/json_columns.hpp"
#include "catalog/postgres_text.hpp"
#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

constexpr std::array<std::string_view, 10> kColumns = {
    "id",       "organization_id", "name",      "url", "events", "sealed_secret", "is_enabled",
    "failures", "disabled_reason", "created_at"};
constexpr Table kTable = {"webhook", "webhook", kColumns};
constexpr std::array<std::string_view, 12> kDeliveryColumns = {
    "id",      "webhook_id", "type",     "body",  "state",      "attempts",
    "next_at", "status",     "response", "error", "created_at", "completed_at"};
constexpr Table kDelivery = {"webhook_delivery", "delivery", kDeliveryColumns};
constexpr std::string_view kCursor = "webhook_cursor";
constexpr std::chrono::seconds kHold{60};

std::vector<Value> ToValues(const Webhook& webhook) {
  return {webhook.id,
          webhook.organization_id.value,
          webhook.name,
          webhook.url,
          TextsToJson(webhook.events),
          webhook.sealed_secret,
          std::int64_t{webhook.is_enabled},
          std::int64_t{webhook.failures},
          webhook.disabled_reason,
          TimeValue(webhook.created_at)};
}

Result<Webhook> ReadWebhook(const Row& row) {
  RowReader reader(row);
  Webhook webhook;
  webhook.id = reader.Text();
  webhook.organization_id.value = reader.Text();
  webhook.name = reader.Text();
  webhook.url = reader.Text();
  webhook.events = reader.Parsed(TextsFromJson);
  webhook.sealed_secret = reader.Text();
  webhook.is_enabled = reader.Bool();
  webhook.failures = static_cast<int>(reader.Int());
  webhook.disabled_reason = reader.Text();
  webhook.created_at = reader.Time();
  RETURN_IF_ERROR(reader.Finish(kTable));
  return webhook;
}

Result<WebhookDelivery> ReadDelivery(const Row& row) {
  RowReader reader(row);
  WebhookDelivery delivery;
  delivery.id = reader.Text();
  delivery.webhook_id = reader.Text();
  delivery.type = reader.Text();
  delivery.body = reader.Text();
  delivery.state = reader.Text();
  delivery.attempts = static_cast<int>(reader.Int());
  delivery.next_at = reader.OptionalTime();
  delivery.status = static_cast<int>(reader.Int());
  delivery.response = reader.Text();
  delivery.error = reader.Text();
  delivery.created_at = reader.Time();
  delivery.completed_at = reader.OptionalTime();
  return delivery;
}

Result<WebhookDelivery> QueueIn(Transaction& tx, Instant now, const std::string& webhook,
                                const std::string& type, const std::string& body) {
  WebhookDelivery delivery;
  delivery.id = NewUuid();
  delivery.webhook_id = webhook;
  delivery.type = type;
  delivery.body = StorableText(body);
  delivery.state = "pending";
  delivery.next_at = now;
  delivery.created_at = now;
  RETURN_IF_ERROR(tx.Execute(
      kDelivery.InsertSql(),
      {delivery.id, delivery.webhook_id, delivery.type, delivery.body, delivery.state,
       std::int64_t{0}, OptionalTimeValue(delivery.next_at), std::int64_t{0}, std::string(),
       std::string(), TimeValue(now), OptionalTimeValue(delivery.completed_at)}));
  return delivery;
}

// The event's own data with where it happened; both are JSON already.
std::string BodyOf(const Row& event) {
  std::string data = event.Text(2);
  const std::string place =
      fmt::format(R"("task_id":"{}","project_id":"{}","organization_id":"{}")", event.Text(4),
                  event.Text(5), event.Text(6));
  const bool is_object = data.size() >= 2 && data.front() == '{';
  if (!is_object) data = "{}";
  data.insert(1, place + (data.size() > 2 ? "," : ""));
  return fmt::format(R"({{"type":"{}","timestamp":"{}","data":{}}})", event.Text(1),
                     FormatInstant(FromMicros(event.Int(3))), data);
}

// "backup.failed" for the task.failed of a backup: how people name it.
std::string NameByKind(const std::string& type, const std::string& data) {
  constexpr std::string_view kTask = "task.";
  constexpr std::string_view kKind = R"("kind":")";
  const std::size_t at = data.find(kKind);
  if (!type.starts_with(kTask) || at == std::string::npos) return type;
  const std::size_t begin = at + kKind.size();
  return data.substr(begin, data.find('"', begin) - begin) + type.substr(kTask.size() - 1);
}

// Mails are for what somebody has to look at, unless told otherwise.
constexpr std::array<std::string_view, 4> kMailed = {"backup.failed", "restore.completed",
                                                     "restore.failed", "drill.failed"};

bool Wants(const Webhook& webhook, const std::string& type, const std::string& data) {
  const std::string by_kind = NameByKind(type, data);
  const auto named = [&](std::string_view wanted) { return wanted == type || wanted == by_kind; };
  // The task of a drill ends in an event of its own beside the drill's.
  if (webhook.IsMail() && type.starts_with("task.") && by_kind.starts_with("drill.")) return false;
  if (!webhook.events.empty()) {
    return std::any_of(webhook.events.begin(), webhook.events.end(), named);
  }
  return !webhook.IsMail() || std::any_of(kMailed.begin(), kMailed.end(), named);
}

Result<std::vector<Webhook>> EnabledOf(Transaction& tx, const std::string& organization) {
  ASSIGN_OR_RETURN(const std::vector<Row> rows,
                   tx.Query(kTable.SelectSql() + " WHERE organization_id = $1 AND is_enabled = 1",
                            {organization}));
  std::vector<Webhook> webhooks;
  for (const Row& row : rows) {
    ASSIGN_OR_RETURN(Webhook webhook, ReadWebhook(row));
    webhooks.push_back(std::move(webhook));
  }
  return webhooks;
}

constexpr std::string_view kEventsAfter =
    "SELECT event.seq, event.type, event.data, event.at, event.task_id, event.project_id,"
    " project.organization_id FROM event JOIN project ON project.id = event.project_id"
    " WHERE event.seq > $1 AND event.seq <= $2"
    " AND event.type NOT IN ('task.progress', 'task.log', 'task.step')"
    " ORDER BY event.seq LIMIT 500";

Result<std::int64_t> NewestEvent(Transaction& tx) {
  ASSIGN_OR_RETURN(const std::vector<Row> newest,
                   tx.Query("SELECT COALESCE(MAX(seq), 0) FROM event", {}));
  return newest.front().Int(0);
}

Result<std::optional<std::int64_t>> CursorIn(Transaction& tx) {
  ASSIGN_OR_RETURN(const std::vector<Row> rows,
                   tx.Query("SELECT value FROM setting WHERE name = $1", {std::string(kCursor)}));
  if (rows.empty()) return std::nullopt;
  return std::stoll(rows.front().Text(0));
}

Result<int> FanOutIn(Transaction& tx, Instant now) {
  ASSIGN_OR_RETURN(const std::optional<std::int64_t> cursor, CursorIn(tx));
  ASSIGN_OR_RETURN(std::int64_t up_to, NewestEvent(tx));
  if (!cursor) {  // what was before the first start is not told
    RETURN_IF_ERROR(tx.Execute("INSERT INTO setting (name, value) VALUES ($1, $2)",
                               {std::string(kCursor), std::to_string(up_to)}));
    return 0;
  }
  ASSIGN_OR_RETURN(const std::vector<Row> events, tx.Query(kEventsAfter, {*cursor, up_to}));
  if (events.size() == 500) up_to = events.back().Int(0);
  std::map<std::string, std::vector<Webhook>> known;
  int queued = 0;
  for (const Row& event : events) {
    const std::string organization = event.Text(6);
    if (!known.contains(organization)) {
      ASSIGN_OR_RETURN(known[organization], EnabledOf(tx, organization));
    }
    for (const Webhook& webhook : known[organization]) {
      if (!Wants(webhook, event.Text(1), event.Text(2))) continue;
      RETURN_IF_ERROR(QueueIn(tx, now, webhook.id, event.Text(1), BodyOf(event)));
      ++queued;
    }
  }
  RETURN_IF_ERROR(tx.Execute("UPDATE setting SET value = $2 WHERE name = $1",
                             {std::string(kCursor), std::to_string(up_to)}));
  return queued;
}

constexpr std::string_view kDueSql =
    " WHERE state = 'pending' AND next_at <= $1 AND webhook_id IN"
    " (SELECT id FROM webhook WHERE is_enabled = 1) ORDER BY next_at LIMIT 1";

}  // namespace

Status WebhookStore::Insert(const Webhook& webhook) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute(kTable.InsertSql(), ToValues(webhook)));
    return {};
  });
}

Result<Webhook> WebhookStore::Get(const std::string& id) const {
  return ReadValue<Webhook>(database_, [&](Transaction& tx) -> Result<Webhook> {
    ASSIGN_OR_RETURN(const Row row, GetRow(tx, kTable, id));
    return ReadWebhook(row);
  });
}

Result<Page<Webhook>> WebhookStore::List(const domain::OrganizationId& organization,
                                         PageRequest page) const {
  Conditions conditions;
  conditions.Add("organization_id =", organization.value);
  return ListPage(database_, kTable, conditions, page, ReadWebhook);
}

Result<Webhook> WebhookStore::Update(const std::string& id,
                                     const std::function<Status(Webhook&)>& change) {
  return WriteValue<Webhook>(database_, [&](Transaction& tx) -> Result<Webhook> {
    ASSIGN_OR_RETURN(const Row row, GetRow(tx, kTable, id));
    ASSIGN_OR_RETURN(Webhook webhook, ReadWebhook(row));
    RETURN_IF_ERROR(change(webhook));
    RETURN_IF_ERROR(tx.Execute(kTable.UpdateSql(), ToValues(webhook)));
    return webhook;
  });
}

Status WebhookStore::Delete(const std::string& id) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("DELETE FROM webhook_delivery WHERE webhook_id = $1", {id}));
    RETURN_IF_ERROR(tx.Execute("DELETE FROM webhook WHERE id = $1", {id}));
    return {};
  });
}

Result<Page<WebhookDelivery>> WebhookStore::Deliveries(const std::string& webhook,
                                                       PageRequest page) const {
  Conditions conditions;
  conditions.Add("webhook_id =", webhook);
  return ListPage(database_, kDelivery, conditions, page, ReadDelivery);
}

Result<WebhookDelivery> WebhookStore::GetDelivery(const std::string& id) const {
  return ReadValue<WebhookDelivery>(database_, [&](Transaction& tx) -> Result<WebhookDelivery> {
    ASSIGN_OR_RETURN(const Row row, GetRow(tx, kDelivery, id));
    return ReadDelivery(row);
  });
}

Result<WebhookDelivery> WebhookStore::Queue(const std::string& webhook, const std::string& type,
                                            const std::string& body) {
  return WriteValue<WebhookDelivery>(
      database_, [&](Transaction& tx) { return QueueIn(tx, clock_.Now(), webhook, type, body); });
}

Result<int> WebhookStore::FanOut() {
  bool is_due = false;
  const auto look = [&](Transaction& tx) -> Status {
    ASSIGN_OR_RETURN(const std::optional<std::int64_t> cursor, CursorIn(tx));
    ASSIGN_OR_RETURN(const std::int64_t newest, NewestEvent(tx));
    is_due = !cursor || newest > *cursor;
    return {};
  };
  RETURN_IF_ERROR(database_.Read(look));
  if (!is_due) return 0;
  return WriteValue<int>(database_, [&](Transaction& tx) { return FanOutIn(tx, clock_.Now()); });
}

Result<std::optional<WebhookStore::Due>> WebhookStore::ClaimDue() {
  using MaybeDue = std::optional<Due>;
  const Instant now = clock_.Now();
  const auto find = [&](Transaction& tx) {
    return tx.Query(kDelivery.SelectSql() + std::string(kDueSql), {TimeValue(now)});
  };
  bool is_due = false;
  const auto look = [&](Transaction& tx) -> Status {
    ASSIGN_OR_RETURN(const std::vector<Row> rows, find(tx));
    is_due = !rows.empty();
    return {};
  };
  RETURN_IF_ERROR(database_.Read(look));
  if (!is_due) return std::nullopt;
  return WriteValue<MaybeDue>(database_, [&](Transaction& tx) -> Result<MaybeDue> {
    ASSIGN_OR_RETURN(const std::vector<Row> rows, find(tx));
    if (rows.empty()) return std::nullopt;
    Due due;
    ASSIGN_OR_RETURN(due.delivery, ReadDelivery(rows.front()));
    ASSIGN_OR_RETURN(const Row row, GetRow(tx, kTable, due.delivery.webhook_id));
    ASSIGN_OR_RETURN(due.webhook, ReadWebhook(row));
    ++due.delivery.attempts;
    RETURN_IF_ERROR(
        tx.Execute("UPDATE webhook_delivery SET attempts = $2, next_at = $3 WHERE id = $1",
                   {due.delivery.id, std::int64_t{due.delivery.attempts}, TimeValue(now + kHold)}));
    return due;
  });
}

Result<bool> WebhookStore::Finish(const WebhookDelivery& claimed, const WebhookAttempt& attempt,
                                  std::chrono::milliseconds wait) {
  const Instant now = clock_.Now();
  const bool given_up = !attempt.Arrived() && claimed.attempts >= kMostAttempts;
  const bool ended = attempt.Arrived() || given_up;
  const std::string state = attempt.Arrived() ? "delivered" : given_up ? "failed" : "pending";
  return WriteValue<bool>(database_, [&](Transaction& tx) -> Result<bool> {
    ASSIGN_OR_RETURN(const std::int64_t ours,
                     tx.Execute("UPDATE webhook_delivery SET state = $3, next_at = $4, status = $5,"
                                " response = $6, error = $7, completed_at = $8"
                                " WHERE id = $1 AND attempts = $2 AND state = 'pending'",
                                {claimed.id, std::int64_t{claimed.attempts}, state,
                                 ended ? Value(std::monostate{}) : TimeValue(now + wait),
                                 std::int64_t{attempt.status}, StorableText(attempt.response),
                                 StorableText(attempt.error),
                                 ended ? TimeValue(now) : Value(std::monostate{})}));
    if (ours == 0 || !ended) return false;  // another node was faster, or it goes on
    if (attempt.Arrived()) {
      RETURN_IF_ERROR(
          tx.Execute("UPDATE webhook SET failures = 0 WHERE id = $1", {claimed.webhook_id}));
      return false;
    }
    RETURN_IF_ERROR(tx.Execute("UPDATE webhook SET failures = failures + 1 WHERE id = $1",
                               {claimed.webhook_id}));
    ASSIGN_OR_RETURN(
        const std::int64_t disabled,
        tx.Execute("UPDATE webhook SET is_enabled = 0, disabled_reason = $3"
                   " WHERE id = $1 AND failures >= $2 AND is_enabled = 1",
                   {claimed.webhook_id, std::int64_t{kMostFailures},
                    StorableText(fmt::format(
                        "{} messages could not be delivered, the last: {}", kMostFailures,
                        attempt.error.empty() ? fmt::format("status {}", attempt.status)
                                              : attempt.error))}));
    return disabled > 0;
  });
}

}  // namespace reprise::catalog
