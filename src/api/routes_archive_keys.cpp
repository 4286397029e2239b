#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "api/account_support.hpp"
#include "api/archive_key_routes.hpp"
#include "api/render.hpp"

// What an organization seals its archives with.
namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using catalog::Organization;
using catalog::SealedArchiveKey;
using domain::Permission;

json::object RenderKey(const SealedArchiveKey& key, bool is_current) {
  return {
      {"id", key.id}, {"is_current", is_current}, {"created_at", FormatInstant(key.created_at)}};
}

Result<Organization> Find(const ArchiveKeyParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::OrganizationId>(request, "id", "organization"));
  return parts.organizations.Get(id);
}

Result<Response> List(const ArchiveKeyParts& parts, const Request& request) {
  QueryFields query(request);
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const Organization organization, Find(parts, request));
  ASSIGN_OR_RETURN(const std::vector<SealedArchiveKey> keys, parts.keys.List(organization.id));
  catalog::Page<SealedArchiveKey> found{
      {}, static_cast<std::int64_t>(keys.size()), page.page, page.page_size};
  const auto size = static_cast<std::size_t>(page.page_size);
  const std::size_t first = static_cast<std::size_t>(page.page - 1) * size;
  for (std::size_t i = first; i < std::min(first + size, keys.size()); ++i) {
    found.items.push_back(keys[keys.size() - 1 - i]);
  }
  return ListResponse(
      found, [&](const SealedArchiveKey& key) { return RenderKey(key, key.id == keys.back().id); });
}

Result<Response> Rotate(const ArchiveKeyParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const Organization organization, Find(parts, request));
  ASSIGN_OR_RETURN(const SealedArchiveKey key, parts.keys.Rotate(organization.id));
  return JsonResponse(201, RenderKey(key, true));
}

Result<Response> RecoverySheet(const ArchiveKeyParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const Organization organization, Find(parts, request));
  ASSIGN_OR_RETURN(const std::string sheet,
                   parts.keys.RecoverySheet(organization.id, organization.name));
  return JsonResponse(200, json::object{{"sheet", sheet}});
}

}  // namespace

void AddArchiveKeyRoutes(Router& router, const ArchiveKeyParts& parts) {
  const auto add = [&](std::string_view method, std::string_view path, Permission permission,
                       Result<Response> (*handle)(const ArchiveKeyParts&, const Request&)) {
    router.Add(
        method, path, Rule::On(permission, InPath(ObjectKind::kOrganization, "id")),
        [parts, handle](const Context&, const Request& request) { return handle(parts, request); });
  };
  constexpr std::string_view kAll = "/api/v1/organizations/{id}/archive-keys";
  add("GET", kAll, Permission::kOrgStorageList, List);
  add("POST", kAll, Permission::kOrgStorageManage, Rotate);
  // Not a GET: it is audited, and kept by no cache and no history of a browser.
  add("POST", "/api/v1/organizations/{id}/recovery-sheet", Permission::kOrgKeysExport,
      RecoverySheet);
}

}  // namespace reprise::api
