#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "catalog/database.hpp"
#include "catalog/quota_store.hpp"
#include "domain/backup.hpp"
#include "domain/environment.hpp"
#include "domain/restore_point.hpp"

namespace reprise::catalog {

// A page of a list: `page` counts from 1.
struct PageRequest {
  int page = 1;
  int page_size = 20;
};

template <class T>
struct Page {
  std::vector<T> items;
  std::int64_t total = 0;
  int page = 1;
  int page_size = 20;
};

struct Project {
  domain::ProjectId id;
  domain::OrganizationId organization_id;
  std::string name;
  Instant created_at;
};

struct Server {
  domain::ServerId id;
  std::string name;
  std::string address;
  Instant created_at;
  domain::OrganizationId organization_id;  // empty: shared by the whole installation
};

struct ProjectFilter {
  std::optional<domain::OrganizationId> organization_id;
  std::optional<std::vector<domain::ProjectId>> among;  // of these only
};

struct ServerFilter {
  // The shared ones and those of these organizations; nullopt: all.
  std::optional<std::vector<domain::OrganizationId>> usable_by;
};

// Projects and servers; one of each exists from the first start ("default", "local").
class TenancyStore {
 public:
  explicit TenancyStore(Database& database) : database_(database) {}
  [[nodiscard]] Result<Project> DefaultProject() const;
  [[nodiscard]] Result<Project> GetProject(const domain::ProjectId& id) const;  // kNotFound
  [[nodiscard]] Result<Server> LocalServer() const;
  [[nodiscard]] Result<Server> GetServer(const domain::ServerId& id) const;
  [[nodiscard]] Result<Server> ServerNamed(const std::string& name) const;  // kNotFound
  [[nodiscard]] Result<Page<Project>> ListProjects(const ProjectFilter& filter,
                                                   PageRequest page) const;
  [[nodiscard]] Result<Page<Server>> ListServers(const ServerFilter& filter,
                                                 PageRequest page) const;
  [[nodiscard]] Status InsertProject(const Project& project);  // kNameTaken
  [[nodiscard]] Status RenameProject(const domain::ProjectId& id, const std::string& name);
  // With the grants on it and the records of what is gone. kConflict while it has a living
  // environment or a backup that is not deleted, and for the default project.
  [[nodiscard]] Status DeleteProject(const domain::ProjectId& id);

 private:
  Database& database_;
};

struct EnvironmentFilter {
  std::optional<domain::ProjectId> project_id;
  std::optional<std::vector<domain::ProjectId>> among;  // of these projects only
  bool with_deleted = false;
};

// All stores: kNotFound for an unknown id. Update reads, lets `change` alter, and writes in one
// transaction; a failing `change` leaves the row as it was. `change` must not call a store or the
// journal: a write inside a write is kInternal. Insert fills in created_at when it is not set.
// Lists are newest first.
class EnvironmentStore {
 public:
  EnvironmentStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}
  // kNameTaken when a living environment of the project has that name; kConflict when its Odoo
  // container is already registered; kQuotaExceeded when its organization may not have one more.
  [[nodiscard]] Status Insert(const domain::Environment& environment);
  [[nodiscard]] Result<domain::Environment> Get(const domain::EnvironmentId& id) const;
  [[nodiscard]] Result<Page<domain::Environment>> List(const EnvironmentFilter& filter,
                                                       PageRequest page) const;
  // Those that should have removed themselves by `now`, at most so many.
  [[nodiscard]] Result<std::vector<domain::Environment>> Expired(Instant now, int most) const;
  [[nodiscard]] Result<domain::Environment> Update(
      const domain::EnvironmentId& id, const std::function<Status(domain::Environment&)>& change);
  // The same for a change that reads more in its transaction.
  [[nodiscard]] Result<domain::Environment> UpdateWith(
      const domain::EnvironmentId& id,
      const std::function<Status(Transaction&, domain::Environment&)>& change);

  // The same within a transaction of the caller's.
  // Whether there may be one more is the caller's to ask: CheckOneEnvironmentMore.
  [[nodiscard]] static Status InsertIn(Transaction& transaction, const Clock& clock,
                                       const domain::Environment& environment);
  [[nodiscard]] static Result<domain::Environment> GetIn(Transaction& transaction,
                                                         const domain::EnvironmentId& id);
  [[nodiscard]] static Result<domain::Environment> UpdateIn(
      Transaction& transaction, const Clock& clock, const domain::EnvironmentId& id,
      const std::function<Status(domain::Environment&)>& change);

 private:
  Database& database_;
  const Clock& clock_;
};

struct BackupFilter {
  std::optional<domain::ProjectId> project_id;
  std::optional<std::vector<domain::ProjectId>> among;  // of these projects only
  std::optional<domain::EnvironmentId> environment_id;
  std::optional<domain::StorageConfigId> storage_config_id;
  std::optional<domain::BackupStatus> status;
  std::optional<domain::BackupType> type;
  bool with_deleted = false;
};

class BackupStore {
 public:
  BackupStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}
  [[nodiscard]] Status Insert(const domain::Backup& backup);
  [[nodiscard]] Result<domain::Backup> Get(const domain::BackupId& id) const;
  // Where a new backup of a project goes: into `wanted`, or when that is empty into the default
  // storage of its organization, or when there is none into the installation's own folder.
  // kNotFound.
  [[nodiscard]] Result<domain::ArchivePlace> PlaceFor(const domain::ProjectId& project,
                                                      const domain::StorageConfigId& wanted) const;
  // How much `backup` may store as things stand.
  [[nodiscard]] Result<StoredBytesRoom> RoomFor(const domain::Backup& backup) const;
  [[nodiscard]] Result<Page<domain::Backup>> List(const BackupFilter& filter,
                                                  PageRequest page) const;
  [[nodiscard]] Result<domain::Backup> Update(const domain::BackupId& id,
                                              const std::function<Status(domain::Backup&)>& change);
  // The same for a change that reads more in its transaction.
  [[nodiscard]] Result<domain::Backup> UpdateWith(
      const domain::BackupId& id,
      const std::function<Status(Transaction&, domain::Backup&)>& change);

  // The same within a transaction of the caller's.
  [[nodiscard]] static Status InsertIn(Transaction& transaction, const Clock& clock,
                                       const domain::Backup& backup);
  [[nodiscard]] static Result<domain::Backup> GetIn(Transaction& transaction,
                                                    const domain::BackupId& id);
  [[nodiscard]] static Result<domain::Backup> UpdateIn(
      Transaction& transaction, const domain::BackupId& id,
      const std::function<Status(domain::Backup&)>& change);

 private:
  Database& database_;
  const Clock& clock_;
};

struct RestoreFilter {
  std::optional<domain::ProjectId> project_id;
  std::optional<std::vector<domain::ProjectId>> among;  // of these projects only
  std::optional<domain::EnvironmentId> environment_id;
  std::optional<domain::BackupId> backup_id;
};

class RestoreStore {
 public:
  RestoreStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}
  [[nodiscard]] Status Insert(const domain::RestorePoint& restore);
  [[nodiscard]] Result<domain::RestorePoint> Get(const domain::RestoreId& id) const;
  [[nodiscard]] Result<Page<domain::RestorePoint>> List(const RestoreFilter& filter,
                                                        PageRequest page) const;
  // Restores that still keep a previous database whose time is over at `now`.
  [[nodiscard]] Result<std::vector<domain::RestorePoint>> ExpiredUndo(Instant now) const;
  [[nodiscard]] Result<domain::RestorePoint> Update(
      const domain::RestoreId& id, const std::function<Status(domain::RestorePoint&)>& change);
  // The same for a change that reads more in its transaction.
  [[nodiscard]] Result<domain::RestorePoint> UpdateWith(
      const domain::RestoreId& id,
      const std::function<Status(Transaction&, domain::RestorePoint&)>& change);

  // The same within a transaction of the caller's.
  [[nodiscard]] static Status InsertIn(Transaction& transaction, const Clock& clock,
                                       const domain::RestorePoint& restore);
  [[nodiscard]] static Result<domain::RestorePoint> GetIn(Transaction& transaction,
                                                          const domain::RestoreId& id);
  [[nodiscard]] static Result<domain::RestorePoint> UpdateIn(
      Transaction& transaction, const domain::RestoreId& id,
      const std::function<Status(domain::RestorePoint&)>& change);

 private:
  Database& database_;
  const Clock& clock_;
};

}  // namespace reprise::catalog
