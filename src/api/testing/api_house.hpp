#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "api/routes.hpp"
#include "api/session_cookie.hpp"
#include "api/testing/answer_check.hpp"
#include "api/testing/raw_client.hpp"
#include "api/testing/running_server.hpp"
#include "base/hash.hpp"
#include "base/id.hpp"
#include "base/json_fields.hpp"
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
        journal(catalog.database(), clock),
        tenancy(catalog.database()),
        environments(catalog.database(), clock),
        backups(catalog.database(), clock),
        restores(catalog.database(), clock),
        store(clock),
        environment_service({.environments = environments,
                             .tenancy = tenancy,
                             .journal = journal,
                             .engines = engines,
                             .images = {},
                             .clock = clock}),
        backup_service({.backups = backups,
                        .environments = environments,
                        .tenancy = tenancy,
                        .journal = journal,
                        .store = store,
                        .clock = clock}),
        restore_service({.restores = restores,
                         .backups = backups,
                         .environments = environments,
                         .tenancy = tenancy,
                         .journal = journal,
                         .store = store,
                         .clock = clock}),
        access_store(catalog.database()),
        users(catalog.database()),
        organizations(catalog.database()),
        teams(catalog.database()),
        credential_store(catalog.database()),
        accounts({users, credential_store, hasher, box, clock}),
        credentials({users, credential_store, access_store, clock}),
        authenticator(admin, credentials),
        control(access_store, tenancy),
        events(journal, std::chrono::milliseconds(20)),
        router(authenticator, &control) {
    AddAllRoutes(
        router,
        Services{.control = control,
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
                 .cancel_task = {},
                 .ready_checks = {{"engine", [this](const Context&) { return engine_status; }}}});
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

  domain::Environment AddEnvironment(std::string name = "shop") {
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

  domain::Backup AddBackup(const domain::EnvironmentId& of, std::string content = "the archive") {
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
  jobs::Journal journal;
  catalog::TenancyStore tenancy;
  catalog::EnvironmentStore environments;
  catalog::BackupStore backups;
  catalog::RestoreStore restores;
  docker::FakeEngine engine;
  docker::FixedEngines engines{engine};
  storage::MemoryStore store;
  odoo::EnvironmentService environment_service;
  backup::BackupService backup_service;
  restore::RestoreService restore_service;
  catalog::AccessStore access_store;
  catalog::UserStore users;
  catalog::OrganizationStore organizations;
  catalog::TeamStore teams;
  catalog::CredentialStore credential_store;
  const access::PasswordHasher hasher{{1, 8192}};  // as cheap as it goes
  const access::SecretBox box{std::string(64, 'a')};
  access::Accounts accounts;
  access::Credentials credentials;
  const AdminToken admin{kToken};
  const CallerAuthenticator authenticator;
  access::AccessControl control;
  EventHub events;
  Status engine_status;
  Router router;
  AnswerCheck answers{router};
  std::optional<RunningServer> server;
};

}  // namespace reprise::api::testing
