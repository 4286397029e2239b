#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/id.hpp"
#include "catalog/database.hpp"
#include "catalog/postgres_connection.hpp"
#include "catalog/stores.hpp"
#include "catalog/testing/postgres_server.hpp"

namespace reprise::catalog::testing {

// A folder of its own that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() : TemporaryFolder(std::filesystem::temp_directory_path()) {}
  explicit TemporaryFolder(const std::filesystem::path& place)
      : path_(place / ("reprise-test-" + RandomHex(8))) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

// Where a test need not wait for a disk: a file system in memory, if there is one with room.
[[nodiscard]] inline std::filesystem::path QuickPlace() {
  static constexpr const char* kMemory = "/dev/shm";
  static constexpr std::uintmax_t kRoom = 32U << 20U;
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(kMemory, error);
  const bool is_fit = !error && space.available >= kRoom && ::access(kMemory, W_OK | X_OK) == 0;
  return is_fit ? std::filesystem::path(kMemory) : std::filesystem::temp_directory_path();
}

// A new SQLite catalog that is copied instead of being made again: most of what a small test would
// do otherwise is to bring a schema up to date. Thread-safe; the first call makes it.
[[nodiscard]] inline const std::string& BlankCatalog() {
  static const std::string bytes = [] {
    const TemporaryFolder folder(QuickPlace());
    const std::string path = folder.path() + "/catalog.sqlite";
    static_cast<void>(OpenSqlite(path));  // closed at once, which folds its log into the file
    return ReadTextFile(path, 16 << 20).value_or("");
  }();
  return bytes;
}

enum class CatalogKind { kSqlite, kPostgres };
inline void PrintTo(CatalogKind kind, std::ostream* out) {
  *out << (kind == CatalogKind::kSqlite ? "Sqlite" : "Postgres");
}
// What a test that must hold on every database is run with: ValuesIn(CatalogKinds()). PostgreSQL is
// left out where it is not installed; PostgresServer.IsInstalled then tells of it.
inline std::vector<CatalogKind> CatalogKinds() {
  if (!PostgresServer::IsInstalled()) return {CatalogKind::kSqlite};
  return {CatalogKind::kSqlite, CatalogKind::kPostgres};
}

// What a test of a room above uses: SQLite, or what REPRISE_TEST_CATALOG=postgres says.
inline CatalogKind DefaultKind() {
  const char* told = std::getenv("REPRISE_TEST_CATALOG");
  const bool wants_postgres = told != nullptr && std::string(told) == "postgres";
  return wants_postgres && PostgresServer::IsInstalled() ? CatalogKind::kPostgres
                                                         : CatalogKind::kSqlite;
}

// A new catalog in a real SQLite file, or in a new database of a real PostgreSQL server, for tests.
// Aborts when it cannot be opened.
class TemporaryCatalog {
 public:
  explicit TemporaryCatalog(CatalogKind kind = DefaultKind()) : kind_(kind) {
    if (kind_ == CatalogKind::kPostgres) {
      MakeBlank();
      Administer("CREATE DATABASE " + name_ + " TEMPLATE blank");
    } else {
      std::ofstream(path(), std::ios::binary) << BlankCatalog();
    }
    Reopen();
  }
  ~TemporaryCatalog() {
    Close();
    if (kind_ == CatalogKind::kPostgres) Administer("DROP DATABASE " + name_ + " WITH (FORCE)");
  }
  TemporaryCatalog(const TemporaryCatalog&) = delete;
  TemporaryCatalog& operator=(const TemporaryCatalog&) = delete;

  [[nodiscard]] Database& database() { return *database_; }
  [[nodiscard]] std::string path() const { return folder_.path() + "/catalog.sqlite"; }
  [[nodiscard]] std::string url() const { return PostgresServer::Get().UrlOf(name_); }
  void Close() { database_.reset(); }
  // What a new start of the program sees.
  void Reopen() {
    Close();
    database_ = OpenAnother();
  }
  // The catalog as another process has it.
  [[nodiscard]] std::unique_ptr<Database> OpenAnother() const {
    auto database = kind_ == CatalogKind::kSqlite ? OpenSqlite(path()) : OpenPostgres(url());
    if (!database) {
      GiveUp("no catalog to test on", database.error());
    }
    return *std::move(database);
  }
  [[nodiscard]] domain::ProjectId project() {
    return TenancyStore(*database_).DefaultProject().value().id;
  }
  [[nodiscard]] domain::ServerId server() {
    return TenancyStore(*database_).LocalServer().value().id;
  }

 private:
  // The database "blank" has the schema and no session: the others are copies of it. Test programs
  // that share a server make it once for all of them.
  static void MakeBlank() {
    [[maybe_unused]] static const bool is_made = [] {
      const auto session = Administrator();
      Run(*session, "SELECT pg_advisory_lock(1)");  // ends with the session
      const auto found = session->Query("SELECT 1 FROM pg_database WHERE datname = 'blank'", {});
      if (!found) GiveUp("blank", found.error());
      if (!found->empty()) return true;
      Run(*session, "DROP DATABASE IF EXISTS half_blank WITH (FORCE)");
      Run(*session, "CREATE DATABASE half_blank");
      if (const auto opened = OpenPostgres(PostgresServer::Get().UrlOf("half_blank")); !opened) {
        GiveUp("half_blank", opened.error());
      }
      Run(*session, "ALTER DATABASE half_blank RENAME TO blank");
      return true;
    }();
  }
  static std::unique_ptr<PostgresConnection> Administrator() {
    auto connection = PostgresConnection::Open(PostgresServer::Get().UrlOf("postgres"));
    if (!connection) GiveUp("no PostgreSQL", connection.error());
    return *std::move(connection);
  }
  static void Run(PostgresConnection& session, const std::string& statement) {
    if (const Status done = session.Run(statement); !done) GiveUp(statement, done.error());
  }
  static void Administer(const std::string& statement) { Run(*Administrator(), statement); }
  [[noreturn]] static void GiveUp(const std::string& at, const Error& error) {
    fmt::print(stderr, "{}: {}\n", at, error.message);
    std::abort();
  }

  const CatalogKind kind_;
  const std::string name_ = "t" + RandomHex(8);
  TemporaryFolder folder_{QuickPlace()};
  std::unique_ptr<Database> database_;
};

}  // namespace reprise::catalog::testing
