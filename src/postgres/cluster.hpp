#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.hpp"
#include "docker/engine.hpp"
#include "postgres/psql_session.hpp"

namespace reprise::postgres {

struct DatabaseInfo {
  std::string name;
  std::string oid;  // tells it from a later one of the same name
  std::string owner;
  bool allows_connections = true;
  std::string encoding;
  std::string collate;
  std::string ctype;
};

// The PostgreSQL of an environment, administered by its own psql inside its own container: always
// the right version, never through PgBouncer. SQL goes in by standard input, so that no secret
// shows in a process list. Failures of SQL are kDatabaseFailed with the server's words.
// Thread-safe.
class Cluster {
 public:
  // `admin` must be a superuser (the official image's POSTGRES_USER).
  Cluster(docker::Engine& engine, std::string container, std::string admin)
      : engine_(&engine), container_(std::move(container)), admin_(std::move(admin)) {}

  // The same cluster, but logged in as another role: for work in a database that strangers filled.
  [[nodiscard]] Cluster As(std::string role, std::string password) const {
    Cluster other(*engine_, container_, std::move(role));
    other.password_ = std::move(password);
    return other;
  }

  // The same cluster, whose questions go to psqls that are kept open for the next, until the last
  // copy of it is gone or `ctx` ends: for whoever asks several within seconds. What a question
  // leaves in its session is gone with it (PsqlSession). As() and Stream() do not take part.
  [[nodiscard]] Cluster KeptOpen(const Context& ctx) const {
    Cluster other = *this;
    other.idle_ = std::make_shared<IdleSessions>(ctx);
    return other;
  }

  // kPayloadTooLarge for an answer of more than 64 MiB.
  [[nodiscard]] Result<std::vector<QueryRow>> Query(const Context& ctx, std::string_view database,
                                                    std::string_view sql) const;
  [[nodiscard]] Status Execute(const Context& ctx, std::string_view database,
                               std::string_view sql) const;
  // In "postgres", what needs a database without sessions, after what ends those (empty: `sql` does
  // by itself). A session that was in its start is seen by neither, so both are tried again while
  // PostgreSQL tells that the database is in use. Both must bear that.
  [[nodiscard]] Status ExecuteAlone(const Context& ctx, std::string_view fence,
                                    std::string_view sql) const;
  // What psql prints for `sql` goes to `to` as it comes, which is not closed: for COPY … TO STDOUT.
  // After a failure `to` has a part of it.
  [[nodiscard]] Status Stream(const Context& ctx, std::string_view database, std::string_view sql,
                              ByteWriter& to) const;
  // The same for what is too long to be held.
  [[nodiscard]] Status Stream(const Context& ctx, std::string_view database, ByteReader& sql,
                              ByteWriter& to) const;
  // One value of one row; kDatabaseFailed when there is none.
  [[nodiscard]] Result<std::string> QueryValue(const Context& ctx, std::string_view database,
                                               std::string_view sql) const;

  // 130023 for 13.23.
  [[nodiscard]] Result<int> VersionNumber(const Context& ctx) const;
  // "13.23"
  [[nodiscard]] Result<std::string> Version(const Context& ctx) const;
  [[nodiscard]] Result<std::vector<DatabaseInfo>> Databases(const Context& ctx) const;
  [[nodiscard]] Result<std::optional<DatabaseInfo>> FindDatabase(const Context& ctx,
                                                                 std::string_view name) const;
  [[nodiscard]] Result<std::uint64_t> DatabaseBytes(const Context& ctx,
                                                    std::string_view name) const;
  // Bytes free where the cluster keeps its data.
  [[nodiscard]] Result<std::uint64_t> FreeBytes(const Context& ctx) const;

  // Also with sessions on it (they are ended); ok when it is not there.
  [[nodiscard]] Status DropDatabase(const Context& ctx, std::string_view name) const;
  // The same, but only this very database, never another that has its name by now.
  [[nodiscard]] Status DropDatabase(const Context& ctx, const DatabaseInfo& database) const;
  // Ok when it is not there. What it owns must be gone.
  [[nodiscard]] Status DropRole(const Context& ctx, std::string_view name) const;
  // Waits until the server accepts connections.
  [[nodiscard]] Status WaitReady(const Context& ctx, std::chrono::seconds most) const;

  [[nodiscard]] const std::string& container() const { return container_; }
  [[nodiscard]] const std::string& admin() const { return admin_; }
  [[nodiscard]] docker::Engine& engine() const { return *engine_; }
  // Environment for programs that log in as the administrator (PGPASSWORD from the container's
  // own).
  [[nodiscard]] Result<docker::EnvironmentVariables> AdminLogin(const Context& ctx) const;

 private:
  [[nodiscard]] Status DropWhere(const Context& ctx, std::string_view name,
                                 std::string_view where) const;

  docker::Engine* engine_;
  std::string container_;
  std::string admin_;
  std::optional<std::string> password_;  // nullopt: the container's own POSTGRES_PASSWORD
  std::shared_ptr<IdleSessions> idle_;   // null: a psql for each question
};

}  // namespace reprise::postgres
