#include "api/rule.hpp"

#include <algorithm>
#include <boost/json/object.hpp>

#include "api/http_message.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using access::Place;
using domain::Permission;

// The text at "a/b" of a JSON body; nullopt when there is none. What is no text at all is the
// handler's to refuse: it names nothing.
std::optional<std::string> TextAt(const json::value& body, std::string_view path) {
  const json::value* at = &body;
  while (true) {
    const std::size_t slash = path.find('/');
    const json::object* object = at->if_object();
    at = object == nullptr ? nullptr : object->if_contains(path.substr(0, slash));
    if (at == nullptr) return std::nullopt;
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  const json::string* text = at->if_string();
  if (text == nullptr || text->empty()) return std::nullopt;
  return std::string(*text);
}

}  // namespace

std::optional<std::string> IdIn(const NamedObject& object, const Request& request) {
  if (object.in == NamedIn::kPath) {
    const auto found = request.params.find(object.name);
    // A path without its id is refused like one that names nothing.
    return found == request.params.end() ? std::string() : found->second;
  }
  if (object.in == NamedIn::kBody) {
    return request.json ? TextAt(*request.json, object.name) : std::nullopt;
  }
  const auto value = request.QueryValue(object.name);
  if (!value || value->empty()) return std::nullopt;
  return std::string(*value);
}

Rule Rule::System(Permission permission) {
  Rule rule(Kind::kSystem);
  rule.permission_ = permission;
  return rule;
}

Rule Rule::On(Permission permission, NamedObject object) {
  Rule rule(Kind::kObjects);
  rule.permission_ = permission;
  rule.objects_.push_back(std::move(object));
  return rule;
}

Rule Rule::List(Permission permission) {
  Rule rule(Kind::kList);
  rule.permission_ = permission;
  return rule;
}

Rule Rule::And(NamedObject object) && {
  objects_.push_back(std::move(object));
  return std::move(*this);
}

Rule Rule::Choosing(Choose choose) && {
  choose_ = std::move(choose);
  return std::move(*this);
}

bool Rule::ReadsBody() const {
  return choose_ || std::any_of(objects_.begin(), objects_.end(), [](const NamedObject& object) {
           return object.in == NamedIn::kBody;
         });
}

Permission Rule::PermissionFor(const Request& request) const {
  // Objects of a rule without a permission have one of their own (Router::Add); none has this.
  return choose_ ? choose_(request) : permission_.value_or(Permission::kSystemOrganizationsManage);
}

NamedObject InPath(ObjectKind kind, std::string name) {
  return {kind, NamedIn::kPath, std::move(name), WhenAbsent::kNothing, std::nullopt};
}
NamedObject InQuery(ObjectKind kind, std::string name) {
  return {kind, NamedIn::kQuery, std::move(name), WhenAbsent::kNothing, std::nullopt};
}
NamedObject InBody(ObjectKind kind, std::string name) {
  return {kind, NamedIn::kBody, std::move(name), WhenAbsent::kNothing, std::nullopt};
}
NamedObject ProjectInBody() {
  return {ObjectKind::kProject, NamedIn::kBody, "project_id", WhenAbsent::kDefaultProject,
          std::nullopt};
}
NamedObject ProjectInQuery() {
  return {ObjectKind::kProject, NamedIn::kQuery, "project_id", WhenAbsent::kDefaultProject,
          std::nullopt};
}

NamedObject ChosenStorage(NamedIn in) {
  return {ObjectKind::kStorage, in, "storage_config_id", WhenAbsent::kNothing,
          Permission::kOrgStorageList};
}

Result<std::optional<Place>> Gate::CheckOne(Permission needed, const NamedObject& object,
                                            const Request& request) const {
  const std::optional<std::string> id = IdIn(object, request);
  if (!id && object.when_absent == WhenAbsent::kNothing) return std::nullopt;
  // Who may see all meets the call's own words for what a query or a body names and is not there:
  // a list that is narrowed to it is empty. Storages have none.
  const bool all = request.caller.is_installation && request.caller.IsUnlimited() &&
                   object.in != NamedIn::kPath && object.kind != ObjectKind::kStorage;
  const Permission permission = object.permission.value_or(needed);
  if (!id && object.when_absent == WhenAbsent::kInstallation) {
    RETURN_IF_ERROR(
        access::AccessControl::CheckSystem(request.caller, Permission::kSystemUsersManage));
    return std::nullopt;
  }
  Result<Place> place = id ? control_->Check(request.caller, permission, {object.kind, *id})
                        : object.when_absent == WhenAbsent::kLocalServer
                            ? control_->CheckLocalServer(request.caller, permission)
                            : control_->CheckDefaultProject(request.caller, permission);
  if (place) return *place;
  if (all && place.error().code == ErrorCode::kNotFound) return std::nullopt;
  return Fail(std::move(place.error()));
}

Status Gate::CheckHead(const Rule& rule, Request& request) const {
  if (rule.kind() == Rule::Kind::kOpen) return {};
  if (request.caller.must_change_password && rule.kind() != Rule::Kind::kAccount) {
    return Fail(ErrorCode::kPermissionDenied, "choose a password of your own first",
                "POST /api/v1/auth/password with the one that you were given");
  }
  if (rule.kind() == Rule::Kind::kSystem) {
    return access::AccessControl::CheckSystem(request.caller, *rule.permission());
  }
  if (rule.kind() == Rule::Kind::kList) {
    ASSIGN_OR_RETURN(request.visible, control_->ProjectsWhere(request.caller, *rule.permission()));
  }
  // What the body decides is asked once it is there; the ids before it then count as well.
  if (rule.ReadsBody()) return {};
  return CheckBody(rule, request);
}

Status Gate::CheckBody(const Rule& rule, const Request& request) const {
  if (rule.objects().empty()) return {};
  const Permission needed = rule.PermissionFor(request);
  std::vector<Place> places;
  for (const NamedObject& object : rule.objects()) {
    ASSIGN_OR_RETURN(const std::optional<Place> place, CheckOne(needed, object, request));
    if (place) places.push_back(*place);
  }
  return access::AccessControl::CheckTogether(places);
}

}  // namespace reprise::api
