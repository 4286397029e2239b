#include "access/access_control.hpp"

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/if_found.hpp"

namespace reprise::access {
namespace {

using catalog::AccessStore;
using domain::Permission;

// What lets a caller know of an object.
Permission ViewOf(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kEnvironment:
      return Permission::kProjectEnvironmentsView;
    case ObjectKind::kBackup:
    case ObjectKind::kUpload:
    case ObjectKind::kRestore:
    case ObjectKind::kMount:
    case ObjectKind::kSnapshot:
      return Permission::kProjectBackupsView;
    case ObjectKind::kTask:
      return Permission::kProjectTasksView;
    case ObjectKind::kSchedule:
      return Permission::kProjectSchedulesView;
    case ObjectKind::kDrill:
      return Permission::kProjectDrillsView;
    case ObjectKind::kProject:
      return Permission::kProjectView;
    case ObjectKind::kOrganization:
      return Permission::kOrgView;
    case ObjectKind::kServer:
      return Permission::kOrgServersList;
    case ObjectKind::kStorage:
      return Permission::kOrgStorageList;
  }
  return Permission::kProjectView;
}

std::optional<AccessStore::Thing> ThingOf(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kEnvironment:
      return AccessStore::Thing::kEnvironment;
    case ObjectKind::kBackup:
      return AccessStore::Thing::kBackup;
    case ObjectKind::kRestore:
      return AccessStore::Thing::kRestore;
    case ObjectKind::kTask:
      return AccessStore::Thing::kTask;
    case ObjectKind::kSchedule:
      return AccessStore::Thing::kSchedule;
    case ObjectKind::kDrill:
      return AccessStore::Thing::kDrill;
    case ObjectKind::kUpload:
      return AccessStore::Thing::kUpload;
    case ObjectKind::kMount:
      return AccessStore::Thing::kMount;
    case ObjectKind::kSnapshot:
      return AccessStore::Thing::kSnapshot;
    case ObjectKind::kProject:
      return AccessStore::Thing::kProject;
    case ObjectKind::kStorage:
      return AccessStore::Thing::kStorage;
    case ObjectKind::kOrganization:
      return AccessStore::Thing::kOrganization;
    case ObjectKind::kServer:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::string_view NameOf(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kEnvironment:
      return "environment";
    case ObjectKind::kBackup:
      return "backup";
    case ObjectKind::kRestore:
      return "restore";
    case ObjectKind::kTask:
      return "task";
    case ObjectKind::kSchedule:
      return "schedule";
    case ObjectKind::kDrill:
      return "drill";
    case ObjectKind::kUpload:
      return "upload";
    case ObjectKind::kMount:
      return "mount";
    case ObjectKind::kSnapshot:
      return "snapshot";
    case ObjectKind::kProject:
      return "project";
    case ObjectKind::kOrganization:
      return "organization";
    case ObjectKind::kServer:
      return "server";
    case ObjectKind::kStorage:
      return "storage";
  }
  return "thing";
}

Error NoSuch(ObjectKind kind, const std::string& id) {
  return {ErrorCode::kNotFound, fmt::format("there is no {} {}", NameOf(kind), id)};
}

Error Forbidden(Permission permission) {
  return {ErrorCode::kPermissionDenied,
          fmt::format("this needs the permission {}", NameOf(permission)),
          "ask an administrator of your organization for it, or use a token that has it"};
}

Result<std::optional<Place>> AccessControl::Find(const Object& object) const {
  if (!IsUuid(object.id)) return std::nullopt;
  if (object.kind == ObjectKind::kServer) {
    ASSIGN_OR_RETURN(const auto server, IfFound(tenancy_.GetServer({object.id})));
    if (!server) return std::nullopt;
    return Place{server->organization_id, {}};
  }
  ASSIGN_OR_RETURN(const std::optional<AccessStore::Place> found,
                   store_.PlaceOf(*ThingOf(object.kind), object.id));
  if (!found) return std::nullopt;
  return Place{found->organization_id, found->project_id};
}

Result<Place> AccessControl::CheckServer(const Caller& caller, Permission permission,
                                         const domain::ServerId& id,
                                         const domain::OrganizationId& owner) {
  const Place place{owner, {}};
  if (!owner.empty() && !caller.IsMemberOf(owner)) {
    return Fail(NoSuch(ObjectKind::kServer, id.value));
  }
  if (permission != Permission::kOrgServersManage) return place;
  if (!owner.empty()) {
    if (caller.May(permission, owner)) return place;
    return Fail(Forbidden(permission));
  }
  RETURN_IF_ERROR(CheckSystem(caller, Permission::kSystemServersManage));
  return place;
}

Result<Place> AccessControl::CheckLocalServer(const Caller& caller, Permission permission) const {
  ASSIGN_OR_RETURN(const catalog::Server server, tenancy_.LocalServer());
  return CheckServer(caller, permission, server.id, server.organization_id);
}

Result<Place> AccessControl::Check(const Caller& caller, Permission permission,
                                   const Object& object) const {
  ASSIGN_OR_RETURN(const std::optional<Place> place, Find(object));
  if (!place) return Fail(NoSuch(object.kind, object.id));
  if (object.kind == ObjectKind::kServer) {
    return CheckServer(caller, permission, {object.id}, place->organization_id);
  }
  if (!caller.MayPerson(ViewOf(object.kind), place->organization_id, place->project_id)) {
    return Fail(NoSuch(object.kind, object.id));
  }
  // An organization's permission is not a project's: a token tied to a project never has it.
  const bool of_project = LevelOf(permission) == domain::PermissionLevel::kProject;
  const domain::ProjectId project = of_project ? place->project_id : domain::ProjectId{};
  if (caller.May(permission, place->organization_id, project)) return *place;
  return Fail(Forbidden(permission));
}

Result<Place> AccessControl::DefaultPlace() const {
  ASSIGN_OR_RETURN(const catalog::Project project, tenancy_.DefaultProject());
  return Place{project.organization_id, project.id};
}

Result<Place> AccessControl::CheckDefaultProject(const Caller& caller,
                                                 Permission permission) const {
  ASSIGN_OR_RETURN(const catalog::Project project, tenancy_.DefaultProject());
  if (caller.May(permission, project.organization_id, project.id)) {
    return Place{project.organization_id, project.id};
  }
  return Fail(ErrorCode::kPermissionDenied,
              fmt::format("this call names no project, and in the default one you lack the "
                          "permission {}",
                          NameOf(permission)),
              "say which project is meant with project_id");
}

Status AccessControl::CheckSystem(const Caller& caller, Permission permission) {
  if (caller.MayInSystem(permission)) return {};
  return Fail(ErrorCode::kPermissionDenied,
              fmt::format("this needs the permission {}", NameOf(permission)),
              "only an administrator of this installation may do it");
}

Status AccessControl::CheckTogether(const std::vector<Place>& places) {
  const domain::OrganizationId* first = nullptr;
  for (const Place& place : places) {
    if (place.organization_id.empty()) continue;
    if (first == nullptr) first = &place.organization_id;
    if (*first == place.organization_id) continue;
    return Fail(ErrorCode::kPermissionDenied,
                "what this call names belongs to different organizations",
                "nothing crosses from one organization into another; download the backup and "
                "import it there");
  }
  return {};
}

Result<Visible> AccessControl::ProjectsWhere(const Caller& caller, Permission permission) const {
  if (caller.is_installation && caller.IsUnlimited()) return Visible();
  std::vector<domain::ProjectId> projects;
  if (!caller.only_project.empty()) {
    ASSIGN_OR_RETURN(const auto place,
                     store_.PlaceOf(AccessStore::Thing::kProject, caller.only_project.value));
    if (place && caller.May(permission, place->organization_id, place->project_id)) {
      projects.push_back(place->project_id);
    }
    return Visible(std::move(projects));
  }
  if (caller.is_installation) {
    return caller.scopes->Has(permission) ? Visible() : Visible(std::move(projects));
  }
  ASSIGN_OR_RETURN(const auto all, store_.ProjectsOf(caller.Organizations()));
  for (const AccessStore::ProjectPlace& one : all) {
    if (caller.May(permission, one.organization_id, one.project_id)) {
      projects.push_back(one.project_id);
    }
  }
  return Visible(std::move(projects));
}

}  // namespace reprise::access
