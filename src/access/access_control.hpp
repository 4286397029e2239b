#pragma once

#include <optional>
#include <string>
#include <vector>

#include "access/caller.hpp"
#include "base/error.hpp"
#include "catalog/access_stores.hpp"
#include "catalog/stores.hpp"

namespace reprise::access {

enum class ObjectKind {
  kEnvironment,
  kBackup,
  kRestore,
  kTask,
  kSchedule,
  kDrill,
  kUpload,
  kMount,
  kSnapshot,
  kProject,
  kOrganization,
  kServer,
  kStorage,
};

[[nodiscard]] std::string_view NameOf(ObjectKind kind);  // "environment"

struct Object {
  ObjectKind kind = ObjectKind::kProject;
  std::string id;
};

// Where an object belongs. A server that all share belongs nowhere.
struct Place {
  domain::OrganizationId organization_id;
  domain::ProjectId project_id;
};

// The projects that a list may tell of; nullopt: all of the installation.
using Visible = std::optional<std::vector<domain::ProjectId>>;

// THE permission layer: the one place that says whether a caller may do something to an object.
// kNotFound for what is not there and for what the caller may not even know of, in the same words;
// kPermissionDenied for what the caller sees but may not do. Thread-safe; keeps nothing between two
// calls.
class AccessControl {
 public:
  AccessControl(const catalog::AccessStore& store, const catalog::TenancyStore& tenancy)
      : store_(store), tenancy_(tenancy) {}

  // Whether `caller` may do `permission` to `object`; says where it belongs. A server may
  // be named as a target by whoever belongs to its organization; only org.servers.manage is asked
  // of its organization, or of the installation when all share it.
  [[nodiscard]] Result<Place> Check(const Caller& caller, domain::Permission permission,
                                    const Object& object) const;
  // The project that is meant by a call that names none.
  [[nodiscard]] Result<Place> CheckDefaultProject(const Caller& caller,
                                                  domain::Permission permission) const;
  // The server that is meant by a call that names none.
  [[nodiscard]] Result<Place> CheckLocalServer(const Caller& caller,
                                               domain::Permission permission) const;
  [[nodiscard]] static Status CheckSystem(const Caller& caller, domain::Permission permission);
  // Never across organizations: also not for those who may do everything in both.
  [[nodiscard]] static Status CheckTogether(const std::vector<Place>& places);
  // Where an object belongs, whoever asks: for the records, never for an answer. nullopt: there is
  // none.
  [[nodiscard]] Result<std::optional<Place>> WhereIs(const Object& object) const {
    return Find(object);
  }
  [[nodiscard]] Result<Place> DefaultPlace() const;
  // Where the caller may do `permission`.
  [[nodiscard]] Result<Visible> ProjectsWhere(const Caller& caller,
                                              domain::Permission permission) const;

 private:
  [[nodiscard]] static Result<Place> CheckServer(const Caller& caller,
                                                 domain::Permission permission,
                                                 const domain::ServerId& id,
                                                 const domain::OrganizationId& owner);
  [[nodiscard]] Result<std::optional<Place>> Find(const Object& object) const;

  const catalog::AccessStore& store_;
  const catalog::TenancyStore& tenancy_;
};

// "there is no backup …": for what is not there, and for what may not be known of.
[[nodiscard]] Error NoSuch(ObjectKind kind, const std::string& id);
[[nodiscard]] Error Forbidden(domain::Permission permission);

}  // namespace reprise::access
