#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/id.hpp"
#include "catalog/postgres_connection.hpp"

namespace reprise::jobs::testing {

// Databases of many targets, as several processes see them at once: schemas of a real PostgreSQL,
// which like databases are made, looked for and exchanged by name, and refuse a name that is taken.
// What was done to them is written down in the same transaction. One connection; for one thread.
class SharedTargets {
 public:
  static Result<SharedTargets> Open(const std::string& url) {
    ASSIGN_OR_RETURN(auto connection, catalog::PostgresConnection::Open(url));
    return SharedTargets(std::move(connection));
  }
  // Before any other call, once: targets "0" to `count` - 1, all with their former content.
  Status Make(int count) {
    std::string script =
        "CREATE SCHEMA world; CREATE TABLE world.acts (target TEXT, act TEXT, epoch BIGINT, node "
        "TEXT);";
    for (int target = 0; target < count; ++target) {
      script += CreateScript(fmt::format("live_{}", target), "former");
    }
    return connection_->Run(script);
  }

  // Drops what former attempts have loaded, and makes the side database of this one.
  Status Load(const std::string& target, std::int64_t epoch, const std::string& node) {
    RETURN_IF_ERROR(DropSides(target));
    return InTransaction(CreateScript(SideOf(target, epoch), "restored") +
                         Noted(target, "load", epoch, node));
  }
  Status DropSides(const std::string& target) {
    ASSIGN_OR_RETURN(const auto sides, Names("side_" + target + "_"));
    for (const std::string& side : sides) {
      RETURN_IF_ERROR(connection_->Run("DROP SCHEMA IF EXISTS " + side + " CASCADE"));
    }
    return {};
  }
  // Whether the exchange has happened.
  Result<bool> IsSwapped(const std::string& target) {
    ASSIGN_OR_RETURN(const auto kept, Names("old_" + target + "_"));
    return !kept.empty();
  }
  // The exchange; refused by PostgreSQL when it has happened, or when there is nothing to exchange.
  Status Swap(const std::string& target, const std::string& side, std::int64_t epoch,
              const std::string& node) {
    return InTransaction(fmt::format("ALTER SCHEMA live_{0} RENAME TO old_{0}_; ALTER SCHEMA {1} "
                                     "RENAME TO live_{0};",
                                     target, side) +
                         Noted(target, "swap", epoch, node));
  }
  Result<std::string> LiveContent(const std::string& target) {
    return Text(fmt::format("SELECT content FROM live_{}.content", target));
  }

  static std::string SideOf(const std::string& target, std::int64_t epoch) {
    return fmt::format("side_{}_{}", target, epoch);
  }
  // Names of schemas that begin so.
  Result<std::vector<std::string>> Names(const std::string& prefix) {
    ASSIGN_OR_RETURN(const auto rows,
                     connection_->Query("SELECT nspname::text FROM pg_namespace WHERE "
                                        "starts_with(nspname::text, $1) ORDER BY 1",
                                        {prefix}));
    std::vector<std::string> names;
    for (const catalog::Row& row : rows) names.push_back(row.Text(0));
    return names;
  }
  struct Act {
    std::string target;
    std::int64_t epoch = 0;
    std::string node;
  };
  Result<std::vector<Act>> Acts(const std::string& act) {
    ASSIGN_OR_RETURN(
        const auto rows,
        connection_->Query("SELECT target, epoch, node FROM world.acts WHERE act = $1", {act}));
    std::vector<Act> acts;
    for (const catalog::Row& row : rows) acts.push_back({row.Text(0), row.Int(1), row.Text(2)});
    return acts;
  }

 private:
  explicit SharedTargets(std::unique_ptr<catalog::PostgresConnection> connection)
      : connection_(std::move(connection)) {}

  static std::string CreateScript(const std::string& schema, const std::string& content) {
    return fmt::format(
        "CREATE SCHEMA {0}; CREATE TABLE {0}.content AS SELECT '{1}'::text AS content;", schema,
        content);
  }
  static std::string Noted(const std::string& target, std::string_view act, std::int64_t epoch,
                           const std::string& node) {
    return fmt::format("INSERT INTO world.acts VALUES ('{}', '{}', {}, '{}');", target, act, epoch,
                       node);
  }
  Status InTransaction(const std::string& script) {
    Status done = connection_->Run("BEGIN; " + script + " COMMIT;");
    if (!done) static_cast<void>(connection_->Run("ROLLBACK"));
    return done;
  }
  Result<std::string> Text(const std::string& sql) {
    ASSIGN_OR_RETURN(const auto rows, connection_->Query(sql, {}));
    return rows.empty() ? std::string() : rows.front().Text(0);
  }

  std::unique_ptr<catalog::PostgresConnection> connection_;
};

}  // namespace reprise::jobs::testing
