#include <fmt/format.h>

#include <charconv>

#include "api/http_text.hpp"
#include "api/mount_routes.hpp"
#include "api/render.hpp"
#include "api/route_support.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using domain::Mount;
using domain::MountId;
using domain::Permission;

json::object RenderMount(const Mount& mount) {
  return {{"id", mount.id.value},
          {"project_id", mount.project_id.value},
          {"backup_id", mount.backup_id.value},
          {"environment_id", mount.environment_id.value},
          {"task_id", mount.task_id.value},
          {"status", domain::NameOf(mount.status)},
          {"database_name", TextOrNull(mount.database_name)},
          {"created_by", mount.created_by},
          {"created_at", FormatInstant(mount.created_at)},
          {"expires_at", FormatInstant(mount.expires_at)},
          {"ended_at", TimeOrNull(mount.ended_at)},
          {"error_code", TextOrNull(mount.error_code)},
          {"error_message", TextOrNull(mount.error_message)}};
}

json::object RenderTable(const rescue::TableBeside& table) {
  json::value live_rows;
  if (table.live) live_rows = table.live->rows;
  return {{"name", table.name},
          {"model", TextOrNull(table.model)},
          {"label", TextOrNull(table.label)},
          {"rows", table.in_backup.rows},
          {"is_exact", table.in_backup.is_exact},
          {"live_rows", std::move(live_rows)},
          {"live_is_exact", table.live && table.live->is_exact}};
}

json::value IdOrNull(std::int64_t id) { return id == 0 ? json::value() : json::value(id); }

json::object RenderAttachment(const rescue::Attachment& one) {
  return {{"id", one.id},
          {"name", one.name},
          {"model", TextOrNull(one.model)},
          {"field", TextOrNull(one.field)},
          {"record_id", IdOrNull(one.record_id)},
          {"size", one.size},
          {"mimetype", TextOrNull(one.mimetype)},
          {"checksum", TextOrNull(one.checksum)},
          {"live_row", rescue::NameOf(one.live_row)},
          {"has_live_file", one.has_live_file}};
}

json::object RenderBrought(const rescue::Brought& one) {
  return {{"id", one.id},
          {"name", TextOrNull(one.name)},
          {"row", rescue::NameOf(one.row)},
          {"live_id", IdOrNull(one.live_id.value_or(0))},
          {"file", rescue::NameOf(one.file)},
          {"error", TextOrNull(one.error)}};
}

// A file to keep, under a name that is its content's own.
Response Download(std::unique_ptr<RandomReader> source, const std::string& name,
                  const std::string& type) {
  const ByteCount bytes = source->size();
  return Response{200,
                  {{"Content-Type", type},
                   {"Content-Disposition", AttachmentDisposition(name)},
                   {"X-Content-Type-Options", "nosniff"}},
                  RangeBody{std::move(source), 0, bytes}};
}

Result<MountId> IdOf(const Request& request) { return PathId<MountId>(request, "id", "mount"); }

Result<Response> Order(const MountRouteParts& parts, const Context& ctx, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::BackupId>(request, "id", "backup"));
  BodyFields fields(request);
  rescue::MountOrder order;
  order.backup_id = id;
  order.environment_id.value = fields.Text("environment_id");
  order.lifetime = std::chrono::hours(fields.Number("hours"));
  order.created_by = request.caller.name;
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const Mount mount, parts.service.Order(ctx, order));
  return JsonResponse(202, RenderMount(mount));
}

Result<Response> List(const MountRouteParts& parts, const Context&, const Request& request) {
  QueryFields query(request);
  catalog::MountFilter filter;
  filter.project_id = query.Identity<domain::ProjectId>("project_id");
  filter.environment_id = query.Identity<domain::EnvironmentId>("environment_id");
  filter.backup_id = query.Identity<domain::BackupId>("backup_id");
  filter.status = query.Named<domain::MountStatus>("status", domain::ParseMountStatus);
  filter.among = request.visible;
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto found, parts.mounts.List(filter, page));
  return ListResponse(found, RenderMount);
}

Result<Response> Show(const MountRouteParts& parts, const Context&, const Request& request) {
  ASSIGN_OR_RETURN(const MountId id, IdOf(request));
  ASSIGN_OR_RETURN(const Mount mount, parts.mounts.Get(id));
  return JsonResponse(200, RenderMount(mount));
}

Result<Response> Unmount(const MountRouteParts& parts, const Context&, const Request& request) {
  ASSIGN_OR_RETURN(const MountId id, IdOf(request));
  ASSIGN_OR_RETURN(const domain::Task task, parts.service.Unmount(id));
  return TaskAccepted(task.id.value);
}

Result<Response> Tables(const MountRouteParts& parts, const Context& ctx, const Request& request) {
  ASSIGN_OR_RETURN(const MountId id, IdOf(request));
  QueryFields query(request);
  const bool differing_only = query.Flag("differing");
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto tables, parts.desk.Tables(ctx, id));
  json::array items;
  for (const rescue::TableBeside& table : tables) {
    if (differing_only && table.live && table.live->rows == table.in_backup.rows) continue;
    items.push_back(RenderTable(table));
  }
  return JsonResponse(200, json::object{{"items", std::move(items)}});
}

Result<Response> Rows(const MountRouteParts& parts, const Context& ctx, const Request& request) {
  ASSIGN_OR_RETURN(const MountId id, IdOf(request));
  QueryFields query(request);
  const std::int64_t limit = query.Number("limit").value_or(50);
  const std::int64_t offset = query.Number("offset").value_or(0);
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto found,
                   parts.desk.Rows(ctx, id, request.params.at("table"), limit, offset));
  json::array rows;
  for (const auto& row : found.rows) {
    json::array values;
    for (const auto& value : row) values.push_back(value ? json::value(*value) : json::value());
    rows.push_back(std::move(values));
  }
  return JsonResponse(
      200, json::object{{"columns", json::array(found.columns.begin(), found.columns.end())},
                        {"rows", std::move(rows)}});
}

Result<Response> Csv(const MountRouteParts& parts, const Context& ctx, const Request& request) {
  ASSIGN_OR_RETURN(const MountId id, IdOf(request));
  const std::string& table = request.params.at("table");
  ASSIGN_OR_RETURN(auto source, parts.desk.Csv(ctx, id, table));
  return Download(std::move(source), table + ".csv", "text/csv");
}

Result<Response> ListAttachments(const MountRouteParts& parts, const Context& ctx,
                                 const Request& request) {
  ASSIGN_OR_RETURN(const MountId id, IdOf(request));
  QueryFields query(request);
  rescue::AttachmentQuery wanted;
  wanted.text = query.Text("q").value_or("");
  wanted.model = query.Text("model").value_or("");
  wanted.missing_only = query.Flag("missing");
  wanted.after = query.Number("after").value_or(0);
  wanted.limit = query.Number("limit").value_or(50);
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto page, parts.attachments.List(ctx, id, wanted));
  json::array items;
  for (const rescue::Attachment& one : page.items) items.push_back(RenderAttachment(one));
  return JsonResponse(200, json::object{{"items", std::move(items)},
                                        {"next_after", IdOrNull(page.next_after.value_or(0))}});
}

Result<Response> Content(const MountRouteParts& parts, const Context& ctx, const Request& request) {
  ASSIGN_OR_RETURN(const MountId id, IdOf(request));
  const std::string& text = request.params.at("attachment_id");
  std::int64_t attachment = 0;  // the contract has seen that it is a number
  std::from_chars(text.data(), text.data() + text.size(), attachment);
  ASSIGN_OR_RETURN(auto content, parts.attachments.Content(ctx, id, attachment));
  return Download(std::move(content.source), content.name, "application/octet-stream");
}

Result<Response> BringBack(const MountRouteParts& parts, const Context& ctx,
                           const Request& request) {
  ASSIGN_OR_RETURN(const MountId id, IdOf(request));
  BodyFields fields(request);
  std::vector<std::int64_t> ids;
  if (const json::value* named = fields.Raw("attachment_ids")) {
    for (const json::value& one : named->as_array()) ids.push_back(one.to_number<std::int64_t>());
  }
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto brought, parts.attachments.BringBack(ctx, id, ids));
  json::array items;
  for (const rescue::Brought& one : brought) items.push_back(RenderBrought(one));
  return JsonResponse(200, json::object{{"items", std::move(items)}});
}

}  // namespace

void AddMountRoutes(Router& router, const MountRouteParts& parts) {
  using Handle = Result<Response> (*)(const MountRouteParts&, const Context&, const Request&);
  const auto add = [&](const char* method, const char* pattern, Rule rule, Handle handle,
                       RouteOptions options = {}) {
    router.Add(
        method, pattern, std::move(rule),
        [parts, handle](const Context& ctx, const Request& request) {
          return handle(parts, ctx, request);
        },
        options);
  };
  const RouteOptions fetching{.audit = Audit::kAlways, .length = Length::kLong};
  const NamedObject mount = InPath(ObjectKind::kMount, "id");
  const Rule restoring = Rule::On(Permission::kProjectBackupsRestore, mount);
  const Rule reading = Rule::On(Permission::kProjectBackupsDownload, mount);
  add("POST", "/api/v1/backups/{id}/mount",
      Rule::On(Permission::kProjectBackupsRestore, InPath(ObjectKind::kBackup, "id"))
          .And(InBody(ObjectKind::kEnvironment, "environment_id")),
      Order);
  add("GET", "/api/v1/mounts",
      Rule::List(Permission::kProjectBackupsView)
          .And(InQuery(ObjectKind::kProject, "project_id"))
          .And(InQuery(ObjectKind::kEnvironment, "environment_id"))
          .And(InQuery(ObjectKind::kBackup, "backup_id")),
      List);
  add("GET", "/api/v1/mounts/{id}", Rule::On(Permission::kProjectBackupsView, mount), Show);
  add("DELETE", "/api/v1/mounts/{id}", restoring, Unmount);
  add("GET", "/api/v1/mounts/{id}/tables", reading, Tables);
  add("GET", "/api/v1/mounts/{id}/tables/{table}/rows", reading, Rows);
  add("GET", "/api/v1/mounts/{id}/tables/{table}/csv", reading, Csv, fetching);
  add("GET", "/api/v1/mounts/{id}/attachments", reading, ListAttachments);
  add("GET", "/api/v1/mounts/{id}/attachments/{attachment_id}/content", reading, Content, fetching);
  add("POST", "/api/v1/mounts/{id}/attachments/bring-back", restoring, BringBack,
      RouteOptions{.length = Length::kLong});
}

}  // namespace reprise::api
