#include "catalog/audit_store.hpp"

#include <array>
#include <chrono>

#include "catalog/postgres_text.hpp"
#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

using domain::AuditEntry;

constexpr std::array<std::string_view, 18> kColumns = {
    "number",     "at",         "actor",  "actor_id",    "actor_name",    "token_id",
    "address",    "request_id", "action", "object_kind", "object_id",     "organization_id",
    "project_id", "result",     "status", "details",     "previous_hash", "hash"};
constexpr Table kTable = {"audit_entry", "row of the audit log", kColumns};

std::vector<Value> ToValues(const AuditEntry& entry) {
  return {entry.number,
          TimeValue(entry.at),
          std::string(NameOf(entry.actor)),
          entry.actor_id,
          entry.actor_name,
          entry.token_id,
          entry.address,
          entry.request_id,
          entry.action,
          entry.object_kind,
          entry.object_id,
          entry.organization_id,
          entry.project_id,
          std::string(NameOf(entry.result)),
          std::int64_t{entry.status},
          entry.details,
          entry.previous_hash,
          entry.hash};
}

// A row is told as it stands there, also one that somebody has spoilt: the chain finds it.
AuditEntry FromRow(const Row& row) {
  RowReader reader(row);
  AuditEntry entry;
  entry.number = reader.Int();
  entry.at = reader.Time();
  entry.actor = domain::ParseAuditActor(reader.Text()).value_or(domain::AuditActor::kNobody);
  entry.actor_id = reader.Text();
  entry.actor_name = reader.Text();
  entry.token_id = reader.Text();
  entry.address = reader.Text();
  entry.request_id = reader.Text();
  entry.action = reader.Text();
  entry.object_kind = reader.Text();
  entry.object_id = reader.Text();
  entry.organization_id = reader.Text();
  entry.project_id = reader.Text();
  entry.result = domain::ParseAuditResult(reader.Text()).value_or(domain::AuditResult::kFailed);
  entry.status = static_cast<int>(reader.Int());
  entry.details = reader.Text();
  entry.previous_hash = reader.Text();
  entry.hash = reader.Text();
  return entry;
}

// Every byte must come back from any database as it was hashed.
void MakeStorable(AuditEntry& entry) {
  for (std::string* text : {&entry.actor_id, &entry.actor_name, &entry.token_id, &entry.address,
                            &entry.request_id, &entry.action, &entry.object_kind, &entry.object_id,
                            &entry.organization_id, &entry.project_id, &entry.details}) {
    *text = StorableText(*text);
  }
}

Conditions ConditionsOf(const AuditFilter& filter) {
  Conditions conditions;
  if (filter.organization_id) {
    // Both places hold the same value; $1 is that of the first condition.
    conditions.Add(
        "(object_kind = 'account' AND organization_id = '' AND actor_id IN"
        " (SELECT user_id FROM organization_member WHERE organization_id = $1)"
        " OR organization_id = $1) AND $1 =",
        filter.organization_id->value);
  }
  const auto equal = [&](std::string_view column, const std::optional<std::string>& value) {
    if (value) conditions.Add(std::string(column) + " =", *value);
  };
  equal("actor_id", filter.actor_id);
  equal("action", filter.action);
  equal("object_id", filter.object_id);
  equal("request_id", filter.request_id);
  conditions.EqualName("result", filter.result);
  if (filter.since) conditions.Add("at >=", TimeValue(*filter.since));
  if (filter.until) conditions.Add("at <", TimeValue(*filter.until));
  return conditions;
}

}  // namespace

Status AuditStore::AppendIn(Transaction& transaction, const Clock& clock, AuditEntry entry) {
  ASSIGN_OR_RETURN(
      const std::vector<Row> last,
      transaction.Query("SELECT number, hash FROM audit_entry ORDER BY number DESC LIMIT 1", {}));
  entry.number = last.empty() ? 1 : last.front().Int(0) + 1;
  entry.previous_hash = last.empty() ? domain::AuditGenesis() : last.front().Text(1);
  entry.at = std::chrono::floor<std::chrono::milliseconds>(clock.Now());  // as it is told
  MakeStorable(entry);
  entry.hash = domain::HashOf(entry);
  RETURN_IF_ERROR(transaction.Execute(kTable.InsertSql(), ToValues(entry)));
  return {};
}

Status AuditStore::Append(const AuditEntry& entry) {
  return database_.Write([&](Transaction& tx) { return AppendIn(tx, clock_, entry); });
}

Result<Page<AuditEntry>> AuditStore::List(const AuditFilter& filter, PageRequest page) const {
  const Conditions conditions = ConditionsOf(filter);
  return ListQuery<AuditEntry>(database_,
                               kTable.SelectSql().substr(0, kTable.SelectSql().find(" FROM ")),
                               " FROM audit_entry" + conditions.Sql(), " ORDER BY number DESC",
                               conditions.values(), page, FromRow);
}

Result<std::vector<AuditEntry>> AuditStore::After(const AuditFilter& filter, std::int64_t number,
                                                  int most) const {
  using Entries = std::vector<AuditEntry>;
  return ReadValue<Entries>(database_, [&](Transaction& tx) -> Result<Entries> {
    Conditions conditions = ConditionsOf(filter);
    conditions.Add("number >", number);
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     tx.Query(kTable.SelectSql() + conditions.Sql() + " ORDER BY number LIMIT " +
                                  std::to_string(most),
                              conditions.values()));
    Entries entries;
    for (const Row& row : rows) entries.push_back(FromRow(row));
    return entries;
  });
}

void AuditedDatabase::Begin(AuditEntry entry) {
  const std::scoped_lock lock(mutex_);
  calls_[std::this_thread::get_id()] = Call{std::move(entry), {}, false};
}

void AuditedDatabase::Require(std::function<Status()> condition) {
  const std::scoped_lock lock(mutex_);
  const auto found = calls_.find(std::this_thread::get_id());
  if (found != calls_.end()) found->second.condition = std::move(condition);
}

bool AuditedDatabase::End() {
  const std::scoped_lock lock(mutex_);
  const auto node = calls_.extract(std::this_thread::get_id());
  return !node.empty() && node.mapped().written;
}

std::optional<AuditedDatabase::Call> AuditedDatabase::Owed() {
  const std::scoped_lock lock(mutex_);
  const auto found = calls_.find(std::this_thread::get_id());
  if (found == calls_.end() || found->second.written) return std::nullopt;
  return found->second;
}

void AuditedDatabase::Paid() {
  const std::scoped_lock lock(mutex_);
  calls_.at(std::this_thread::get_id()).written = true;
}

Status AuditedDatabase::Write(const std::function<Status(Transaction&)>& work) {
  const std::optional<Call> owed = Owed();
  if (!owed) return inner_.Write(work);
  const auto with_row = [&](Transaction& transaction) -> Status {
    if (owed->condition) RETURN_IF_ERROR(owed->condition());
    RETURN_IF_ERROR(work(transaction));
    return AuditStore::AppendIn(transaction, clock_, owed->entry);
  };
  RETURN_IF_ERROR(inner_.Write(with_row));
  Paid();
  return {};
}

Status AuditedDatabase::WriteRows(const std::function<Status(Transaction&)>& work) {
  // The chain's head wants one writer at a time.
  return Owed() ? Write(work) : inner_.WriteRows(work);
}

}  // namespace reprise::catalog
