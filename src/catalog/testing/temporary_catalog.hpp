#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "catalog/database.hpp"
#include "catalog/stores.hpp"

namespace reprise::catalog::testing {

// A folder of its own that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_(std::filesystem::temp_directory_path() / ("reprise-test-" + RandomHex(8))) {
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

// A new catalog in a real SQLite file, for tests. Aborts when it cannot be opened.
class TemporaryCatalog {
 public:
  TemporaryCatalog() { Reopen(); }
  [[nodiscard]] Database& database() { return *database_; }
  [[nodiscard]] std::string path() const { return folder_.path() + "/catalog.sqlite"; }
  void Close() { database_.reset(); }
  // What a new start of the program sees.
  void Reopen() {
    Close();
    auto database = OpenSqlite(path());
    if (!database) std::abort();
    database_ = std::move(*database);
  }
  [[nodiscard]] domain::ProjectId project() {
    return TenancyStore(*database_).DefaultProject().value().id;
  }
  [[nodiscard]] domain::ServerId server() {
    return TenancyStore(*database_).LocalServer().value().id;
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Database> database_;
};

}  // namespace reprise::catalog::testing
