#include <fmt/format.h>

#include "api/file_response.hpp"
#include "api/render.hpp"
#include "api/route_support.hpp"
#include "api/routes.hpp"

namespace reprise::api {
namespace {

using access::ObjectKind;
using domain::Permission;

Result<Response> Create(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id,
                   PathId<domain::EnvironmentId>(request, "environment_id", "environment"));
  BodyFields fields(request);
  backup::BackupOrder order;
  order.environment_id = id;
  order.name = fields.Text("name");
  order.notes = fields.Text("notes");
  order.include_filestore = fields.Flag("include_filestore");
  order.incremental = fields.Flag("incremental");
  order.type = fields.Named<domain::BackupType>("backup_type", domain::ParseBackupType);
  order.storage_config_id.value = fields.Text("storage_config_id");
  order.idempotency_key = IdempotencyKey(fields, request);
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const domain::Backup backup, services.backup_service.Order(order));
  return JsonResponse(202, RenderBackup(backup));
}

Result<Response> List(const Services& services, const Request& request) {
  QueryFields query(request);
  catalog::BackupFilter filter;
  filter.project_id = query.Identity<domain::ProjectId>("project_id");
  if (request.params.contains("environment_id")) {
    ASSIGN_OR_RETURN(filter.environment_id,
                     PathId<domain::EnvironmentId>(request, "environment_id", "environment"));
  } else {
    filter.environment_id = query.Identity<domain::EnvironmentId>("environment_id");
  }
  filter.status = query.Named<domain::BackupStatus>("status", domain::ParseBackupStatus);
  filter.type = query.Named<domain::BackupType>("backup_type", domain::ParseBackupType);
  filter.among = request.visible;
  filter.with_deleted = query.Flag("with_deleted");
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const catalog::Page<domain::Backup> found, services.backups.List(filter, page));
  return ListResponse(found, RenderBackup);
}

Result<Response> Show(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::BackupId>(request, "id", "backup"));
  ASSIGN_OR_RETURN(const domain::Backup backup, services.backups.Get(id));
  return JsonResponse(200, RenderBackup(backup));
}

Result<Response> Delete(const Services& services, const Context& ctx, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::BackupId>(request, "id", "backup"));
  QueryFields query(request);
  const std::string confirm = query.Text("confirm").value_or("");
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const domain::Backup backup, services.backup_service.Delete(ctx, id, confirm));
  return JsonResponse(200, RenderBackup(backup));
}

Result<Response> Verify(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::BackupId>(request, "id", "backup"));
  ASSIGN_OR_RETURN(const domain::Task task, services.backup_service.Verify(id));
  return JsonResponse(202, RenderTask(task));
}

std::string_view ExtensionOf(std::string_view format) {
  if (format == "custom" || format == "custom_dump") return "dump";
  if (format == "sql" || format == "plain_sql") return "sql";
  if (format == "sql_gzip" || format == "plain_sql_gzip") return "sql.gz";
  if (format == "sql_zstd" || format == "plain_sql_zstd") return "sql.zst";
  return "zip";
}

std::string FileNameOf(const domain::Backup& backup) {
  const std::string& stem = backup.name.empty() ? backup.id.value : backup.name;
  return fmt::format("{}.{}", stem, ExtensionOf(backup.format));
}

// What tells its bytes from others. Of one that was never read whole its manifest vouches for it;
// marked, since clients hold what arrives against a bare sha256.
std::string VersionOf(const domain::Backup& backup) {
  if (!backup.sha256.empty() || backup.manifest_sha256.empty()) return backup.sha256;
  return "manifest-" + backup.manifest_sha256;
}

Result<Response> Download(const Services& services, const Context& ctx, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::BackupId>(request, "id", "backup"));
  ASSIGN_OR_RETURN(const domain::Backup backup, services.backups.Get(id));
  ASSIGN_OR_RETURN(std::unique_ptr<RandomReader> source, services.backup_service.Download(ctx, id));
  const std::string_view extension = ExtensionOf(backup.format);
  return FileResponse(
      request, FileDownload{std::move(source), FileNameOf(backup),
                            extension == "zip" ? "application/zip" : "application/octet-stream",
                            VersionOf(backup)});
}

Result<Response> DownloadLink(const Services& services, const Context& ctx,
                              const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::BackupId>(request, "id", "backup"));
  QueryFields query(request);
  const bool is_ours = query.Text("via").value_or("storage") == "server";
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const domain::Backup backup, services.backups.Get(id));
  // Asked also for an address of our own: it refuses what has no archive (any more).
  ASSIGN_OR_RETURN(
      std::optional<std::string> url,
      services.backup_service.DownloadAddress(ctx, id, kDownloadValid, FileNameOf(backup)));
  if (is_ours) {
    url = services.tickets.AddressFor(request.caller,
                                      fmt::format("/api/v1/backups/{}/download", id.value));
  }
  std::optional<Instant> expires;
  if (url) expires = services.clock.Now() + kDownloadValid;
  return JsonResponse(200, boost::json::object{{"url", TextOrNull(url.value_or(""))},
                                               {"expires_at", TimeOrNull(expires)}});
}

Result<Response> Import(const Services& services, const Context& ctx, const Request& request) {
  QueryFields query(request);
  backup::ImportOrder order;
  order.project_id = query.Identity<domain::ProjectId>("project_id").value_or(domain::ProjectId{});
  order.name = query.Text("name").value_or("");
  order.notes = query.Text("notes").value_or("");
  order.storage_config_id = query.Identity<domain::StorageConfigId>("storage_config_id")
                                .value_or(domain::StorageConfigId{});
  order.bytes = request.content_length;
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const domain::Backup backup,
                   services.backup_service.Import(ctx, order, *request.upload));
  return JsonResponse(202, RenderBackup(backup));
}

Result<Response> ImportByKey(const Services& services, const Context& ctx, const Request& request) {
  BodyFields fields(request);
  backup::ImportByKeyOrder order;
  order.project_id.value = fields.Text("project_id");
  order.storage_config_id.value = fields.Text("storage_config_id");
  order.storage_key = fields.Text("storage_key");
  order.name = fields.Text("name");
  order.notes = fields.Text("notes");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const domain::Backup backup, services.backup_service.ImportByKey(ctx, order));
  return JsonResponse(202, RenderBackup(backup));
}

Result<Response> ImportByUrl(const Services& services, const Request& request) {
  BodyFields fields(request);
  backup::ImportByUrlOrder order;
  order.project_id.value = fields.Text("project_id");
  order.storage_config_id.value = fields.Text("storage_config_id");
  order.archive.source.url = fields.Text("url");
  if (const boost::json::value* headers = fields.Raw("headers")) {
    for (const boost::json::value& header : headers->as_array()) {
      order.archive.source.headers.emplace_back(header.as_string());
    }
  }
  order.archive.sha256 = fields.Text("sha256");
  order.name = fields.Text("name");
  order.notes = fields.Text("notes");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const domain::Backup backup, services.backup_service.ImportByUrl(order));
  return JsonResponse(202, RenderBackup(backup));
}

void AddImportRoutes(Router& router, const Services& services) {
  router.Add(
      "POST", "/api/v1/backups/import",
      Rule::On(Permission::kProjectBackupsCreate, ProjectInQuery())
          .And(ChosenStorage(NamedIn::kQuery)),
      [services](const Context& ctx, const Request& request) {
        return Import(services, ctx, request);
      },
      RouteOptions{.body = BodyMode::kStreamed});
  router.Add("POST", "/api/v1/backups/import/from-storage",
             Rule::On(Permission::kProjectBackupsCreate, ProjectInBody())
                 .And(ChosenStorage(NamedIn::kBody)),
             [services](const Context& ctx, const Request& request) {
               return ImportByKey(services, ctx, request);
             });
  router.Add("POST", "/api/v1/backups/import/from-url",
             Rule::On(Permission::kProjectBackupsCreate, ProjectInBody())
                 .And(ChosenStorage(NamedIn::kBody)),
             [services](const Context&, const Request& request) {
               return ImportByUrl(services, request);
             });
}

}  // namespace

void AddBackupRoutes(Router& router, const Services& services) {
  const auto list = [services](const Context&, const Request& request) {
    return List(services, request);
  };
  const auto backup = InPath(ObjectKind::kBackup, "id");
  const auto environment = InPath(ObjectKind::kEnvironment, "environment_id");
  router.Add("GET", "/api/v1/backups",
             Rule::List(Permission::kProjectBackupsView)
                 .And(InQuery(ObjectKind::kProject, "project_id"))
                 .And(InQuery(ObjectKind::kEnvironment, "environment_id")),
             list, RouteOptions{.source = Source::kCatalog});
  router.Add("GET", "/api/v1/backups/environments/{environment_id}/backups",
             Rule::List(Permission::kProjectBackupsView)
                 .And(environment)
                 .And(InQuery(ObjectKind::kProject, "project_id")),
             list, RouteOptions{.source = Source::kCatalog});
  router.Add(
      "POST", "/api/v1/backups/environments/{environment_id}/backups",
      Rule::On(Permission::kProjectBackupsCreate, environment).And(ChosenStorage(NamedIn::kBody)),
      [services](const Context&, const Request& request) { return Create(services, request); });
  AddImportRoutes(router, services);
  router.Add(
      "GET", "/api/v1/backups/{id}", Rule::On(Permission::kProjectBackupsView, backup),
      [services](const Context&, const Request& request) { return Show(services, request); },
      RouteOptions{.source = Source::kCatalog});
  router.Add("DELETE", "/api/v1/backups/{id}", Rule::On(Permission::kProjectBackupsDelete, backup),
             [services](const Context& ctx, const Request& request) {
               return Delete(services, ctx, request);
             });
  router.Add(
      "POST", "/api/v1/backups/{id}/verify", Rule::On(Permission::kProjectBackupsCreate, backup),
      [services](const Context&, const Request& request) { return Verify(services, request); });
  router.Add("GET", "/api/v1/backups/{id}/download-link",
             Rule::On(Permission::kProjectBackupsDownload, backup),
             [services](const Context& ctx, const Request& request) {
               return DownloadLink(services, ctx, request);
             });
  router.Add(
      "GET", "/api/v1/backups/{id}/download", Rule::On(Permission::kProjectBackupsDownload, backup),
      [services](const Context& ctx, const Request& request) {
        return Download(services, ctx, request);
      },
      RouteOptions{.audit = Audit::kAlways});
}

}  // namespace reprise::api
