#include "catalog/server_store.hpp"

#include <fmt/format.h>

#include <array>

#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

constexpr std::array<std::string_view, 7> kAccessColumns = {
    "server_id", "host", "ssh_user", "port", "sealed_key", "host_key", "docker_socket"};
constexpr Table kAccess = {"server_access", "server", kAccessColumns};

Result<std::optional<ServerAccess>> FindAccess(Transaction& transaction,
                                               const domain::ServerId& id) {
  ASSIGN_OR_RETURN(const std::vector<Row> rows,
                   transaction.Query(kAccess.SelectSql() + " WHERE server_id = $1", {id.value}));
  if (rows.empty()) return std::nullopt;
  RowReader row(rows[0]);
  ServerAccess access;
  access.server_id = row.Identifier<domain::ServerId>();
  access.host = row.Text();
  access.user = row.Text();
  access.port = static_cast<int>(row.Int());
  access.sealed_key = row.Text();
  access.host_key = row.Text();
  access.docker_socket = row.Text();
  return access;
}

Status CheckThere(Transaction& transaction, const domain::ServerId& id) {
  ASSIGN_OR_RETURN(
      const std::vector<Row> rows,
      transaction.Query("SELECT id FROM server WHERE id = $1 AND removed_at IS NULL", {id.value}));
  if (!rows.empty()) return {};
  return Fail(ErrorCode::kNotFound, fmt::format("there is no server {}", id.value));
}

Status CheckUnused(Transaction& transaction, const domain::ServerId& id) {
  ASSIGN_OR_RETURN(const std::vector<Row> living,
                   transaction.Query("SELECT name FROM environment WHERE server_id = $1"
                                     " AND status <> 'deleted' ORDER BY name LIMIT 1",
                                     {id.value}));
  if (!living.empty()) {
    return Fail(ErrorCode::kConflict,
                fmt::format("the environment \"{}\" lives on this server", living[0].Text(0)),
                "remove its environments first, or restore them to another server");
  }
  return {};
}

}  // namespace

Status ServerStore::Insert(const Server& server, const ServerAccess& access) {
  return database_.Write([&](Transaction& tx) -> Status {
    const auto done = tx.Execute(
        "INSERT INTO server (id, name, address, created_at, organization_id)"
        " VALUES ($1, $2, $3, $4, $5)",
        {server.id.value, server.name, server.address, TimeValue(server.created_at),
         OptionalIdValue(server.organization_id.value)});
    if (!done && done.error().code == ErrorCode::kConflict) {
      return Fail(ErrorCode::kNameTaken,
                  fmt::format("there is a server \"{}\" already", server.name),
                  "choose another name");
    }
    if (!done) return Fail(done.error());
    RETURN_IF_ERROR(tx.Execute(
        kAccess.InsertSql(),
        {server.id.value, access.host, access.user, static_cast<std::int64_t>(access.port),
         access.sealed_key, access.host_key, access.docker_socket}));
    return {};
  });
}

Result<std::optional<ServerAccess>> ServerStore::Access(const domain::ServerId& id) const {
  return ReadValue<std::optional<ServerAccess>>(
      database_, [&](Transaction& tx) -> Result<std::optional<ServerAccess>> {
        RETURN_IF_ERROR(CheckThere(tx, id));
        return FindAccess(tx, id);
      });
}

Status ServerStore::Remove(const domain::ServerId& id, Instant now) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(CheckThere(tx, id));
    ASSIGN_OR_RETURN(const std::optional<ServerAccess> access, FindAccess(tx, id));
    if (!access) {
      return Fail(ErrorCode::kConflict, "the local server stays",
                  "it is the engine that reprise was started with");
    }
    RETURN_IF_ERROR(CheckUnused(tx, id));
    RETURN_IF_ERROR(tx.Execute("DELETE FROM server_access WHERE server_id = $1", {id.value}));
    // Its name is free again.
    RETURN_IF_ERROR(tx.Execute(
        "UPDATE server SET removed_at = $2, name = name || ' (removed) ' || id WHERE id = $1",
        {id.value, TimeValue(now)}));
    return {};
  });
}

}  // namespace reprise::catalog
