#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "api/account_support.hpp"
#include "api/render.hpp"
#include "api/routes.hpp"
#include "storage/store_check.hpp"

// Where organizations keep their archives.
namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using domain::OrganizationId;
using domain::Permission;
using domain::StorageConfig;
using domain::StorageConfigId;

constexpr std::array<std::string_view, 12> kTextSettings = {
    "endpoint",   "region",         "bucket", "prefix", "server_side_encryption",
    "kms_key_id", "ca_certificate", "folder", "host",   "username",
    "host_key",   "public_key_pin"};
constexpr std::array<std::string_view, 2> kFlagSettings = {"path_style", "implicit_tls"};
constexpr std::array<std::string_view, 6> kSecrets = {
    "access_key_id", "secret_access_key", "session_token", "password", "private_key", "passphrase"};

json::object RenderSettings(const StorageConfig& config) {
  json::object settings;
  for (const auto& [name, value] : config.settings) {
    if (std::find(kFlagSettings.begin(), kFlagSettings.end(), name) != kFlagSettings.end()) {
      settings[name] = value == "true";
    } else if (name == "part_size_mb" || name == "port") {
      std::int64_t number = 0;
      std::from_chars(value.data(), value.data() + value.size(), number);
      settings[name] = number;
    } else {
      settings[name] = value;
    }
  }
  return settings;
}

json::object RenderStorage(const StorageConfig& config, const catalog::StorageUsage& usage) {
  return {{"id", config.id.value},
          {"organization_id", config.organization_id.value},
          {"name", config.name},
          {"provider", NameOf(config.provider)},
          {"is_default", config.is_default},
          {"encrypt_archives", config.encrypts_archives},
          {"settings", RenderSettings(config)},
          {"has_credentials", !config.sealed_secrets.empty()},
          {"usage", {{"objects", usage.objects}, {"bytes", usage.bytes}}},
          {"created_at", FormatInstant(config.created_at)},
          {"updated_at", FormatInstant(config.updated_at)}};
}

Result<Response> Answer(const Services& services, int status, const StorageConfig& config) {
  ASSIGN_OR_RETURN(const catalog::StorageUsage usage, services.storages.Usage(config.id));
  return JsonResponse(status, RenderStorage(config, usage));
}

void ReadParts(BodyFields& fields, backup::StorageChange& change) {
  if (auto settings = fields.Object("settings")) {
    for (const std::string_view name : kTextSettings) {
      if (auto text = settings->OptionalText(name)) change.settings[std::string(name)] = *text;
    }
    for (const std::string_view name : kFlagSettings) {
      const json::value* flag = settings->Raw(name);
      if (flag == nullptr) continue;
      change.settings[std::string(name)] = flag->is_bool() && flag->get_bool() ? "true" : "false";
    }
    for (const std::string_view name : {"part_size_mb", "port"}) {
      const json::value* number = settings->Raw(name);
      if (number == nullptr || !number->is_int64()) continue;
      change.settings[std::string(name)] = std::to_string(number->get_int64());
    }
  }
  if (auto secrets = fields.Object("secrets")) {
    for (const std::string_view name : kSecrets) {
      if (auto text = secrets->OptionalText(name)) change.secrets[std::string(name)] = *text;
    }
  }
}

// A folder of the server's own disk is not a tenant's to choose.
Status CheckProvider(const Request& request, domain::StorageProvider provider) {
  if (provider != domain::StorageProvider::kLocal) return {};
  return access::AccessControl::CheckSystem(request.caller, Permission::kSystemServersManage);
}

Result<StorageConfig> Find(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<StorageConfigId>(request, "id", "storage"));
  return services.storages.Get(id);
}

Result<Response> List(const Services& services, const Request& request) {
  QueryFields query(request);
  const auto organization = query.Identity<OrganizationId>("organization_id");
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  const access::Caller& caller = request.caller;
  catalog::StorageFilter filter;
  if (organization) {
    filter.among = {*organization};
  } else if (!(caller.is_installation && caller.IsUnlimited())) {
    filter.among.emplace();
    for (const OrganizationId& one : caller.Organizations()) {
      if (caller.May(Permission::kOrgStorageList, one)) filter.among->push_back(one);
    }
  }
  ASSIGN_OR_RETURN(const auto found, services.storages.List(filter, page));
  std::map<std::string, catalog::StorageUsage> usages;
  for (const StorageConfig& config : found.items) {
    ASSIGN_OR_RETURN(usages[config.id.value], services.storages.Usage(config.id));
  }
  return ListResponse(found, [&](const StorageConfig& config) {
    return RenderStorage(config, usages[config.id.value]);
  });
}

Result<Response> Create(const Services& services, const Request& request) {
  BodyFields fields(request);
  StorageConfig config;
  config.organization_id.value = fields.Text("organization_id");
  config.provider = fields.Named<domain::StorageProvider>("provider", domain::ParseStorageProvider);
  backup::StorageChange change;
  change.name = NameField(fields, "name");
  change.is_default = fields.Flag("is_default");
  change.encrypts_archives = fields.Flag("encrypt_archives");
  ReadParts(fields, change);
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  RETURN_IF_ERROR(services.organizations.Get(config.organization_id));
  RETURN_IF_ERROR(CheckProvider(request, config.provider));
  ASSIGN_OR_RETURN(const StorageConfig made, services.storage_service.Create(config, change));
  return Answer(services, 201, made);
}

Result<Response> Show(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const StorageConfig config, Find(services, request));
  return Answer(services, 200, config);
}

Result<Response> Change(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const StorageConfig config, Find(services, request));
  BodyFields fields(request);
  backup::StorageChange change;
  if (fields.Raw("name") != nullptr) change.name = NameField(fields, "name");
  if (fields.Raw("is_default") != nullptr) change.is_default = fields.Flag("is_default");
  if (fields.Raw("encrypt_archives") != nullptr) {
    change.encrypts_archives = fields.Flag("encrypt_archives");
  }
  ReadParts(fields, change);
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  RETURN_IF_ERROR(CheckProvider(request, config.provider));
  ASSIGN_OR_RETURN(const StorageConfig changed, services.storage_service.Change(config.id, change));
  return Answer(services, 200, changed);
}

Result<Response> Delete(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const StorageConfig config, Find(services, request));
  RETURN_IF_ERROR(services.storages.Delete(config.id));
  return Response{204, {}, std::string()};
}

Result<Response> Test(const Services& services, const Context& ctx, const Request& request) {
  ASSIGN_OR_RETURN(const StorageConfig config, Find(services, request));
  ASSIGN_OR_RETURN(const auto steps, services.storage_service.Test(ctx, config.id));
  json::array list;
  bool ok = true;
  for (const storage::CheckStep& step : steps) {
    ok = ok && !step.failure && !step.skipped;
    list.push_back(json::object{
        {"name", step.name},
        {"status", step.skipped   ? "skipped"
                   : step.failure ? "failed"
                                  : "ok"},
        {"reason", TextOrNull(step.failure ? step.failure->Sentence() : std::string())},
        {"hint", TextOrNull(step.failure ? step.failure->hint : std::string())}});
  }
  return JsonResponse(200, json::object{{"ok", ok}, {"steps", std::move(list)}});
}

}  // namespace

void AddStorageRoutes(Router& router, const Services& services) {
  const auto add = [&](std::string_view method, std::string_view path, const Rule& rule,
                       Result<Response> (*handle)(const Services&, const Request&)) {
    router.Add(method, path, rule, [services, handle](const Context&, const Request& request) {
      return handle(services, request);
    });
  };
  const auto storage = InPath(ObjectKind::kStorage, "id");
  const Rule view = Rule::On(Permission::kOrgStorageList, storage);
  const Rule manage = Rule::On(Permission::kOrgStorageManage, storage);
  constexpr std::string_view kAll = "/api/v1/backups/storage-configs";
  constexpr std::string_view kOne = "/api/v1/backups/storage-configs/{id}";
  add("GET", kAll,
      Rule::List(Permission::kOrgStorageList)
          .And(InQuery(ObjectKind::kOrganization, "organization_id")),
      List);
  add("POST", kAll,
      Rule::On(Permission::kOrgStorageManage, InBody(ObjectKind::kOrganization, "organization_id")),
      Create);
  add("GET", kOne, view, Show);
  add("PATCH", kOne, manage, Change);
  add("DELETE", kOne, manage, Delete);
  router.Add("POST", "/api/v1/backups/storage-configs/{id}/test", manage,
             [services](const Context& ctx, const Request& request) {
               return Test(services, ctx, request);
             });
}

}  // namespace reprise::api
