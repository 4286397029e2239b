#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "api/authenticator.hpp"
#include "api/call_metrics.hpp"
#include "api/contract.hpp"
#include "api/page.hpp"
#include "api/routes.hpp"
#include "api/server.hpp"
#include "api/session_cookie.hpp"
#include "api/webhook_routes.hpp"
#include "backup/backup_workflows.hpp"
#include "backup/storage_service.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "catalog/audit_store.hpp"
#include "catalog/metered_database.hpp"
#include "catalog/proof_store.hpp"
#include "catalog/setting_store.hpp"
#include "cli/cli.hpp"
#include "jobs/worker.hpp"
#include "notify/webhook_sender.hpp"
#include "odoo/trio_workflows.hpp"
#include "restore/drill_workflow.hpp"
#include "restore/janitor.hpp"
#include "restore/restore_workflow.hpp"
#include "restore/undo_workflow.hpp"
#include "servers/server_engines.hpp"
#include "storage/local_store.hpp"

namespace reprise {
namespace {

namespace fs = std::filesystem;

// Which workflow a task of each kind is.
class AllWorkflows final : public jobs::WorkflowFactory {
 public:
  AllWorkflows(restore::RestoreParts restore, odoo::TrioWorkflowParts trio,
               restore::DrillParts drill)
      : restore_(std::move(restore)), trio_(std::move(trio)), drill_(drill) {}

  [[nodiscard]] Result<std::unique_ptr<jobs::Workflow>> Make(const domain::Task& task) override {
    using domain::TaskKind;
    switch (task.kind) {
      case TaskKind::kBackup:
        return backup::MakeBackupWorkflow(restore_.maker, trio_.installation, task);
      case TaskKind::kImport:
        return backup::MakeImportWorkflow(restore_.maker, task);
      case TaskKind::kVerify:
        return backup::MakeVerifyWorkflow(restore_.maker, task);
      case TaskKind::kRestore:
        return restore::MakeRestoreWorkflow(restore_, task);
      case TaskKind::kUndo:
        return restore::MakeUndoWorkflow(restore_, task);
      case TaskKind::kRelease:
        return restore::MakeReleaseWorkflow(restore_, task);
      case TaskKind::kDeploy:
        return odoo::MakeDeployWorkflow(trio_, task);
      case TaskKind::kRemove:
        return odoo::MakeRemoveWorkflow(trio_, task);
      case TaskKind::kDrill:
        return restore::MakeDrillWorkflow(restore_, drill_, task);
    }
    return Fail(ErrorCode::kInternal,
                fmt::format("this version cannot run tasks of kind {}", domain::NameOf(task.kind)));
  }

 private:
  restore::RestoreParts restore_;
  odoo::TrioWorkflowParts trio_;
  restore::DrillParts drill_;
};

// The catalog, and on SQLite the lock that says that no other process has it open.
struct OpenCatalog {
  std::optional<FileLock> lock;
  std::unique_ptr<catalog::Database> database;
  catalog::SchemaChange change;
};

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

// The name under which this installation marks what it makes in an engine; made once. Nodes that
// share a catalog find it there.
Result<std::string> InstallationId(catalog::Database& database, const fs::path& file) {
  if (database.IsShared()) {
    return catalog::SettingStore(database).Ensure("installation", NewUuid());
  }
  if (auto text = ReadTextFile(file)) return *text;
  const std::string id = NewUuid();
  RETURN_IF_ERROR(WriteTextFile(file, id, FileMode::kShared));
  return id;
}

// The administrator's token: that of `file`. Nodes that share a catalog agree on it by its digest
// there: the first one makes the file, the others work without or have a copy of it.
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

// A worker needs the key only for storages with credentials, and never makes one: that is a
// server's.
Result<access::SecretBox> OpenSecretBox(catalog::Database& database, const fs::path& file,
                                        cli::NodeRole role) {
  if (role == cli::NodeRole::kWorker && !fs::exists(file)) {
    return Fail(ErrorCode::kConflict,
                fmt::format("{} is not there, and the storage's credentials are sealed with it",
                            file.string()),
                "copy secret.key from the data folder of a node that serves");
  }
  return SecretBoxOf(database, file);
}

backup::Sealer SealerOf(const Result<access::SecretBox>& box) {
  return {[&box](std::string_view text, std::string_view whose) { return box->Seal(text, whose); },
          [&box](std::string_view sealed, std::string_view whose) -> Result<std::string> {
            if (!box) return Fail(box.error());
            return box->Open(sealed, whose);
          }};
}

Status LocalEngineAnswers(const Context& ctx, const catalog::TenancyStore& tenancy,
                          docker::Engines& engines) {
  ASSIGN_OR_RETURN(const catalog::Server local, tenancy.LocalServer());
  ASSIGN_OR_RETURN(const auto engine, engines.Of(local.id));
  RETURN_IF_ERROR(engine->Info(ctx));
  return {};
}

Status MakeFolder(const fs::path& folder) {
  std::error_code error;
  const bool is_new = fs::create_directories(folder, error);
  // What lies there is of the server's own user: catalog, keys, archives of other people's data.
  if (is_new && !error) fs::permissions(folder, fs::perms::owner_all, error);
  if (!error) return {};
  return Fail(ErrorCode::kIo,
              fmt::format("cannot make the folder {}: {}", folder.string(), error.message()));
}

// Turns SIGTERM and SIGINT into a stop request. They are blocked in every thread made after it.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    thread_ = std::jthread([this] {
      int received = 0;
      sigwait(&signals_, &received);
      source_.request_stop();
    });
  }
  ~StopSignals() {
    if (!source_.stop_requested()) pthread_kill(thread_.native_handle(), SIGTERM);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }
  void Stop() { source_.request_stop(); }

 private:
  sigset_t signals_{};
  std::stop_source source_;
  std::jthread thread_;
};

api::ServerOptions ListenOn(const cli::ServeOptions& options) {
  api::ServerOptions server;
  server.host = options.host;
  server.port = static_cast<std::uint16_t>(options.port);
  return server;
}

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

// Tells workers apart in logs and in tasks' histories.
std::string NodeName() { return fmt::format("worker-{}-{}", HostName(), ::getpid()); }

Status Run(const cli::ServeOptions& options) {
  StopSignals signals;  // before any other thread is there
  const fs::path data = fs::absolute(options.data);
  const fs::path own_storage = data / "storage";
  const fs::path storage =
      options.storage.empty() ? own_storage : fs::absolute(options.storage).lexically_normal();
  RETURN_IF_ERROR(MakeFolder(data));
  // A folder of the user's own is never made: a missing one may be a disk that is not mounted.
  if (storage == own_storage.lexically_normal()) RETURN_IF_ERROR(MakeFolder(storage));
  if (options.role == cli::NodeRole::kWorker && options.catalog.url.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "a worker of its own needs a catalog that it can share",
                "name a PostgreSQL database with --catalog; on SQLite, serve runs the tasks");
  }
  ASSIGN_OR_RETURN(const OpenCatalog catalog, OpenCatalogOf(data, options.catalog.url));
  const SystemClock clock;
  catalog::MeteredDatabase metered(*catalog.database);
  catalog::AuditedDatabase audited(metered, clock);
  catalog::Database* const database = &audited;
  ASSIGN_OR_RETURN(const std::string installation,
                   InstallationId(*database, data / "installation.id"));

  storage::LocalStore own_store(storage);
  RETURN_IF_ERROR(RemoveAbandoned(own_store, clock, database->IsShared()));
  const auto box = OpenSecretBox(*database, data / "secret.key", options.role);
  if (!box && options.role == cli::NodeRole::kServe) return Fail(box.error());
  catalog::StorageStore storages(*database);
  backup::StorageService storage_service(
      {.configs = storages,
       .clock = clock,
       .sealer = SealerOf(box),
       .private_endpoints = options.allow_private_storage ? storage::PrivateEndpoints::kAllow
                                                          : storage::PrivateEndpoints::kRefuse});
  storage::RoutedStore store(own_store, storage_service);
  catalog::TenancyStore tenancy(*database);
  catalog::ServerStore server_store(*database);
  servers::ServerEngines engines({tenancy, server_store, box ? &*box : nullptr, options.docker});
  catalog::EnvironmentStore environments(*database, clock);
  catalog::BackupStore backups(*database, clock);
  catalog::RestoreStore restores(*database, clock);
  jobs::Journal journal(*database, clock);
  // Where we hold the lock, whoever ran these tasks is dead: go on with them now, not when their
  // leases run out.
  if (!database->IsShared()) RETURN_IF_ERROR(journal.ExpireLeases());

  catalog::ProofStore proofs(*database);
  ASSIGN_OR_RETURN(const proof::SigningKey signer, proof::SigningKey::FromFile(data / "proof.key"));
  RETURN_IF_ERROR(proofs.AddKey({signer.public_key(), HostName(), clock.Now()}));
  backup::BackupMaker maker({.backups = backups,
                             .environments = environments,
                             .store = store,
                             .engines = engines,
                             .clock = clock,
                             .proofs = &proofs,
                             .signer = &signer});
  odoo::EnvironmentService environment_service({.environments = environments,
                                                .tenancy = tenancy,
                                                .journal = journal,
                                                .engines = engines,
                                                .images = options.images,
                                                .clock = clock});
  backup::BackupService backup_service({.backups = backups,
                                        .environments = environments,
                                        .tenancy = tenancy,
                                        .journal = journal,
                                        .store = store,
                                        .clock = clock});
  const restore::RestorePlanner planner({.restores = restores,
                                         .backups = backups,
                                         .environments = environments,
                                         .tenancy = tenancy,
                                         .journal = journal,
                                         .store = store,
                                         .engines = engines,
                                         .images = options.images,
                                         .clock = clock,
                                         .installation = installation});
  restore::RestoreService restore_service(
      {.restores = restores,
       .backups = backups,
       .environments = environments,
       .tenancy = tenancy,
       .journal = journal,
       .store = store,
       .clock = clock,
       .check_room = [&](const Context& ctx,
                         const restore::Order& order) { return planner.CheckRoom(ctx, order); },
       .engines = &engines});
  upkeep::UpkeepDesk upkeep({.database = *database,
                             .environments = environments,
                             .backups = backups,
                             .restores = restores,
                             .tenancy = tenancy,
                             .backup_service = backup_service,
                             .journal = journal,
                             .clock = clock});
  AllWorkflows workflows(
      {.restores = restores,
       .backups = backups,
       .environments = environments,
       .store = store,
       .engines = engines,
       .maker = maker,
       .clock = clock,
       .images = options.images,
       .settings = {.installation = installation, .signer = &signer}},
      {.environments = environments, .engines = engines, .installation = installation},
      {.drills = upkeep.drills, .journal = journal});
  jobs::Worker worker(
      journal, workflows, clock,
      {.name = NodeName(), .parallel_tasks = options.workers, .lease = options.lease});
  if (options.role == cli::NodeRole::kWorker) {
    fmt::print("reprise works on tasks, {} at a time\n", options.workers);
    std::fflush(stdout);
    log::Info("worker.started", {{"name", NodeName()}, {"installation", installation}});
    worker.Run(signals.token());
    log::Info("worker.stopped");
    return {};
  }
  restore::Janitor janitor({.restores = restores,
                            .environments = environments,
                            .drills = upkeep.drills,
                            .service = restore_service,
                            .journal = journal,
                            .engines = engines,
                            .clock = clock,
                            .installation = installation});

  servers::ServerService server_service(
      {tenancy, server_store, engines, *box, clock,
       [&](const domain::ServerId& removed) { engines.Forget(removed); }});
  api::EventHub events(journal);
  ASSIGN_OR_RETURN(const api::AdminToken admin, AdminTokenOf(*database, data / "admin.token"));
  const catalog::AccessStore access_store(*database);
  const access::AccessControl control(access_store, tenancy);
  catalog::UserStore users(*database);
  catalog::OrganizationStore organizations(*database);
  catalog::TeamStore teams(*database);
  catalog::CredentialStore credential_store(*database);
  const access::PasswordHasher hasher;
  access::Accounts accounts({users, credential_store, hasher, *box, clock});
  access::Credentials credentials({users, credential_store, access_store, clock});
  const api::DownloadTickets tickets({*box, credentials, clock});
  const api::CallerAuthenticator authenticator(admin, credentials, tickets);
  api::Router router(authenticator, &control);
  const catalog::AuditStore audit(audited, clock);
  const api::AuditRecorder recorder(audited, clock, control, users);
  router.RecordWith(recorder);
  catalog::WebhookStore webhooks(audited, clock);
  api::AddWebhookRoutes(router, {.webhooks = webhooks, .box = *box, .clock = clock});
  notify::WebhookSender webhook_sender(
      webhooks, *box, clock,
      {.reach = options.webhooks_to_private ? notify::Reach::kAnybody : notify::Reach::kPublic});
  DurationHistogram call_times("reprise_http_request_seconds",
                               "Calls of this process, by route and status; uploads included.");
  api::AddMetricsRoute(router, {.database = audited,
                                .clock = clock,
                                .catalog_times = metered.times(),
                                .call_times = call_times,
                                .open_streams = [&events] { return events.OpenStreams(); }});
  const auto cancel_task = [&](const domain::TaskId& id) -> Result<domain::Task> {
    const auto end = [&](catalog::Transaction& transaction, const domain::Task& task) -> Status {
      RETURN_IF_ERROR(restore::RestoreService::EndCancelledIn(transaction, clock, task));
      RETURN_IF_ERROR(restore::DrillService::EndCancelledIn(transaction, clock, task));
      RETURN_IF_ERROR(backup::BackupService::EndCancelledIn(transaction, clock, task));
      return odoo::EnvironmentService::EndCancelledIn(transaction, clock, task);
    };
    ASSIGN_OR_RETURN(const domain::Task task, journal.RequestCancel(id, end));
    if (task.status == domain::TaskStatus::kCancelled && task.kind == domain::TaskKind::kImport) {
      // What was uploaded for it is no use to anybody.
      RETURN_IF_ERROR(maker.Discard(Context(), domain::BackupId{task.subject_id}, {}));
    }
    return task;
  };
  api::AddAllRoutes(router, {.control = control,
                             .authenticator = authenticator,
                             .accounts = accounts,
                             .credentials = credentials,
                             .tickets = tickets,
                             .users = users,
                             .organizations = organizations,
                             .teams = teams,
                             .credential_store = credential_store,
                             .access_store = access_store,
                             .clock = clock,
                             .tenancy = tenancy,
                             .environments = environments,
                             .backups = backups,
                             .restores = restores,
                             .journal = journal,
                             .environment_service = environment_service,
                             .backup_service = backup_service,
                             .storages = storages,
                             .storage_service = storage_service,
                             .restore_service = restore_service,
                             .planner = planner,
                             .proofs = proofs,
                             .upkeep = upkeep,
                             .server_service = server_service,
                             .engines = engines,
                             .events = events,
                             .audit = audit,
                             .cancel_task = cancel_task,
                             .ready_checks = {{"engine",
                                               [&](const Context& ctx) -> Status {
                                                 return LocalEngineAnswers(ctx, tenancy, engines);
                                               }},
                                              {"catalog", [&](const Context&) -> Status {
                                                 RETURN_IF_ERROR(tenancy.DefaultProject());
                                                 return {};
                                               }}}});
  api::ServePage(router, api::BuiltInPage());
  ASSIGN_OR_RETURN(auto contract, api::Contract::BuiltIn());
  RETURN_IF_ERROR(router.Obey(std::move(contract)));
  api::Server server(ListenOn(options), router);
  RETURN_IF_ERROR(server.Listen());
  fmt::print("reprise listens on http://{}:{}\nadmin token: {}\n", options.host, server.port(),
             (data / "admin.token").string());
  std::fflush(stdout);
  log::Info("serve.started", {{"data", data.string()}, {"installation", installation}});

  const std::jthread working([&] { worker.Run(signals.token()); });
  const std::jthread telling([&] { webhook_sender.Run(signals.token()); });
  const std::jthread sweeping([&] { janitor.Run(signals.token()); });
  const std::jthread tidying([&] { storage_service.RemoveAbandoned(Context(signals.token())); });
  const std::jthread scheduling([&] { upkeep.scheduler.Run(signals.token()); });
  const std::jthread retaining([&] { upkeep.retention.Run(signals.token()); });
  const Status served = server.Run(signals.token());
  signals.Stop();
  log::Info("serve.stopped");
  return served;
}

// `reprise migrate`.
Status Migrate(const cli::MigrateOptions& options) {
  const fs::path data = fs::absolute(options.data);
  if (options.catalog.url.empty()) RETURN_IF_ERROR(MakeFolder(data));
  ASSIGN_OR_RETURN(const OpenCatalog catalog, OpenCatalogOf(data, options.catalog.url));
  const auto& [from, to] = catalog.change;
  fmt::print("the catalog's schema is at version {}{}\n", to,
             from == to ? " already" : fmt::format(", it was at {}", from));
  return {};
}

// Says the exit code.
int Told(const Status& status) {
  if (status) return 0;
  const Error& error = status.error();
  fmt::print(stderr, "reprise: {}\n", error.Sentence());
  if (!error.hint.empty()) fmt::print(stderr, "hint: {}\n", error.hint);
  return TraitsOf(error.code).exit_code;
}

}  // namespace
}  // namespace reprise

int main(int argc, char** argv) {
  using namespace reprise;
  // `reprise serve` alone: everything on one machine – API, workers, sweeps, SQLite, a local
  // storage folder. Blocks until SIGTERM or SIGINT.
  return cli::RunCli(
      argc, argv,
      {.serve = [](const cli::ServeOptions& options) { return Told(Run(options)); },
       .migrate = [](const cli::MigrateOptions& options) { return Told(Migrate(options)); }});
}
