#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "access/secret_box.hpp"
#include "api/authenticator.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "catalog/database.hpp"
#include "cli/cli.hpp"

// What an installation keeps in its data folder, or beside it in a catalog that nodes share.
namespace reprise::node {

// Makes it where it is missing, for this user alone.
[[nodiscard]] Status MakeFolder(const std::filesystem::path& folder);

// The catalog, and on SQLite the lock that says that no other process has it open.
struct OpenCatalog {
  std::optional<FileLock> lock;
  std::unique_ptr<catalog::Database> database;
  catalog::SchemaChange change;
};
// In `data`, or in the PostgreSQL database at `url` where one is named. kConflict when another
// process has it open that does not share it.
[[nodiscard]] Result<OpenCatalog> OpenCatalogOf(const std::filesystem::path& data,
                                                const std::string& url);

// The name under which this installation marks what it makes in an engine; made once. Nodes that
// share a catalog find it there.
[[nodiscard]] Result<std::string> InstallationId(catalog::Database& database,
                                                 const std::filesystem::path& file);

// The administrator's token: that of `file`. Nodes that share a catalog agree on it by its digest
// there: the first one makes the file, the others work without or have a copy of it.
[[nodiscard]] Result<api::AdminToken> AdminTokenOf(catalog::Database& database,
                                                   const std::filesystem::path& file);

// The key that seals credentials: that of `file`. A worker needs it only for storages with
// credentials, and never makes one: that is a server's.
[[nodiscard]] Result<access::SecretBox> OpenSecretBox(catalog::Database& database,
                                                      const std::filesystem::path& file,
                                                      cli::NodeRole role);

}  // namespace reprise::node
