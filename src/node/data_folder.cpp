#include "node/data_folder.hpp"

#include <fmt/format.h>

#include "catalog/setting_store.hpp"

namespace reprise::node {

namespace fs = std::filesystem;

namespace {

// The key that seals second factors: that of `file`. Nodes that share a catalog must have the same,
// so the catalog holds a sealed word that only the right one opens.
Result<access::SecretBox> SecretBoxOf(catalog::Database& database, const fs::path& file) {
  constexpr std::string_view kCheck = "secret_key_check";
  constexpr std::string_view kWord = "reprise";
  if (!database.IsShared()) return access::SecretBox::FromFile(file);
  const auto refusal = [&] {
    return Fail(ErrorCode::kConflict,
                fmt::format("{} is not there, or not the key of this catalog", file.string()),
                "copy secret.key from the data folder of a node that serves already: second "
                "factors cannot be read without it");
  };
  catalog::SettingStore settings(database);
  const bool is_new = !fs::exists(file);
  ASSIGN_OR_RETURN(const std::optional<std::string> known, settings.Get(kCheck));
  if (known && is_new) return refusal();
  ASSIGN_OR_RETURN(access::SecretBox box, access::SecretBox::FromFile(file));
  ASSIGN_OR_RETURN(const std::string agreed, settings.Ensure(kCheck, box.Seal(kWord, kCheck)));
  if (box.Open(agreed, kCheck)) return box;
  std::error_code ignored;
  if (is_new) fs::remove(file, ignored);  // another node was first
  return refusal();
}

}  // namespace

Status MakeFolder(const fs::path& folder) {
  std::error_code error;
  const bool is_new = fs::create_directories(folder, error);
  // What lies there is of the server's own user: catalog, keys, archives of other people's data.
  if (is_new && !error) fs::permissions(folder, fs::perms::owner_all, error);
  if (!error) return {};
  return Fail(ErrorCode::kIo,
              fmt::format("cannot make the folder {}: {}", folder.string(), error.message()));
}

Result<OpenCatalog> OpenCatalogOf(const fs::path& data, const std::string& url) {
  OpenCatalog open;
  if (!url.empty()) {
    ASSIGN_OR_RETURN(open.database, catalog::OpenPostgres(url, &open.change));
    return open;
  }
  auto lock = FileLock::Take(data / "lock");
  if (!lock && lock.error().code == ErrorCode::kConflict) {
    return Fail(ErrorCode::kConflict,
                fmt::format("another reprise serves from {} already", data.string()),
                "stop it first, give this one a folder of its own with --data, or share a catalog "
                "in PostgreSQL with --catalog (docs/many-nodes.md)");
  }
  if (!lock) return Fail(lock.error());
  open.lock.emplace(*std::move(lock));
  ASSIGN_OR_RETURN(open.database,
                   catalog::OpenSqlite((data / "catalog.db").string(), &open.change));
  return open;
}

Result<std::string> InstallationId(catalog::Database& database, const fs::path& file) {
  if (database.IsShared()) {
    return catalog::SettingStore(database).Ensure("installation", NewUuid());
  }
  if (auto text = ReadTextFile(file)) return *text;
  const std::string id = NewUuid();
  RETURN_IF_ERROR(WriteTextFile(file, id, FileMode::kShared));
  return id;
}

Result<api::AdminToken> AdminTokenOf(catalog::Database& database, const fs::path& file) {
  constexpr std::string_view kDigest = "admin_token_sha256";
  catalog::SettingStore settings(database);
  const bool is_shared = database.IsShared();
  if (is_shared && !fs::exists(file)) {
    ASSIGN_OR_RETURN(const std::optional<std::string> known, settings.Get(kDigest));
    if (known) return api::AdminToken::OfDigest(*known);
  }
  const bool is_new = !fs::exists(file);
  ASSIGN_OR_RETURN(const std::string token, api::EnsureAdminToken(file));
  api::AdminToken own(token);
  if (!is_shared) return own;
  ASSIGN_OR_RETURN(const std::string agreed, settings.Ensure(kDigest, own.sha256()));
  if (agreed == own.sha256()) return own;
  if (is_new) {  // another node was first
    std::error_code ignored;
    fs::remove(file, ignored);
    return api::AdminToken::OfDigest(agreed);
  }
  return Fail(ErrorCode::kConflict,
              fmt::format("{} is not the token of this catalog", file.string()),
              "copy the file from the node that made it, or remove it: this node then takes the "
              "token without having it");
}

Result<access::SecretBox> OpenSecretBox(catalog::Database& database, const fs::path& file,
                                        cli::NodeRole role) {
  if (role == cli::NodeRole::kWorker && !fs::exists(file)) {
    return Fail(
        ErrorCode::kConflict,
        fmt::format(
            "{} is not there, and credentials of storages and keys of archives are sealed with it",
            file.string()),
        "copy secret.key from the data folder of a node that serves");
  }
  return SecretBoxOf(database, file);
}

}  // namespace reprise::node
