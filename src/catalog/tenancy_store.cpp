#include <fmt/format.h>

#include <array>

#include "catalog/stores.hpp"
#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

constexpr std::array<std::string_view, 4> kProjectColumns = {"id", "organization_id", "name",
                                                             "created_at"};
constexpr Table kProject = {"project", "project", kProjectColumns};
constexpr std::array<std::string_view, 5> kServerColumns = {"id", "name", "address", "created_at",
                                                            "organization_id"};
constexpr Table kServer = {"server", "server", kServerColumns};

Project ReadProject(const Row& row) {
  return {{row.Text(0)}, {row.Text(1)}, row.Text(2), FromMicros(row.Int(3))};
}

Server ReadServer(const Row& row) {
  return {{row.Text(0)}, row.Text(1), row.Text(2), FromMicros(row.Int(3)), {row.Text(4)}};
}

Result<Project> ProjectFromRow(const Row& row) { return ReadProject(row); }
Result<Server> ServerFromRow(const Row& row) { return ReadServer(row); }

Status TakeName(const Result<std::int64_t>& done, std::string_view name) {
  if (done) return {};
  if (done.error().code != ErrorCode::kConflict) return Fail(done.error());
  return Fail(ErrorCode::kNameTaken,
              fmt::format("the organization has a project \"{}\" already", name),
              "choose another name");
}

// What is alive in a project keeps it alive.
Status CheckEmpty(Transaction& transaction, const domain::ProjectId& id) {
  for (const auto& [table, thing] :
       {std::pair("environment", "environment"), std::pair("backup", "backup")}) {
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     transaction.Query(fmt::format("SELECT name FROM {} WHERE project_id = $1"
                                                   " AND status <> 'deleted' LIMIT 1",
                                                   table),
                                       {id.value}));
    if (rows.empty()) continue;
    return Fail(ErrorCode::kConflict,
                fmt::format("the project still has the {} \"{}\"", thing, rows[0].Text(0)),
                "remove its environments and delete its backups first");
  }
  ASSIGN_OR_RETURN(const std::vector<Row> uploads,
                   transaction.Query("SELECT file_name FROM upload WHERE project_id = $1"
                                     " AND status <> 'ended' LIMIT 1",
                                     {id.value}));
  if (!uploads.empty()) {
    return Fail(ErrorCode::kConflict,
                fmt::format("the project still has an upload of \"{}\"", uploads[0].Text(0)),
                "give it up, or wait until it has expired");
  }
  ASSIGN_OR_RETURN(const std::vector<Row> tasks,
                   transaction.Query("SELECT id FROM task WHERE project_id = $1"
                                     " AND status IN ('queued', 'running') LIMIT 1",
                                     {id.value}));
  if (tasks.empty()) return {};
  return Fail(ErrorCode::kConflict,
              fmt::format("the task {} of this project has not ended", tasks[0].Text(0)),
              "wait until it has ended, or cancel it");
}

// The oldest row (ids sort by the time they were made): the one of the first start, whatever it is
// called by now.
template <class T>
Result<T> ReadFirst(Database& database, const Table& table, T (*read)(const Row&)) {
  T item;
  RETURN_IF_ERROR(database.Read([&](Transaction& transaction) -> Status {
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     transaction.Query(table.SelectSql() + " ORDER BY id LIMIT 1", {}));
    if (rows.empty()) {
      return Fail(ErrorCode::kNotFound, "the catalog has no " + std::string(table.thing));
    }
    item = read(rows.front());
    return {};
  }));
  return item;
}

template <class T>
Result<T> ReadById(Database& database, const Table& table, const std::string& id,
                   T (*read)(const Row&)) {
  T item;
  RETURN_IF_ERROR(database.Read([&](Transaction& transaction) -> Status {
    ASSIGN_OR_RETURN(const Row row, GetRow(transaction, table, id));
    item = read(row);
    return {};
  }));
  return item;
}

}  // namespace

Result<Project> TenancyStore::DefaultProject() const {
  return ReadFirst(database_, kProject, ReadProject);
}

Result<Project> TenancyStore::GetProject(const domain::ProjectId& id) const {
  return ReadById(database_, kProject, id.value, ReadProject);
}

Result<Server> TenancyStore::LocalServer() const {
  return ReadFirst(database_, kServer, ReadServer);
}

Result<Server> TenancyStore::GetServer(const domain::ServerId& id) const {
  return ReadValue<Server>(database_, [&](Transaction& transaction) -> Result<Server> {
    ASSIGN_OR_RETURN(
        const std::vector<Row> rows,
        transaction.Query(kServer.SelectSql() + " WHERE id = $1 AND removed_at IS NULL",
                          {id.value}));
    if (!rows.empty()) return ReadServer(rows.front());
    return Fail(ErrorCode::kNotFound, "there is no server " + id.value);
  });
}

Result<Server> TenancyStore::ServerNamed(const std::string& name) const {
  return ReadValue<Server>(database_, [&](Transaction& transaction) -> Result<Server> {
    ASSIGN_OR_RETURN(
        const std::vector<Row> rows,
        transaction.Query(kServer.SelectSql() + " WHERE name = $1 AND removed_at IS NULL", {name}));
    if (!rows.empty()) return ReadServer(rows.front());
    return Fail(ErrorCode::kNotFound, "there is no server of the name " + name,
                "\"reprise server list\" shows them");
  });
}

Result<Page<Project>> TenancyStore::ListProjects(const ProjectFilter& filter,
                                                 PageRequest page) const {
  Conditions conditions;
  conditions.Equal("organization_id", filter.organization_id);
  conditions.In("id", filter.among);
  return ListPage(database_, kProject, conditions, page, ProjectFromRow);
}

Result<Page<Server>> TenancyStore::ListServers(const ServerFilter& filter, PageRequest page) const {
  Conditions conditions;
  if (!filter.usable_by) conditions.AddPlain("removed_at IS NULL");
  if (filter.usable_by) {
    Conditions inner;
    inner.In("id", filter.usable_by);
    conditions = inner.Within(
        "removed_at IS NULL AND (organization_id IS NULL OR organization_id IN (SELECT id FROM "
        "organization{}))");
  }
  return ListPage(database_, kServer, conditions, page, ServerFromRow);
}

Status TenancyStore::InsertProject(const Project& project) {
  return database_.Write([&](Transaction& tx) {
    return TakeName(
        tx.Execute(kProject.InsertSql(), {project.id.value, project.organization_id.value,
                                          project.name, TimeValue(project.created_at)}),
        project.name);
  });
}

Status TenancyStore::RenameProject(const domain::ProjectId& id, const std::string& name) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(GetRow(tx, kProject, id.value));
    return TakeName(tx.Execute("UPDATE project SET name = $2 WHERE id = $1", {id.value, name}),
                    name);
  });
}

Status TenancyStore::DeleteProject(const domain::ProjectId& id) {
  ASSIGN_OR_RETURN(const Project first, DefaultProject());
  if (first.id == id) {
    return Fail(ErrorCode::kConflict, "the default project stays",
                "calls that name no project mean this one");
  }
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(GetRow(tx, kProject, id.value));
    RETURN_IF_ERROR(CheckEmpty(tx, id));
    for (const std::string_view sql :
         {"DELETE FROM team_grant WHERE project_id = $1",
          "DELETE FROM permission_override WHERE project_id = $1",
          "DELETE FROM api_token WHERE project_id = $1",
          "DELETE FROM drill WHERE project_id = $1",
          "DELETE FROM retention_policy WHERE project_id = $1",
          "DELETE FROM safe_copy WHERE project_id = $1",
          "DELETE FROM mount WHERE project_id = $1",
          R"(DELETE FROM schedule_run WHERE schedule_id IN
             (SELECT id FROM schedule WHERE project_id = $1))",
          "DELETE FROM schedule WHERE project_id = $1",
          "DELETE FROM restore_point WHERE project_id = $1",
          R"(DELETE FROM import_source WHERE backup_id IN
             (SELECT id FROM backup WHERE project_id = $1))",
          "DELETE FROM upload WHERE project_id = $1",
          "DELETE FROM backup WHERE project_id = $1",
          "DELETE FROM environment WHERE project_id = $1",
          "DELETE FROM event WHERE project_id = $1",
          "DELETE FROM task_fact WHERE task_id IN (SELECT id FROM task WHERE project_id = $1)",
          "DELETE FROM space_reservation WHERE task_id IN"
          " (SELECT id FROM task WHERE project_id = $1)",
          "DELETE FROM step WHERE task_id IN (SELECT id FROM task WHERE project_id = $1)",
          "DELETE FROM task WHERE project_id = $1",
          "DELETE FROM project WHERE id = $1"}) {
      RETURN_IF_ERROR(tx.Execute(sql, {id.value}));
    }
    return {};
  });
}

}  // namespace reprise::catalog
