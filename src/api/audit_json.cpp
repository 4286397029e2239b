#include "api/audit_json.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/render.hpp"
#include "base/json_fields.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using domain::AuditEntry;

std::string TextAt(const json::object& row, std::string_view name) {
  const json::value* member = row.if_contains(name);
  return member != nullptr && member->is_string() ? std::string(member->get_string()) : "";
}

std::int64_t NumberAt(const json::object& row, std::string_view name) {
  const json::value* member = row.if_contains(name);
  return member != nullptr && member->is_int64() ? member->get_int64() : 0;
}

// As they are kept; what somebody has spoilt in the catalog is told as text.
json::value DetailsOf(const AuditEntry& entry) {
  Result<json::value> details = ParseJson(entry.details);
  if (details && details->is_object()) return *std::move(details);
  return json::object{{"unreadable", entry.details}};
}

}  // namespace

json::object RenderAuditEntry(const AuditEntry& entry) {
  return {{"number", entry.number},
          {"at", FormatInstant(entry.at)},
          {"actor", NameOf(entry.actor)},
          {"actor_id", TextOrNull(entry.actor_id)},
          {"actor_name", TextOrNull(entry.actor_name)},
          {"token_id", TextOrNull(entry.token_id)},
          {"address", TextOrNull(entry.address)},
          {"request_id", TextOrNull(entry.request_id)},
          {"action", entry.action},
          {"object_kind", TextOrNull(entry.object_kind)},
          {"object_id", TextOrNull(entry.object_id)},
          {"organization_id", TextOrNull(entry.organization_id)},
          {"project_id", TextOrNull(entry.project_id)},
          {"result", NameOf(entry.result)},
          {"status", entry.status == 0 ? json::value(nullptr) : json::value(entry.status)},
          {"details", DetailsOf(entry)},
          {"previous_hash", entry.previous_hash},
          {"hash", entry.hash}};
}

Result<AuditEntry> ReadAuditEntry(const json::value& value) {
  const json::object* row = value.if_object();
  if (row == nullptr) return Fail(ErrorCode::kInvalidArgument, "no row of an audit log");
  const Result<Instant> at = ParseInstant(TextAt(*row, "at"));
  const auto actor = domain::ParseAuditActor(TextAt(*row, "actor"));
  const auto result = domain::ParseAuditResult(TextAt(*row, "result"));
  const json::value* details = row->if_contains("details");
  if (!at || !actor || !result || details == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, "no row of an audit log",
                "an export has one JSON object in each line, as GET /api/v1/audit/export tells it");
  }
  AuditEntry entry;
  entry.number = NumberAt(*row, "number");
  entry.at = *at;
  entry.actor = *actor;
  entry.actor_id = TextAt(*row, "actor_id");
  entry.actor_name = TextAt(*row, "actor_name");
  entry.token_id = TextAt(*row, "token_id");
  entry.address = TextAt(*row, "address");
  entry.request_id = TextAt(*row, "request_id");
  entry.action = TextAt(*row, "action");
  entry.object_kind = TextAt(*row, "object_kind");
  entry.object_id = TextAt(*row, "object_id");
  entry.organization_id = TextAt(*row, "organization_id");
  entry.project_id = TextAt(*row, "project_id");
  entry.result = *result;
  entry.status = static_cast<int>(NumberAt(*row, "status"));
  entry.details = json::serialize(*details);
  entry.previous_hash = TextAt(*row, "previous_hash");
  entry.hash = TextAt(*row, "hash");
  return entry;
}

}  // namespace reprise::api
