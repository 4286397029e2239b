#include "api/audit_recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "api/problem.hpp"
#include "api/router.hpp"
#include "api/utf8.hpp"
#include "base/log.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using domain::AuditActor;
using domain::AuditEntry;
using domain::AuditResult;

// Names and ids that say what was asked for. Nothing else of a body is kept: it may be a secret.
constexpr std::array<std::string_view, 23> kTold = {"name",
                                                    "email",
                                                    "role",
                                                    "permission",
                                                    "effect",
                                                    "mode",
                                                    "user_id",
                                                    "project_id",
                                                    "backup_id",
                                                    "environment_id",
                                                    "server_id",
                                                    "strategy",
                                                    "organization_id",
                                                    "identity",
                                                    "environment_type",
                                                    "odoo_version",
                                                    "backup_type",
                                                    "is_admin",
                                                    "is_disabled",
                                                    "target_environment_id",
                                                    "odoo_container",
                                                    "db_container",
                                                    "attachment_ids"};

bool IsTold(std::string_view name) {
  return std::find(kTold.begin(), kTold.end(), name) != kTold.end();
}

// "7, 9, 12", of a list of so many numbers as a call may name, and of nothing else.
std::string IdsIn(const json::value& value) {
  constexpr std::size_t kMost = 100;
  if (!value.is_array() || value.get_array().size() > kMost) return {};
  std::string ids;
  for (const json::value& one : value.get_array()) {
    if (!one.is_int64()) return {};
    ids += fmt::format("{}{}", ids.empty() ? "" : ", ", one.get_int64());
  }
  return ids;
}

void Tell(const json::value& value, json::object& into) {
  const json::object* object = value.if_object();
  if (object == nullptr) return;
  for (const auto& [name, member] : *object) {
    if (member.is_object()) Tell(member, into);
    if (!IsTold(name) || into.size() >= kTold.size()) continue;
    if (const json::string* text = member.if_string()) {
      constexpr std::size_t kLongest = 200;
      into[name] = ValidUtf8(std::string_view(*text).substr(0, kLongest));
    } else if (const std::string ids = IdsIn(member); !ids.empty()) {
      into[name] = ids;
    } else if (member.is_bool()) {
      into[name] = member.get_bool() ? "true" : "false";
    }
  }
}

std::string DetailsOf(const Request& request) {
  json::object details;
  for (const auto& [name, value] : request.query) {
    if (IsTold(name)) details[name] = ValidUtf8(std::string_view(value).substr(0, 200));
  }
  if (request.json) Tell(*request.json, details);
  return json::serialize(details);
}

// "backups" is "backup".
std::string Singular(std::string_view word) {
  return std::string(word.ends_with('s') ? word.substr(0, word.size() - 1) : word);
}

constexpr std::string_view kProviderSignIn = "/api/v1/auth/oidc/callback";
bool IsSignIn(const Route& route) {
  return route.pattern == "/api/v1/auth/login" || route.pattern == kProviderSignIn;
}
bool IsAccount(const Route& route) { return route.pattern.starts_with("/api/v1/auth/"); }

bool Concerns(const Route& route) {
  if (route.options.audit != Audit::kChanges) return route.options.audit == Audit::kAlways;
  return route.method != "GET";
}

AuditResult ResultOf(int status) {
  return status < 400   ? AuditResult::kDone
         : status < 500 ? AuditResult::kRefused
                        : AuditResult::kFailed;
}

// The innermost object that the path names, or else the first one that the rule asks about.
void NameObject(const Route& route, const Request& request, AuditEntry& entry) {
  if (IsAccount(route)) {
    entry.object_kind = "account";
    return;
  }
  std::string literal;
  for (const std::string& segment : route.segments) {
    if (segment.starts_with('{')) {
      const auto found = request.params.find(segment.substr(1, segment.size() - 2));
      entry.object_kind = Singular(literal);
      entry.object_id = found == request.params.end() ? "" : found->second;
    } else {
      literal = segment;
    }
  }
  for (const NamedObject& object : route.rule.objects()) {
    if (!entry.object_id.empty()) return;
    entry.object_kind = access::NameOf(object.kind);
    entry.object_id = IdIn(object, request).value_or("");
  }
  if (entry.object_kind.empty()) entry.object_kind = Singular(literal);
}

}  // namespace

void AuditRecorder::Place(const Route& route, const Request& request, AuditEntry& entry) const {
  for (const NamedObject& object : route.rule.objects()) {
    const std::optional<std::string> id = IdIn(object, request);
    std::optional<access::Place> place;
    if (id) {
      const auto found = control_.WhereIs({object.kind, *id});
      if (found) place = *found;
    } else if (object.when_absent == WhenAbsent::kDefaultProject) {
      const auto found = control_.DefaultPlace();
      if (found) place = *found;
    }
    if (!place || place->organization_id.empty()) continue;
    entry.organization_id = place->organization_id.value;
    entry.project_id = place->project_id.value;
    return;
  }
}

// Who tries to sign in has not said who they are yet, but for the address of their account.
void AuditRecorder::NameSigner(const Request& request, const Response& response,
                               AuditEntry& entry) const {
  const json::object* body = request.json ? request.json->if_object() : nullptr;
  const json::value* email = body == nullptr ? nullptr : body->if_contains("email");
  const bool is_told = email != nullptr && email->is_string();
  if (!is_told && response.signer.empty()) return;
  entry.actor_name =
      is_told ? std::string(std::string_view(email->get_string()).substr(0, 254)) : response.signer;
  for (char& c : entry.actor_name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const auto user = users_.FindByEmail(entry.actor_name);
  if (user && *user) entry.actor_id = (*user)->id.value;
}

AuditEntry AuditRecorder::EntryOf(const Route& route, const Request& request) const {
  const access::Caller& caller = request.caller;
  AuditEntry entry;
  entry.actor = !caller.token_id.empty()  ? AuditActor::kToken
                : !caller.user_id.empty() ? AuditActor::kUser
                : caller.is_installation  ? AuditActor::kInstallation
                                          : AuditActor::kNobody;
  entry.actor_id = caller.user_id.value;
  entry.actor_name = caller.name;
  entry.token_id = caller.token_id.value;
  entry.address = request.client_address;
  entry.request_id = request.request_id;
  entry.action =
      route.operation == nullptr ? route.method + " " + route.pattern : route.operation->id;
  NameObject(route, request, entry);
  Place(route, request, entry);
  entry.details = DetailsOf(request);
  return entry;
}

Status AuditRecorder::Append(AuditEntry entry, int status) const {
  entry.status = status;
  entry.result = ResultOf(status);
  Status written = store_.Append(entry);
  if (!written) {
    log::Failure("audit.not_written", {{"request_id", entry.request_id},
                                       {"action", entry.action},
                                       {"error", written.error().Sentence()}});
  }
  return written;
}

void AuditRecorder::Require(std::function<Status()> condition) const {
  database_.Require(std::move(condition));
}

void AuditRecorder::RecordRefusal(const Route& route, const Request& head, int status) const {
  if (Concerns(route)) static_cast<void>(Append(EntryOf(route, head), status));
}

Response AuditRecorder::Record(const Route& route, const Request& request,
                               const std::function<Response()>& respond) const {
  if (!Concerns(route)) return respond();
  const bool sign_in = IsSignIn(route);
  bool written = false;
  Response response;
  std::optional<AuditEntry> before;
  if (!sign_in) {
    // Its first writes are not the change: they count wrong passwords.
    before = EntryOf(route, request);
    database_.Begin(*before);
    response = respond();
    written = database_.End();
  } else {
    response = respond();
    if (response.status == 429) return response;  // told by the failures before it
  }
  if (written && response.status < 400) return response;
  AuditEntry entry = before ? *std::move(before) : EntryOf(route, request);
  if (sign_in) NameSigner(request, response, entry);
  const Status recorded = Append(std::move(entry), response.status);
  if (recorded || response.status >= 400) return response;
  return ProblemResponse(recorded.error(), request.request_id);
}

}  // namespace reprise::api
