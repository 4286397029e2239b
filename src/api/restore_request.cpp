#include "api/restore_request.hpp"

#include <chrono>

#include "api/route_support.hpp"

namespace reprise::api {
namespace {

using domain::RestoreMode;
using domain::RestoreRequest;

domain::Switch NeutralizeField(BodyFields& fields) {
  const boost::json::value* value = fields.Raw("neutralize");
  if (value != nullptr && value->is_bool()) {
    return value->get_bool() ? domain::Switch::kOn : domain::Switch::kOff;
  }
  return fields.Named<domain::Switch>("neutralize", domain::ParseSwitch);
}

void ReadNewEnvironment(BodyFields& fields, domain::NewEnvironment& into) {
  into.name = fields.Text("name");
  into.type =
      fields.Named<domain::EnvironmentType>("environment_type", domain::ParseEnvironmentType);
  into.server_id = {fields.Text("server_id")};
  into.lifetime = MinutesField(fields, "expires_in_minutes");
}

// A field that the mode does not use says that the caller means another restore than would be done.
void RefuseUnused(BodyFields& target, RestoreMode mode, bool has_environment, bool has_new) {
  if (mode == RestoreMode::kExisting && !has_environment) {
    target.AddFault("environment_id", "is required for mode existing");
  }
  if (mode != RestoreMode::kExisting && has_environment) {
    target.AddFault("environment_id", "belongs to mode existing only");
  }
  if (domain::MakesEnvironment(mode) && !has_new) {
    target.AddFault("new_environment", "is required for modes new and cross_server");
  }
  if (!domain::MakesEnvironment(mode) && has_new) {
    target.AddFault("new_environment", "belongs to modes new and cross_server only");
  }
}

void ReadServer(BodyFields& target, RestoreRequest& into) {
  const std::string server = target.Text("server_id");
  domain::ServerId& chosen = into.new_environment.server_id;
  if (!server.empty() && !domain::MakesEnvironment(into.mode)) {
    target.AddFault("server_id", "belongs to modes new and cross_server only");
  } else if (!server.empty() && !chosen.empty() && chosen.value != server) {
    target.AddFault("server_id", "differs from new_environment/server_id");
  } else if (!server.empty()) {
    chosen.value = server;
  }
  if (into.mode == RestoreMode::kCrossServer && chosen.empty()) {
    target.AddFault("server_id", "is required for mode cross_server");
  }
}

void ReadTarget(BodyFields& target, RestoreRequest& into) {
  into.mode = target.Named<RestoreMode>("mode", domain::ParseRestoreMode);
  const std::optional<std::string> environment = target.OptionalText("environment_id");
  into.environment_id.value = environment.value_or("");
  std::optional<BodyFields> fresh = target.Object("new_environment");
  if (fresh) ReadNewEnvironment(*fresh, into.new_environment);
  RefuseUnused(target, into.mode, environment.has_value(), fresh.has_value());
  ReadServer(target, into);
}

void ReadOptions(BodyFields& fields, const Request& request, RestoreRequest& into) {
  into.create_pre_restore_backup = fields.Flag("create_pre_restore_backup");
  into.include_filestore = fields.Flag("include_filestore");
  into.idempotency_key = IdempotencyKey(fields, request);
  into.confirm = fields.Text("confirm");
}

std::optional<Instant> RunAtField(BodyFields& fields) {
  const std::optional<std::string> text = fields.OptionalText("run_at");
  if (!text) return std::nullopt;
  const Result<Instant> when = ParseInstant(*text);
  return when ? std::optional(*when) : std::nullopt;
}

}  // namespace

std::optional<domain::MaskPresets> MaskField(BodyFields& fields) {
  const boost::json::value* value = fields.Raw("mask");
  if (value == nullptr || !value->is_array()) return std::nullopt;
  std::vector<std::string> names;
  for (const boost::json::value& name : value->get_array()) {
    if (name.is_string()) names.emplace_back(name.get_string());
  }
  return domain::ParseMaskPresets(names);
}

RestoreRequest ReadRestoreV2(BodyFields& fields, const Request& request) {
  RestoreRequest into;
  into.backup_id = {fields.Text("backup_id")};
  if (std::optional<BodyFields> target = fields.Object("target")) ReadTarget(*target, into);
  ReadOptions(fields, request, into);
  into.neutralize = NeutralizeField(fields);
  into.identity = fields.Named<domain::IdentityPolicy>("identity", domain::ParseIdentityPolicy);
  into.strategy = fields.Named<domain::RestoreStrategy>("strategy", domain::ParseRestoreStrategy);
  into.on_unhealthy =
      fields.Named<domain::UnhealthyPolicy>("on_unhealthy", domain::ParseUnhealthyPolicy);
  into.keep_previous = std::chrono::hours(fields.Number("keep_previous_hours"));
  into.run_at = RunAtField(fields);
  into.mask = MaskField(fields);
  return into;
}

RestoreRequest ReadRestoreV1(BodyFields& fields, const Request& request) {
  RestoreRequest into;
  into.backup_id = {fields.Text("backup_id")};
  into.environment_id = {fields.Text("target_environment_id")};
  ReadOptions(fields, request, into);
  return into;
}

}  // namespace reprise::api
