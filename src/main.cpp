#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "api/authenticator.hpp"
#include "api/contract.hpp"
#include "api/routes.hpp"
#include "api/server.hpp"
#include "api/session_cookie.hpp"
#include "backup/backup_workflows.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "cli/cli.hpp"
#include "jobs/worker.hpp"
#include "odoo/trio_workflows.hpp"
#include "restore/janitor.hpp"
#include "restore/restore_workflow.hpp"
#include "restore/undo_workflow.hpp"
#include "storage/local_store.hpp"

namespace reprise {
namespace {

namespace fs = std::filesystem;

// Which workflow a task of each kind is.
class AllWorkflows final : public jobs::WorkflowFactory {
 public:
  AllWorkflows(restore::RestoreParts restore, odoo::TrioWorkflowParts trio)
      : restore_(std::move(restore)), trio_(std::move(trio)) {}

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
        break;
    }
    return Fail(ErrorCode::kInternal,
                fmt::format("this version cannot run tasks of kind {}", domain::NameOf(task.kind)));
  }

 private:
  restore::RestoreParts restore_;
  odoo::TrioWorkflowParts trio_;
};

// The name under which this installation marks what it makes in an engine; made once.
Result<std::string> InstallationId(const fs::path& file) {
  if (auto text = ReadTextFile(file)) return *text;
  const std::string id = NewUuid();
  RETURN_IF_ERROR(WriteTextFile(file, id, FileMode::kShared));
  return id;
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

Status Run(const cli::ServeOptions& options) {
  const fs::path data = fs::absolute(options.data);
  const fs::path own_storage = data / "storage";
  const fs::path storage =
      options.storage.empty() ? own_storage : fs::absolute(options.storage).lexically_normal();
  RETURN_IF_ERROR(MakeFolder(data));
  // A folder of the user's own is never made: a missing one may be a disk that is not mounted.
  if (storage == own_storage.lexically_normal()) RETURN_IF_ERROR(MakeFolder(storage));
  auto lock = FileLock::Take(data / "lock");
  if (!lock && lock.error().code == ErrorCode::kConflict) {
    return Fail(ErrorCode::kConflict,
                fmt::format("another reprise serves from {} already", data.string()),
                "stop it first, or give this one a folder of its own with --data");
  }
  if (!lock) return Fail(lock.error());
  ASSIGN_OR_RETURN(const std::string installation, InstallationId(data / "installation.id"));
  ASSIGN_OR_RETURN(const std::string token, api::EnsureAdminToken(data / "admin.token"));
  ASSIGN_OR_RETURN(const auto database, catalog::OpenSqlite((data / "catalog.db").string()));

  const SystemClock clock;
  storage::LocalStore store(storage);
  // Only this process writes there: what a former one left unfinished is of no use.
  RETURN_IF_ERROR(store.RemoveAbandoned(Context(), clock.Now()));
  const auto engine = docker::ConnectUnix(options.docker);
  catalog::TenancyStore tenancy(*database);
  catalog::EnvironmentStore environments(*database, clock);
  catalog::BackupStore backups(*database, clock);
  catalog::RestoreStore restores(*database, clock);
  jobs::Journal journal(*database, clock);
  // We hold the lock, so whoever ran these tasks is dead: go on with them now, not when their
  // leases run out.
  RETURN_IF_ERROR(journal.ExpireLeases());

  backup::BackupMaker maker({.backups = backups,
                             .environments = environments,
                             .store = store,
                             .engine = *engine,
                             .clock = clock});
  odoo::EnvironmentService environment_service({.environments = environments,
                                                .tenancy = tenancy,
                                                .journal = journal,
                                                .engine = *engine,
                                                .images = options.images,
                                                .clock = clock});
  backup::BackupService backup_service({.backups = backups,
                                        .environments = environments,
                                        .tenancy = tenancy,
                                        .journal = journal,
                                        .store = store,
                                        .clock = clock});
  restore::RestoreService restore_service({.restores = restores,
                                           .backups = backups,
                                           .environments = environments,
                                           .tenancy = tenancy,
                                           .journal = journal,
                                           .store = store,
                                           .clock = clock});
  AllWorkflows workflows(
      {.restores = restores,
       .backups = backups,
       .environments = environments,
       .store = store,
       .engine = *engine,
       .maker = maker,
       .clock = clock,
       .images = options.images,
       .settings = {.installation = installation}},
      {.environments = environments, .engine = *engine, .installation = installation});
  jobs::Worker worker(
      journal, workflows, clock,
      {.name = fmt::format("worker-{}", ::getpid()), .parallel_tasks = options.workers});
  restore::Janitor janitor({.restores = restores,
                            .environments = environments,
                            .service = restore_service,
                            .journal = journal,
                            .engine = *engine,
                            .clock = clock,
                            .installation = installation});

  api::EventHub events(journal);
  const api::AdminToken admin(token);
  const catalog::AccessStore access_store(*database);
  const access::AccessControl control(access_store, tenancy);
  catalog::UserStore users(*database);
  catalog::OrganizationStore organizations(*database);
  catalog::TeamStore teams(*database);
  catalog::CredentialStore credential_store(*database);
  ASSIGN_OR_RETURN(const access::SecretBox box, access::SecretBox::FromFile(data / "secret.key"));
  const access::PasswordHasher hasher;
  access::Accounts accounts({users, credential_store, hasher, box, clock});
  access::Credentials credentials({users, credential_store, access_store, clock});
  const api::CallerAuthenticator authenticator(admin, credentials);
  api::Router router(authenticator, &control);
  const auto cancel_task = [&](const domain::TaskId& id) -> Result<domain::Task> {
    const auto end = [&](catalog::Transaction& transaction, const domain::Task& task) -> Status {
      RETURN_IF_ERROR(restore::RestoreService::EndCancelledIn(transaction, clock, task));
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
                             .restore_service = restore_service,
                             .events = events,
                             .cancel_task = cancel_task,
                             .ready_checks = {{"engine", [&](const Context& ctx) -> Status {
                                                 RETURN_IF_ERROR(engine->Info(ctx));
                                                 return {};
                                               }}}});
  ASSIGN_OR_RETURN(auto contract, api::Contract::BuiltIn());
  RETURN_IF_ERROR(router.Obey(std::move(contract)));
  api::Server server(ListenOn(options), router);
  StopSignals signals;
  RETURN_IF_ERROR(server.Listen());
  fmt::print("reprise listens on http://{}:{}\nadmin token: {}\n", options.host, server.port(),
             (data / "admin.token").string());
  std::fflush(stdout);
  log::Info("serve.started", {{"data", data.string()}, {"installation", installation}});

  const std::jthread working([&] { worker.Run(signals.token()); });
  const std::jthread sweeping([&] { janitor.Run(signals.token()); });
  const Status served = server.Run(signals.token());
  signals.Stop();
  log::Info("serve.stopped");
  return served;
}

// `reprise serve`: everything on one machine – API, one worker, sweeps, SQLite, a local storage
// folder. Blocks until SIGTERM or SIGINT; says the exit code.
int Serve(const cli::ServeOptions& options) {
  const Status status = Run(options);
  if (status) return 0;
  const Error& error = status.error();
  fmt::print(stderr, "reprise: {}\n", error.Sentence());
  if (!error.hint.empty()) fmt::print(stderr, "hint: {}\n", error.hint);
  return TraitsOf(error.code).exit_code;
}

}  // namespace
}  // namespace reprise

int main(int argc, char** argv) {
  return reprise::cli::RunCli(argc, argv, {.serve = reprise::Serve});
}
