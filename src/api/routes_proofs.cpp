#include <fmt/format.h>

#include "api/http_text.hpp"
#include "api/render.hpp"
#include "api/route_support.hpp"
#include "api/routes.hpp"

namespace reprise::api {
namespace {

using access::ObjectKind;
using domain::Permission;

Result<Response> BackupProof(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::BackupId>(request, "id", "backup"));
  RETURN_IF_ERROR(services.backups.Get(id));
  ASSIGN_OR_RETURN(const std::string document, services.proofs.Get(id));
  if (document.empty()) {
    return Fail(ErrorCode::kNotFound, fmt::format("backup {} has no proof (yet)", id.value),
                "it is written when the backup is verified: verify it again");
  }
  return Response{
      200,
      {{"Content-Type", "application/json"},
       {"Content-Disposition", AttachmentDisposition(fmt::format("proof-{}.json", id.value))}},
      document};
}

Result<Response> Keys(const Services& services, const Request&) {
  ASSIGN_OR_RETURN(const auto keys, services.proofs.Keys());
  boost::json::array items;
  for (const catalog::ProofKey& key : keys) {
    items.push_back(boost::json::object{{"algorithm", "ed25519"},
                                        {"public_key", key.public_key},
                                        {"node", key.node},
                                        {"created_at", FormatInstant(key.created_at)}});
  }
  return JsonResponse(200, boost::json::object{{"items", std::move(items)}});
}

}  // namespace

void AddProofRoutes(Router& router, const Services& services) {
  router.Add("GET", "/api/v1/backups/{id}/proof",
             Rule::On(Permission::kProjectBackupsView, InPath(ObjectKind::kBackup, "id")),
             [services](const Context&, const Request& request) {
               return BackupProof(services, request);
             });
  // Public halves: whoever is given a proof must be able to hold it against them.
  router.Add(
      "GET", "/api/v1/proof/keys", Rule::Self(),
      [services](const Context&, const Request& request) { return Keys(services, request); });
}

}  // namespace reprise::api
