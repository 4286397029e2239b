#include <array>

#include "catalog/stores.hpp"
#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

constexpr std::array<std::string_view, 4> kProjectColumns = {"id", "organization_id", "name",
                                                             "created_at"};
constexpr Table kProject = {"project", "project", kProjectColumns};
constexpr std::array<std::string_view, 4> kServerColumns = {"id", "name", "address", "created_at"};
constexpr Table kServer = {"server", "server", kServerColumns};

Project ReadProject(const Row& row) {
  return {{row.Text(0)}, {row.Text(1)}, row.Text(2), FromMicros(row.Int(3))};
}

Server ReadServer(const Row& row) {
  return {{row.Text(0)}, row.Text(1), row.Text(2), FromMicros(row.Int(3))};
}

// The oldest row: the one of the first start, whatever it is called by now.
template <class T>
Result<T> ReadFirst(Database& database, const Table& table, T (*read)(const Row&)) {
  T item;
  RETURN_IF_ERROR(database.Read([&](Transaction& transaction) -> Status {
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     transaction.Query(table.SelectSql() + " ORDER BY created_at, id LIMIT 1", {}));
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
  return ReadById(database_, kServer, id.value, ReadServer);
}

}  // namespace reprise::catalog
