#include "catalog/json_columns.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/json_fields.hpp"

namespace reprise::catalog {
namespace {

namespace json = boost::json;

json::object ImagesObject(const domain::EnvironmentImages& images) {
  return {{"odoo", images.odoo}, {"db", images.db}, {"pgbouncer", images.pgbouncer}};
}

json::array TextArray(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

Result<json::object> ParseObject(std::string_view text) {
  ASSIGN_OR_RETURN(json::value value, ParseJson(text));
  if (!value.is_object()) return Fail(ErrorCode::kInternal, "not a JSON object");
  return std::move(value.get_object());
}

std::string TextOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool BoolOf(const json::object& object, std::string_view name, bool fallback) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() ? value->get_bool() : fallback;
}

std::int64_t IntOf(const json::object& object, std::string_view name, std::int64_t fallback) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : fallback;
}

json::object ObjectOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : json::object();
}

std::vector<std::string> TextsOf(const json::value* value) {
  std::vector<std::string> texts;
  if (value == nullptr || !value->is_array()) return texts;
  for (const json::value& item : value->get_array()) {
    if (item.is_string()) texts.emplace_back(item.get_string());
  }
  return texts;
}

domain::EnvironmentImages ImagesOf(const json::object& object) {
  return {TextOf(object, "odoo"), TextOf(object, "db"), TextOf(object, "pgbouncer")};
}

// The named value, or `fallback` for a missing or unknown name.
template <class Enum>
Enum EnumOf(const json::object& object, std::string_view name,
            std::optional<Enum> (*parse)(std::string_view), Enum fallback) {
  return parse(TextOf(object, name)).value_or(fallback);
}

json::object SettingsObject(const domain::SafeCopySettings& settings) {
  json::array rules;
  for (const domain::MaskRule& rule : settings.rules) {
    rules.push_back(json::object{
        {"table", rule.table}, {"column", rule.column}, {"how", domain::NameOf(rule.how)}});
  }
  return {{"mask", TextArray(NamesOf(settings.mask))},
          {"rules", std::move(rules)},
          {"extra_sql", settings.extra_sql},
          {"extra_sql_seconds", settings.extra_sql_limit.count()}};
}

domain::SafeCopySettings SettingsOf(const json::object& object) {
  domain::SafeCopySettings settings;
  settings.mask =
      domain::ParseMaskPresets(TextsOf(object.if_contains("mask"))).value_or(domain::MaskPresets());
  const json::value* rules = object.if_contains("rules");
  if (rules != nullptr && rules->is_array()) {
    for (const json::value& one : rules->get_array()) {
      if (!one.is_object()) continue;
      const json::object& rule = one.get_object();
      settings.rules.push_back(
          {TextOf(rule, "table"), TextOf(rule, "column"),
           EnumOf(rule, "how", domain::ParseMaskHow, domain::MaskHow::kBlank)});
    }
  }
  settings.extra_sql = TextOf(object, "extra_sql");
  settings.extra_sql_limit =
      std::chrono::seconds(IntOf(object, "extra_sql_seconds", settings.extra_sql_limit.count()));
  return settings;
}

}  // namespace

std::string SettingsToJson(const domain::SafeCopySettings& settings) {
  return json::serialize(SettingsObject(settings));
}

Result<domain::SafeCopySettings> SettingsFromJson(std::string_view text) {
  ASSIGN_OR_RETURN(const json::object object, ParseObject(text));
  return SettingsOf(object);
}

std::string ImagesToJson(const domain::EnvironmentImages& images) {
  return json::serialize(ImagesObject(images));
}

Result<domain::EnvironmentImages> ImagesFromJson(std::string_view text) {
  ASSIGN_OR_RETURN(const json::object object, ParseObject(text));
  return ImagesOf(object);
}

std::string TextsToJson(const std::vector<std::string>& texts) {
  return json::serialize(TextArray(texts));
}

Result<std::vector<std::string>> TextsFromJson(std::string_view text) {
  ASSIGN_OR_RETURN(const json::value value, ParseJson(text));
  return TextsOf(&value);
}

std::string SnapshotToJson(const domain::EnvironmentSnapshot& snapshot) {
  json::object modules;
  for (const auto& [name, version] : snapshot.modules) modules[name] = version;
  return json::serialize(json::object{{"name", snapshot.name},
                                      {"type", domain::NameOf(snapshot.type)},
                                      {"odoo_version", snapshot.odoo_version},
                                      {"db_name", snapshot.db_name},
                                      {"postgres_version", snapshot.postgres_version},
                                      {"extensions", TextArray(snapshot.extensions)},
                                      {"modules", std::move(modules)},
                                      {"images", ImagesObject(snapshot.images)}});
}

Result<domain::EnvironmentSnapshot> SnapshotFromJson(std::string_view text) {
  ASSIGN_OR_RETURN(const json::object object, ParseObject(text));
  domain::EnvironmentSnapshot snapshot;
  snapshot.name = TextOf(object, "name");
  snapshot.type = EnumOf(object, "type", domain::ParseEnvironmentType, snapshot.type);
  snapshot.odoo_version = TextOf(object, "odoo_version");
  snapshot.db_name = TextOf(object, "db_name");
  snapshot.postgres_version = TextOf(object, "postgres_version");
  snapshot.extensions = TextsOf(object.if_contains("extensions"));
  for (const auto& [name, version] : ObjectOf(object, "modules")) {
    if (version.is_string()) snapshot.modules[name] = version.get_string().c_str();
  }
  snapshot.images = ImagesOf(ObjectOf(object, "images"));
  return snapshot;
}

std::string RequestToJson(const domain::RestoreRequest& request) {
  json::object object{
      {"backup_id", request.backup_id.value},
      {"mode", domain::NameOf(request.mode)},
      {"environment_id", request.environment_id.value},
      {"new_environment", json::object{{"name", request.new_environment.name},
                                       {"type", domain::NameOf(request.new_environment.type)},
                                       {"server_id", request.new_environment.server_id.value}}},
      {"create_pre_restore_backup", request.create_pre_restore_backup},
      {"include_filestore", request.include_filestore},
      {"neutralize", domain::NameOf(request.neutralize)},
      {"identity", domain::NameOf(request.identity)},
      {"strategy", domain::NameOf(request.strategy)},
      {"keep_previous_hours", request.keep_previous.count()},
      {"on_unhealthy", domain::NameOf(request.on_unhealthy)},
      {"idempotency_key", request.idempotency_key},
      {"confirm", request.confirm}};
  if (request.mask) object["mask"] = TextArray(NamesOf(*request.mask));
  if (request.safe_copy != domain::SafeCopySettings()) {
    object["safe_copy"] = SettingsObject(request.safe_copy);
  }
  if (request.keep_snapshot) object["keep_snapshot"] = true;
  if (request.new_environment.lifetime) {
    object["new_environment"].as_object()["lifetime_minutes"] =
        request.new_environment.lifetime->count();
  }
  if (request.run_at) object["run_at_micros"] = ToMicros(*request.run_at);
  return json::serialize(object);
}

Result<domain::RestoreRequest> RequestFromJson(std::string_view text) {
  ASSIGN_OR_RETURN(const json::object object, ParseObject(text));
  const json::object environment = ObjectOf(object, "new_environment");
  domain::RestoreRequest request;
  request.backup_id.value = TextOf(object, "backup_id");
  request.mode = EnumOf(object, "mode", domain::ParseRestoreMode, request.mode);
  request.environment_id.value = TextOf(object, "environment_id");
  request.new_environment.name = TextOf(environment, "name");
  request.new_environment.type =
      EnumOf(environment, "type", domain::ParseEnvironmentType, request.new_environment.type);
  request.new_environment.server_id.value = TextOf(environment, "server_id");
  if (environment.contains("lifetime_minutes")) {
    request.new_environment.lifetime =
        std::chrono::minutes(IntOf(environment, "lifetime_minutes", 0));
  }
  request.create_pre_restore_backup =
      BoolOf(object, "create_pre_restore_backup", request.create_pre_restore_backup);
  request.include_filestore = BoolOf(object, "include_filestore", request.include_filestore);
  request.neutralize = EnumOf(object, "neutralize", domain::ParseSwitch, request.neutralize);
  request.identity = EnumOf(object, "identity", domain::ParseIdentityPolicy, request.identity);
  request.strategy = EnumOf(object, "strategy", domain::ParseRestoreStrategy, request.strategy);
  request.keep_previous =
      std::chrono::hours(IntOf(object, "keep_previous_hours", request.keep_previous.count()));
  request.on_unhealthy =
      EnumOf(object, "on_unhealthy", domain::ParseUnhealthyPolicy, request.on_unhealthy);
  if (object.contains("run_at_micros"))
    request.run_at = FromMicros(IntOf(object, "run_at_micros", 0));
  if (const json::value* mask = object.if_contains("mask")) {
    request.mask = domain::ParseMaskPresets(TextsOf(mask));
  }
  request.safe_copy = SettingsOf(ObjectOf(object, "safe_copy"));
  request.keep_snapshot = BoolOf(object, "keep_snapshot", false);
  request.idempotency_key = TextOf(object, "idempotency_key");
  request.confirm = TextOf(object, "confirm");
  return request;
}

}  // namespace reprise::catalog
