#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "access/testing/fake_provider.hpp"
#include "api/archive_key_routes.hpp"
#include "api/call_metrics.hpp"
#include "api/mount_routes.hpp"
#include "api/quota_routes.hpp"
#include "api/routes.hpp"
#include "api/session_cookie.hpp"
#include "api/sign_in_routes.hpp"
#include "api/snapshot_routes.hpp"
#include "api/testing/answer_check.hpp"
#include "api/testing/raw_client.hpp"
#include "api/testing/running_server.hpp"
#include "api/upload_routes.hpp"
#include "api/webhook_routes.hpp"
#include "backup/url_imports.hpp"
#include "base/hash.hpp"
#include "base/id.hpp"
#include "base/json_fields.hpp"
#include "catalog/metered_database.hpp"
#include "catalog/safe_copy_store.hpp"
#include "catalog/testing/temporary_catalog.hpp"
#include "docker/fake_engine.hpp"
#include "docker/fixed_engines.hpp"
#include "storage/memory_store.hpp"

namespace reprise::api::testing {

// The whole API over a real catalog and journal, an engine and a storage in memory, served on the
// loopback. No worker runs: tasks stay queued until the test moves them.
class ApiHouse {
 public:
  static constexpr std::string_view kToken = "0123456789abcdef0123456789abcdef";

  explicit ApiHouse(catalog::testing::CatalogKind kind = catalog::testing::CatalogKind::kSqlite)
      : catalog(kind),
        journal(database, clock),
        tenancy(database),
        environments(database, clock),
        backups(database, clock),
        restores(database, clock),
        memory(clock),
        storages(database),
        archive_key_rows(database),
        archive_keys({archive_key_rows, clock, sealer}),
        storage_service({storages, clock, sealer, archive_keys, storage::PrivateEndpoints::kAllow}),
        store(memory, storage_service),
        environment_service({.environments = environments,
                             .tenancy = tenancy,
                             .journal = journal,
                             .engines = engines,
                             .images = {},
                             .clock = clock}),
        url_imports({.sources = import_sources,
                     .backups = backups,
                     .tenancy = tenancy,
                     .store = store,
                     .sealer = sealer,
                     .clock = clock,
                     .keys = &archive_keys}),
        backup_service({.backups = backups,
                        .environments = environments,
                        .tenancy = tenancy,
                        .journal = journal,
                        .store = store,
                        .clock = clock,
                        .keys = &archive_keys,
                        .urls = &url_imports,
                        .room = archive_room}),
        restore_service({.restores = restores,
                         .backups = backups,
                         .environments = environments,
                         .tenancy = tenancy,
                         .journal = journal,
                         .store = store,
                         .clock = clock,
                         .safe_copies = &safe_copies}),
        planner({.restores = restores,
                 .backups = backups,
                 .environments = environments,
                 .tenancy = tenancy,
                 .journal = journal,
                 .store = store,
                 .engines = engines,
                 .images = images,
                 .clock = clock,
                 .installation = "here",
                 .space = space,
                 .safe_copies = &safe_copies}),
        proofs(database),
        upkeep({.database = database,
                .environments = environments,
                .backups = backups,
                .restores = restores,
                .tenancy = tenancy,
                .backup_service = backup_service,
                .environment_service = environment_service,
                .journal = journal,
                .clock = clock}),
        server_store(database),
        server_service({tenancy, server_store, engines, box, clock, {}}),
        access_store(database),
        users(database),
        organizations(database),
        teams(database),
        credential_store(database),
        accounts({users, credential_store, hasher, box, clock, {}, &identities}),
        credentials({users, credential_store, access_store, clock}),
        tickets({box, credentials, clock}),
        authenticator(admin, credentials, tickets),
        control(access_store, tenancy),
        events(journal, std::chrono::milliseconds(20)),
        router(authenticator, &control) {
    AddAllRoutes(
        router,
        Services{.control = control,
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
                 .safe_copies = safe_copies,
                 .space = space,
                 .upkeep = upkeep,
                 .server_service = server_service,
                 .engines = engines,
                 .events = events,
                 .audit = audit,
                 .cancel_task = {},
                 .ready_checks = {{"engine", [this](const Context&) { return engine_status; }}}});
    AddMetricsRoute(router, {.database = database,
                             .clock = clock,
                             .catalog_times = metered.times(),
                             .call_times = call_times,
                             .open_streams = [this] { return events.OpenStreams(); },
                             .storage_bytes_read = [] { return ByteCount{7}; }});
    AddSignInRoutes(router, {&sign_in});
    AddArchiveKeyRoutes(router, {archive_keys, organizations});
    AddQuotaRoutes(router, {quotas, organizations});
    AddUploadRoutes(router, {uploads, upload_rows});
    AddMountRoutes(router, {mounts, mount_service, rescue_desk, attachments});
    AddSnapshotRoutes(router, {snapshots, snapshot_service});
    AddWebhookRoutes(router,
                     {.webhooks = webhooks, .box = box, .clock = clock, .sends_mails = true});
    router.RecordWith(recorder);
    auto contract = Contract::BuiltIn();
    const Status obeyed = contract ? router.Obey(*contract) : Fail(contract.error());
    if (!obeyed) {
      fmt::print(stderr, "{}\n", obeyed.error().Sentence());
      std::abort();
    }
    ServerOptions options;
    options.heartbeat = std::chrono::milliseconds(50);
    server.emplace(router, options);
  }

  struct Answer {
    RawResponse raw;
    boost::json::value body;
  };
  // One call on a connection of its own; the answer must be one that openapi.yaml describes.
  Answer Call(std::string_view method, std::string_view path, std::string_view body = "",
              std::string_view headers = "") {
    RawClient client(server->port());
    client.Send(
        fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n"
                    "Content-Length: {}\r\n{}Connection: close\r\n\r\n{}",
                    method, path, kToken, body.size(), headers, body));
    Answer answer{client.Read().value_or(RawResponse{}), nullptr};
    if (auto parsed = ParseJson(answer.raw.body)) answer.body = *std::move(parsed);
    HoldToContract(method, path, answer.raw);
    return answer;
  }
  // Fails the test when openapi.yaml does not describe the answer.
  void HoldToContract(std::string_view method, std::string_view path, const RawResponse& answer) {
    if (answer.status == 0) return;
    for (const std::string& fault : answers.Faults(method, path, answer)) {
      ADD_FAILURE() << method << " " << path << ": " << fault << "\n" << answer.body;
    }
  }

  domain::Environment AddEnvironment(const std::string& name = "shop") {
    domain::Environment environment;
    environment.id.value = NewUuid();
    environment.project_id = catalog.project();
    environment.server_id = catalog.server();
    environment.name = name;
    environment.type = domain::EnvironmentType::kProduction;
    environment.status = domain::EnvironmentStatus::kRunning;
    environment.odoo_version = "14.0";
    environment.db_name = name + "-db";
    environment.containers = {name + "-odoo", name + "-db", ""};
    if (!environments.Insert(environment)) std::abort();
    return environments.Get(environment.id).value();
  }

  domain::Backup AddBackup(const domain::EnvironmentId& of,
                           const std::string& content = "the archive") {
    domain::Backup backup;
    backup.id.value = NewUuid();
    backup.project_id = catalog.project();
    backup.environment_id = of;
    backup.name = "nightly";
    backup.status = domain::BackupStatus::kCompleted;
    backup.is_verified = true;
    backup.compressed_size = content.size();
    backup.sha256 = HashOf(HashKind::kSha256, content);
    backup.format = "reprise";
    backup.snapshot.odoo_version = "14.0";
    backup.storage_key = "backups/" + backup.id.value + ".zip";
    const Context ctx;
    auto writer = store.Create(ctx, backup.storage_key).value();
    if (!writer->Write(ctx, BytesOf(content)) || !writer->Close(ctx)) std::abort();
    if (!backups.Insert(backup)) std::abort();
    return backups.Get(backup.id).value();
  }

  ManualClock clock{ParseInstant("2024-12-11T11:00:00Z").value()};
  catalog::testing::TemporaryCatalog catalog;
  catalog::MeteredDatabase metered{catalog.database()};
  catalog::AuditedDatabase database{metered, clock};
  DurationHistogram call_times{"reprise_http_request_seconds", "Calls."};
  catalog::AuditStore audit{database, clock};
  catalog::SafeCopyStore safe_copies{database, clock};
  catalog::SpaceStore space{database, clock};
  backup::StorageRoom folder;  // for archives; nobody knows its room unless it is set
  const backup::ArchiveRoom archive_room{{.space = &space, .look = [this](const auto&) {
                                            return Result<backup::StorageRoom>(folder);
                                          }}};
  catalog::QuotaStore quotas{database, clock};
  jobs::Journal journal;
  catalog::TenancyStore tenancy;
  catalog::EnvironmentStore environments;
  catalog::BackupStore backups;
  catalog::RestoreStore restores;
  docker::FakeEngine engine;
  docker::FixedEngines engines{engine};
  storage::MemoryStore memory;
  catalog::StorageStore storages;
  backup::Sealer sealer{[this](auto text, auto whose) { return box.Seal(text, whose); },
                        [this](auto sealed, auto whose) { return box.Open(sealed, whose); }};
  catalog::ArchiveKeyStore archive_key_rows;
  backup::ArchiveKeys archive_keys;
  backup::StorageService storage_service;
  storage::RoutedStore store;
  const access::SecretBox box{std::string(64, 'a')};
  odoo::EnvironmentService environment_service;
  catalog::ImportSourceStore import_sources{database};
  backup::UrlImports url_imports;
  backup::BackupService backup_service;
  catalog::UploadStore upload_rows{database, clock};
  backup::Uploads uploads{{.uploads = upload_rows,
                           .backups = backups,
                           .tenancy = tenancy,
                           .store = store,
                           .service = backup_service,
                           .clock = clock,
                           .keys = &archive_keys,
                           .part_bytes = 1 << 20}};
  restore::RestoreService restore_service;
  odoo::ImagePatterns images;
  restore::RestorePlanner planner;
  catalog::SnapshotStore snapshots{database, clock};
  snapshot::SnapshotService snapshot_service{
      {.snapshots = snapshots, .environments = environments, .journal = journal, .clock = clock}};
  catalog::MountStore mounts{database};
  rescue::MountService mount_service{{.mounts = mounts,
                                      .backups = backups,
                                      .environments = environments,
                                      .journal = journal,
                                      .store = store,
                                      .clock = clock,
                                      .sealer = sealer}};
  rescue::RescueDesk rescue_desk{{.mounts = mounts,
                                  .backups = backups,
                                  .environments = environments,
                                  .engines = engines,
                                  .store = store,
                                  .service = mount_service,
                                  .clock = clock,
                                  .installation = "here",
                                  .spool = std::filesystem::temp_directory_path()}};
  rescue::Attachments attachments{rescue_desk};
  catalog::ProofStore proofs;
  upkeep::UpkeepDesk upkeep;
  catalog::ServerStore server_store;
  servers::ServerService server_service;
  catalog::AccessStore access_store;
  catalog::UserStore users;
  catalog::OrganizationStore organizations;
  catalog::TeamStore teams;
  catalog::CredentialStore credential_store;
  const access::PasswordHasher hasher{{1, 8192}};  // as cheap as it goes
  catalog::IdentityStore identities{database};
  access::Accounts accounts;
  access::Credentials credentials;
  const AdminToken admin{kToken};
  const DownloadTickets tickets;
  const CallerAuthenticator authenticator;
  access::AccessControl control;
  access::testing::FakeProvider fake_provider;
  access::OidcProvider provider{fake_provider.Options(), clock, fake_provider.Fetch()};
  access::OidcSignIn sign_in{{provider, accounts, users, identities, box, clock}};
  catalog::WebhookStore webhooks{database, clock};
  const AuditRecorder recorder{database, clock, control, users};
  EventHub events;
  Status engine_status;
  Router router;
  AnswerCheck answers{router};
  std::optional<RunningServer> server;
};

}  // namespace reprise::api::testing
