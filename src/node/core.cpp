#include "node/core.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>

namespace reprise::node {
namespace {

namespace fs = std::filesystem;

// What no living process is writing any more: all, when no other can write; else what nobody has
// touched for a day.
Status RemoveAbandoned(storage::LocalStore& store, const Clock& clock, bool is_shared) {
  const auto age = is_shared ? std::chrono::hours(24) : std::chrono::hours(0);
  RETURN_IF_ERROR(store.RemoveAbandoned(Context(), clock.Now() - age));
  return {};
}

std::string HostName() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  return host.data();
}

// A folder of archives that is the user's own is never made: a missing one may be a disk that is
// not mounted.
Status MakeFolders(const fs::path& data, const fs::path& storage) {
  RETURN_IF_ERROR(MakeFolder(data));
  if (storage == (data / "storage").lexically_normal()) RETURN_IF_ERROR(MakeFolder(storage));
  return {};
}

// Whose tasks this node takes, and where it stands, from the names that it was told.
Status FindServers(const cli::ServeOptions& options, Found& found) {
  const catalog::TenancyStore tenancy(*found.catalog.database);
  for (const std::string& name : options.except_servers) {
    ASSIGN_OR_RETURN(const catalog::Server server, tenancy.ServerNamed(name));
    found.scope.except.push_back(server.id);
  }
  if (options.on_server.empty()) return {};
  ASSIGN_OR_RETURN(const catalog::Server server, tenancy.ServerNamed(options.on_server));
  found.scope.only = server.id;
  ASSIGN_OR_RETURN(const catalog::Server local, tenancy.LocalServer());
  if (server.id != local.id) found.here = server.id;
  return {};
}

}  // namespace

Result<std::unique_ptr<Core>> Core::Open(const cli::ServeOptions& options) {
  const bool is_worker = options.role == cli::NodeRole::kWorker;
  const fs::path data = fs::absolute(options.data);
  const fs::path storage =
      options.storage.empty() ? data / "storage" : fs::absolute(options.storage).lexically_normal();
  RETURN_IF_ERROR(MakeFolders(data, storage));
  if (is_worker && options.catalog.url.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "a worker of its own needs a catalog that it can share",
                "name a PostgreSQL database with --catalog; on SQLite, serve runs the tasks");
  }
  ASSIGN_OR_RETURN(OpenCatalog catalog, OpenCatalogOf(data, options.catalog.url));
  catalog::Database& database = *catalog.database;
  ASSIGN_OR_RETURN(std::string installation, InstallationId(database, data / "installation.id"));
  auto box = OpenSecretBox(database, data / "secret.key", options.role);
  if (!box && !is_worker) return Fail(box.error());
  ASSIGN_OR_RETURN(proof::SigningKey signer, proof::SigningKey::FromFile(data / "proof.key"));

  Found found{
      data, storage, std::move(catalog), std::move(installation), std::move(box), std::move(signer),
      {},   {}};
  RETURN_IF_ERROR(FindServers(options, found));
  auto core = std::make_unique<Core>(options, std::move(found));
  RETURN_IF_ERROR(RemoveAbandoned(core->own_store, core->clock, database.IsShared()));
  // Where we hold the lock, whoever ran these tasks is dead: go on with them now, not when their
  // leases run out.
  if (!database.IsShared()) RETURN_IF_ERROR(core->journal.ExpireLeases());
  RETURN_IF_ERROR(
      core->proofs.AddKey({core->found.signer.public_key(), HostName(), core->clock.Now()}));
  return core;
}

std::string Core::NodeName() { return fmt::format("worker-{}-{}", HostName(), ::getpid()); }

Result<fs::path> Core::FolderOf(const domain::StorageConfigId& id) const {
  if (id.empty()) return found.storage;
  ASSIGN_OR_RETURN(const domain::StorageConfig config, storages.Get(id));
  const auto folder = config.settings.find("folder");
  if (config.provider != domain::StorageProvider::kLocal || folder == config.settings.end()) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("the storage \"{}\" does not tell its space", config.name));
  }
  return fs::path(folder->second);
}

backup::AskStorageRoom Core::LookAtStorage() const {
  return [this](const domain::StorageConfigId& id) -> Result<backup::StorageRoom> {
    ASSIGN_OR_RETURN(const fs::path folder, FolderOf(id));
    struct stat about {};
    struct statvfs room {};
    if (::stat(folder.c_str(), &about) != 0 || ::statvfs(folder.c_str(), &room) != 0) {
      return Fail(ErrorCode::kUnavailable,
                  fmt::format("the storage folder {} does not tell its space", folder.string()));
    }
    domain::ServerId server = found.here.value_or(domain::ServerId{});
    if (server.empty()) {
      ASSIGN_OR_RETURN(const catalog::Server local, tenancy.LocalServer());
      server = local.id;
    }
    const ByteCount block = room.f_frsize;
    return backup::StorageRoom{server, std::to_string(about.st_dev), room.f_bavail * block,
                               room.f_blocks * block};
  };
}

backup::Sealer Core::sealer() const {
  return {[this](std::string_view text, std::string_view whose) {
            return found.box->Seal(text, whose);
          },
          [this](std::string_view sealed, std::string_view whose) -> Result<std::string> {
            if (!found.box) return Fail(found.box.error());
            return found.box->Open(sealed, whose);
          }};
}

rescue::MountParts Core::MountMadeWith() {
  return {.mounts = mounts,
          .backups = backups,
          .environments = environments,
          .store = store,
          .engines = engines,
          .clock = clock,
          .settings = {.load_jobs = options.load_jobs, .installation = found.installation},
          .space = space};
}

snapshot::SnapshotParts Core::SnapshotsMadeWith() {
  return {.snapshots = snapshots,
          .backups = backups,
          .environments = environments,
          .engines = engines,
          .clock = clock,
          .settings = {.load_jobs = options.load_jobs, .installation = found.installation},
          .space = space};
}

}  // namespace reprise::node
