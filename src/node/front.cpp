#include "node/front.hpp"

#include <fmt/format.h>

#include "api/archive_key_routes.hpp"
#include "api/contract.hpp"
#include "api/mount_routes.hpp"
#include "api/page.hpp"
#include "api/quota_routes.hpp"
#include "api/sign_in_routes.hpp"
#include "api/snapshot_routes.hpp"
#include "api/upload_routes.hpp"
#include "api/webhook_routes.hpp"
#include "base/address_guard.hpp"

namespace reprise::node {
namespace {

Result<api::ServerOptions> ListenOn(const cli::ServeOptions& options) {
  api::ServerOptions server;
  server.tls = {options.edge.tls_cert, options.edge.tls_key};
  ASSIGN_OR_RETURN(server.trusted_proxies,
                   api::TrustedProxies::Parse(options.edge.trusted_proxies));
  server.drain_limit = options.edge.drain;
  server.host = options.host;
  server.port = static_cast<std::uint16_t>(options.port);
  return server;
}

// Where people reach this server: as its operator says, else where it listens.
std::string PublicUrlOf(const cli::ServeOptions& options) {
  std::string url = options.public_url.empty()
                        ? fmt::format("http://{}:{}", options.host, options.port)
                        : options.public_url;
  while (url.ends_with('/')) url.pop_back();
  return url;
}

notify::MailServer MailServerOf(const cli::MailSettings& mail) {
  return {mail.url, mail.user, mail.password, mail.from, mail.ca_file, mail.in_the_clear};
}

// The sign-in provider, as the options have it; none without an issuer.
Result<std::optional<access::OidcOptions>> OidcOptionsOf(const cli::ServeOptions& options) {
  const cli::OidcSettings& told = options.oidc;
  if (told.issuer.empty()) return std::nullopt;
  access::OidcOptions oidc{told.issuer, told.client_id, told.secret,
                           told.name.empty() ? std::string(HostOf(told.issuer)) : told.name,
                           PublicUrlOf(options) + "/api/v1/auth/oidc/callback"};
  RETURN_IF_ERROR(access::CheckOidcOptions(oidc));
  if (!options.public_url.empty()) return oidc;
  return Fail(ErrorCode::kInvalidArgument,
              "the sign-in provider has to lead people back, and this server does not know where",
              "give --public-url, as people write it in their browsers");
}

notify::WebhookSenderOptions SenderOptionsOf(const cli::ServeOptions& options,
                                             const notify::MailServer& mail) {
  return {.reach = options.webhooks_to_private ? Reach::kAnybody : Reach::kPublic,
          .mail = mail,
          .public_url = options.public_url.empty() ? "" : PublicUrlOf(options)};
}

Result<Front::Told> Read(Core& core) {
  const cli::ServeOptions& options = core.options;
  ASSIGN_OR_RETURN(api::AdminToken admin,
                   AdminTokenOf(core.database, core.found.data / "admin.token"));
  Front::Told told{std::move(admin), {}, MailServerOf(options.mail), {}, {}};
  if (told.mail.IsConfigured()) RETURN_IF_ERROR(notify::CheckMailServer(told.mail));
  ASSIGN_OR_RETURN(told.oidc, OidcOptionsOf(options));
  if (told.oidc && !options.oidc.join.empty()) {
    ASSIGN_OR_RETURN(told.join, access::ReadOidcJoin(options.oidc.join));
  }
  ASSIGN_OR_RETURN(told.edge, ListenOn(options));
  return told;
}

}  // namespace

Result<std::unique_ptr<Front>> Front::Open(Core& core) {
  ASSIGN_OR_RETURN(Told told, Read(core));
  auto front = std::make_unique<Front>(core, std::move(told));
  RETURN_IF_ERROR(front->Listen());
  return front;
}

Front::Front(Core& below, Told&& what)
    : core(below),
      told(std::move(what)),
      webhook_sender(core.database, webhooks, *core.found.box, core.clock,
                     SenderOptionsOf(core.options, told.mail)) {
  if (told.oidc) {
    provider.emplace(*told.oidc, core.clock);
    provider_sign_in.emplace(access::OidcSignIn::Parts{*provider, accounts, users, identities,
                                                       *core.found.box, core.clock, told.join});
  }
  router.RecordWith(recorder);
  router.LimitWith(limiter);
  if (!core.database.IsShared()) router.RememberIn(answers);
  AddRoutes();
}

void Front::AddRoutes() {
  api::AddSignInRoutes(router, {provider_sign_in ? &*provider_sign_in : nullptr});
  api::AddArchiveKeyRoutes(router, {core.archive_keys, organizations});
  api::AddQuotaRoutes(router, {quotas, organizations});
  api::AddUploadRoutes(router, {core.uploads, core.upload_rows});
  api::AddMountRoutes(router,
                      {core.mounts, core.mount_service, core.rescue_desk, core.attachments});
  api::AddSnapshotRoutes(router, {core.snapshots, core.snapshot_service});
  api::AddWebhookRoutes(router, {.webhooks = webhooks,
                                 .box = *core.found.box,
                                 .clock = core.clock,
                                 .sends_mails = told.mail.IsConfigured()});
  api::AddMetricsRoute(router,
                       {.database = core.database,
                        .clock = core.clock,
                        .catalog_times = core.metered.times(),
                        .call_times = call_times,
                        .open_streams = [this] { return events.OpenStreams(); },
                        .storage_bytes_read = [this] { return core.routed_store.bytes_read(); }});
  api::AddAllRoutes(
      router,
      {.control = control,
       .authenticator = authenticator,
       .accounts = accounts,
       .credentials = credentials,
       .tickets = tickets,
       .users = users,
       .organizations = organizations,
       .teams = teams,
       .credential_store = credential_store,
       .access_store = access_store,
       .clock = core.clock,
       .tenancy = core.tenancy,
       .environments = core.environments,
       .backups = core.backups,
       .restores = core.restores,
       .journal = core.journal,
       .environment_service = core.environment_service,
       .backup_service = core.backup_service,
       .storages = core.storages,
       .storage_service = core.storage_service,
       .restore_service = core.restore_service,
       .planner = core.planner,
       .proofs = core.proofs,
       .safe_copies = core.safe_copies,
       .space = core.space,
       .upkeep = core.upkeep,
       .server_service = server_service,
       .engines = core.engines,
       .events = events,
       .audit = audit,
       .cancel_task = [this](const domain::TaskId& id) { return CancelTask(id); },
       .ready_checks = {{"engine", [this](const Context& ctx) { return EngineAnswers(ctx); }},
                        {"catalog", [this](const Context&) -> Status {
                           RETURN_IF_ERROR(core.tenancy.DefaultProject());
                           return {};
                         }}}});
  api::ServePage(router, api::BuiltInPage());
}

// Asks a task to stop, and ends what one that never ran was for.
Result<domain::Task> Front::CancelTask(const domain::TaskId& id) {
  const auto end = [this](catalog::Transaction& transaction, const domain::Task& task) -> Status {
    RETURN_IF_ERROR(restore::RestoreService::EndCancelledIn(transaction, core.clock, task));
    RETURN_IF_ERROR(restore::DrillService::EndCancelledIn(transaction, core.clock, task));
    RETURN_IF_ERROR(rescue::MountService::EndCancelledIn(transaction, core.clock, task));
    RETURN_IF_ERROR(snapshot::SnapshotService::EndCancelledIn(transaction, core.clock, task));
    RETURN_IF_ERROR(backup::BackupService::EndCancelledIn(transaction, core.clock, task));
    return odoo::EnvironmentService::EndCancelledIn(transaction, core.clock, task);
  };
  ASSIGN_OR_RETURN(const domain::Task task, core.journal.RequestCancel(id, end));
  if (task.status == domain::TaskStatus::kCancelled && task.kind == domain::TaskKind::kImport) {
    // What was uploaded for it is no use to anybody.
    RETURN_IF_ERROR(core.maker.Discard(Context(), domain::BackupId{task.subject_id}, {}));
  }
  return task;
}

// The local one.
Status Front::EngineAnswers(const Context& ctx) {
  ASSIGN_OR_RETURN(const catalog::Server local, core.tenancy.LocalServer());
  ASSIGN_OR_RETURN(const auto engine, core.engines.Of(local.id));
  RETURN_IF_ERROR(engine->Info(ctx));
  return {};
}

Status Front::Listen() {
  ASSIGN_OR_RETURN(auto contract, api::Contract::BuiltIn());
  RETURN_IF_ERROR(router.Obey(std::move(contract)));
  server.emplace(told.edge, router);
  return server->Listen();
}

}  // namespace reprise::node
