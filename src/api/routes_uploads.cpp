#include <fmt/format.h>

#include <charconv>

#include "api/render.hpp"
#include "api/route_support.hpp"
#include "api/upload_routes.hpp"

// Archives that come in pieces (ADR 36).
namespace reprise::api {
namespace {

using access::ObjectKind;
using domain::BackupId;
using domain::Permission;
using domain::Upload;
using domain::UploadStatus;

constexpr std::string_view kPath = "/api/v1/backups/uploads";

std::string OwnerOf(const access::Caller& caller) { return caller.user_id.value; }

boost::json::object RenderUpload(const Upload& upload) {
  const bool has_backup =
      upload.status == UploadStatus::kImporting || upload.status == UploadStatus::kEnded;
  return {{"id", upload.id.value},
          {"url", fmt::format("{}/{}", kPath, upload.id.value)},
          {"status", domain::NameOf(upload.status)},
          {"offset", upload.received_bytes},
          {"total_bytes", upload.total_bytes},
          {"file_name", upload.file_name},
          {"fingerprint", TextOrNull(upload.fingerprint)},
          {"sha256", TextOrNull(upload.sha256)},
          {"name", upload.name},
          {"notes", TextOrNull(upload.notes)},
          {"project_id", upload.project_id.value},
          {"storage_config_id", TextOrNull(upload.place.storage_config_id.value)},
          {"backup_id", TextOrNull(has_backup ? upload.id.value : "")},
          {"created_at", FormatInstant(upload.created_at)},
          {"expires_at", FormatInstant(upload.expires_at)}};
}

Response WithOffset(Response response, const Upload& upload) {
  response.headers.emplace_back("Upload-Offset", std::to_string(upload.received_bytes));
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

// One of the caller's own; administrators of the installation have them all. Others' are not there.
Result<Upload> OwnUpload(const UploadRouteParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<BackupId>(request, "id", "upload"));
  ASSIGN_OR_RETURN(const Upload upload, parts.rows.Get(id));
  const bool is_own = request.caller.is_installation || upload.owner == OwnerOf(request.caller);
  if (!is_own) return Fail(access::NoSuch(ObjectKind::kUpload, id.value));
  return upload;
}

Result<Response> Begin(const UploadRouteParts& parts, const Context& ctx, const Request& request) {
  BodyFields fields(request);
  backup::UploadOrder order;
  order.project_id.value = fields.Text("project_id");
  order.storage_config_id.value = fields.Text("storage_config_id");
  order.owner = OwnerOf(request.caller);
  order.name = fields.Text("name");
  order.notes = fields.Text("notes");
  order.file_name = fields.Text("file_name");
  order.fingerprint = fields.Text("fingerprint");
  order.sha256 = fields.Text("sha256");
  order.total_bytes = static_cast<ByteCount>(fields.Number("total_bytes"));
  order.idempotency_key = IdempotencyKey(fields, request);
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const Upload upload, parts.uploads.Begin(ctx, order));
  Response response = WithOffset(JsonResponse(201, RenderUpload(upload)), upload);
  response.headers.emplace_back("Location", fmt::format("{}/{}", kPath, upload.id.value));
  return response;
}

Result<Response> List(const UploadRouteParts& parts, const Request& request) {
  QueryFields query(request);
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto found, parts.rows.List({.owner = OwnerOf(request.caller),
                                                      .among = request.visible,
                                                      .status = UploadStatus::kUploading},
                                                     page));
  return ListResponse(found, RenderUpload);
}

Result<Response> Show(const UploadRouteParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const Upload upload, OwnUpload(parts, request));
  return WithOffset(JsonResponse(200, RenderUpload(upload)), upload);
}

// The contract has seen that it is a number.
ByteCount OffsetOf(const Request& request) {
  const std::string_view text = request.headers.Find("Upload-Offset").value_or("");
  ByteCount offset = 0;
  std::from_chars(text.data(), text.data() + text.size(), offset);
  return offset;
}

Result<Response> Append(const UploadRouteParts& parts, const Context& ctx, const Request& request) {
  ASSIGN_OR_RETURN(const Upload upload, OwnUpload(parts, request));
  const Result<Upload> after = parts.uploads.Append(
      ctx, upload.id, {OffsetOf(request), request.content_length}, *request.upload);
  if (after) return WithOffset(JsonResponse(200, RenderUpload(*after)), *after);
  // Whatever was wrong, the caller is to know where to go on.
  ASSIGN_OR_RETURN(const Upload now, parts.rows.Get(upload.id));
  return WithOffset(ProblemResponse(after.error(), request.request_id), now);
}

Result<Response> Complete(const UploadRouteParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const Upload upload, OwnUpload(parts, request));
  const Result<domain::Backup> backup = parts.uploads.Complete(upload.id);
  if (backup) return JsonResponse(202, RenderBackup(*backup));
  return WithOffset(ProblemResponse(backup.error(), request.request_id), upload);
}

Result<Response> Abandon(const UploadRouteParts& parts, const Context& ctx,
                         const Request& request) {
  ASSIGN_OR_RETURN(const Upload upload, OwnUpload(parts, request));
  RETURN_IF_ERROR(parts.uploads.Abandon(ctx, upload.id));
  return Response{.status = 204};
}

}  // namespace

void AddUploadRoutes(Router& router, const UploadRouteParts& parts) {
  const auto own = [] {
    return Rule::On(Permission::kProjectBackupsCreate, InPath(ObjectKind::kUpload, "id"));
  };
  const std::string one = std::string(kPath) + "/{id}";
  router.Add(
      "POST", kPath,
      Rule::On(Permission::kProjectBackupsCreate, ProjectInBody())
          .And(ChosenStorage(NamedIn::kBody)),
      [parts](const Context& ctx, const Request& request) { return Begin(parts, ctx, request); });
  router.Add("GET", kPath, Rule::List(Permission::kProjectBackupsCreate),
             [parts](const Context&, const Request& request) { return List(parts, request); });
  router.Add("GET", one, own(),
             [parts](const Context&, const Request& request) { return Show(parts, request); });
  // That an upload began, was completed or given up is in the audit log: not each of its pieces.
  router.Add(
      "PATCH", one, own(),
      [parts](const Context& ctx, const Request& request) { return Append(parts, ctx, request); },
      RouteOptions{.body = BodyMode::kStreamed, .audit = Audit::kNever});
  router.Add("POST", one + "/complete", own(),
             [parts](const Context&, const Request& request) { return Complete(parts, request); });
  router.Add("DELETE", one, own(), [parts](const Context& ctx, const Request& request) {
    return Abandon(parts, ctx, request);
  });
}

}  // namespace reprise::api
