#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <ranges>
#include <set>
#include <string>
#include <vector>

#include "archive/backup_reader.hpp"
#include "archive/backup_writer.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/testing/tree.hpp"
#include "catalog/testing/temporary_catalog.hpp"
#include "domain/names.hpp"
#include "jobs/journal.hpp"
#include "odoo/testing/fake_trio.hpp"
#include "restore/restore_workflow.hpp"
#include "restore/steps.hpp"
#include "restore/testing/fake_step_run.hpp"
#include "restore/undo_workflow.hpp"
#include "storage/memory_store.hpp"

namespace reprise::restore::testing {

// What can be seen from outside: what a failed restore must leave as it was.
struct Sight {
  postgres::testing::FakeDatabases::World databases;
  odoo::testing::FakeFiles::World files;
  std::set<std::string> helpers;
  bool odoo_runs = false;
  bool pgbouncer_runs = false;
  std::string restart_policy;
  bool operator==(const Sight&) const = default;
};
inline std::ostream& operator<<(std::ostream& out, const Sight& sight) {
  out << "\n  odoo " << (sight.odoo_runs ? "runs" : "stopped") << ", policy "
      << sight.restart_policy << ", pgbouncer " << (sight.pgbouncer_runs ? "runs" : "stopped");
  for (const auto& [name, database] : sight.databases.databases) {
    out << "\n  database " << name << ": " << database.content << " of " << database.owner << "/"
        << database.objects << (database.open ? "" : ", fenced") << ", " << database.collate;
  }
  for (const auto& [name, role] : sight.databases.roles) out << "\n  role " << name;
  for (const auto& [path, content] : sight.files.files) out << "\n  " << path << ": " << content;
  for (const std::string& path : sight.files.directories) out << "\n  " << path << "/";
  for (const std::string& name : sight.helpers) out << "\n  helper " << name;
  return out;
}

// A shop that runs (FakeTrio), a verified backup of it, and one restore of that backup, whose steps
// can be run one by one or all, and can die in the middle.
class RestoreHouse {
 public:
  static constexpr const char* kTaskId = "0193b5a0-1234-7abc-8def-0123aaaa0001";
  static constexpr const char* kRestoreId = "0193b5a0-1234-7abc-8def-01231a2b3c4d";

  RestoreHouse() {
    trio.shop.project_id = catalog_.project();
    trio.shop.server_id = catalog_.server();
    backup.id = {"b1"};
    backup.project_id = trio.shop.project_id;
    backup.environment_id = trio.shop.id;
    backup.name = "nightly";
    backup.status = domain::BackupStatus::kCompleted;
    backup.is_verified = true;
    backup.storage_key = "backups/nightly.zip";
    backup.format = "reprise";
    backup.snapshot.odoo_version = "14.0";
    backup.snapshot.type = domain::EnvironmentType::kProduction;
    restore.id = {kRestoreId};
    restore.task_id = {kTaskId};
    restore.project_id = trio.shop.project_id;
    restore.backup_id = backup.id;
    restore.target_environment_id = trio.shop.id;
    restore.target_server_id = trio.shop.server_id;
    task.id = restore.task_id;
    task.kind = domain::TaskKind::kRestore;
    task.subject_id = restore.id.value;
    settings.health = {.attempts = 1, .interval = std::chrono::milliseconds(0)};
    settings.installation = "here";
    manifest.db_name = "shop-db";
    manifest.odoo_version = "14.0";
    manifest.table_rows = {{"public.res_users", 3}};
    files_in_backup = {"a file in both", "a file of the backup"};
    trio.programs.OnProgram(
        "pg_dump",
        {ReadTextFile(reprise::testing::Tree("tests/fixtures/dump-pg15.custom")).value_or("")});
  }

  // Puts the shop and its backup, as the members say, into storage and catalog. Once.
  void Stock() {
    const std::string archive = Archive();
    backup.compressed_size = archive.size();
    backup.sha256 = HashOf(HashKind::kSha256, archive);
    if (sealed) {
      StringSource source(archive);
      backup.manifest_sha256 = archive::OpenBackup(Context(), source).value()->manifest_sha256();
    }
    Store(archive);
    EXPECT_TRUE(environments.Insert(trio.shop));
    EXPECT_TRUE(backups.Insert(backup));
  }
  // The same, and the one restore whose steps are run one by one.
  void Open() {
    Stock();
    EXPECT_TRUE(restores.Insert(restore));
    trio.engine.OnCall([this](std::string_view) { return fuse.Burn(); });
    before = Look();
  }
  void Store(const std::string& archive) {
    auto object = store.Create(Context(), backup.storage_key).value();
    EXPECT_TRUE(object->Write(Context(), BytesOf(archive)));
    EXPECT_TRUE(object->Close(Context()));
  }
  [[nodiscard]] std::string Archive() const {
    StringWriter sink;
    const auto writer = archive::BackupWriter::Create(sink);
    StringReader dump("--\n-- PostgreSQL database dump\n--\n" + dump_body + dump_end);
    EXPECT_TRUE(writer->WriteDump(Context(), dump));
    for (const std::string& content : files_in_backup) {
      const std::string sha1 = HashOf(HashKind::kSha1, content);
      StringReader file(content);
      EXPECT_TRUE(writer->AddFile(Context(), sha1.substr(0, 2) + "/" + sha1, content.size(), file));
    }
    archive::Manifest full = manifest;
    full.has_filestore = true;
    EXPECT_TRUE(writer->Finish(Context(), std::move(full)));
    return sink.Take();
  }

  [[nodiscard]] RestoreParts Parts() {
    return {restores, backups, environments, store, trio.engines, maker,
            clock,    images,  settings,     space, snapshots,    storage_room};
  }
  // A worker has claimed the task: what it knows is what the catalog and the facts say.
  void Claim() {
    ++epoch;
    workflow = (task.kind == domain::TaskKind::kUndo      ? MakeUndoWorkflow(Parts(), task)
                : task.kind == domain::TaskKind::kRelease ? MakeReleaseWorkflow(Parts(), task)
                                                          : MakeRestoreWorkflow(Parts(), task))
                   .value();
  }
  // The restore ends well, and another task of it begins.
  void EndAndBegin(domain::TaskKind kind) {
    EXPECT_TRUE(RunTo("finish"));
    Begin(kind);
  }
  void Begin(domain::TaskKind kind) {
    EXPECT_TRUE(workflow->Ended(Context(), std::nullopt));
    task.id = {fmt::format("0193b5a0-1234-7abc-8def-0123bbbb000{}", ++later_tasks_)};
    task.kind = kind;
    facts.saved.clear();
    begun.clear();
    done.clear();
    epoch = 0;
    before = Look();
    Claim();
  }
  jobs::Step& Step(std::string_view name) {
    for (const auto& step : workflow->steps()) {
      if (step->name() == name) return *step;
    }
    ADD_FAILURE() << "there is no step " << name;
    return *workflow->steps().front();
  }
  Status Run(std::string_view name) {
    FakeStepRun run(facts, fuse, epoch);
    run.is_owner = is_owner;
    Status ran = Step(name).Run(Context(), run);
    warnings.insert(warnings.end(), run.warnings.begin(), run.warnings.end());
    return ran;
  }
  Status Undo(std::string_view name) {
    FakeStepRun run(facts, fuse, epoch);
    return Step(name).Undo(Context(), run);
  }
  // Runs the steps that are not done yet, up to `last` or to the first that fails.
  Status RunTo(std::string_view last) {
    for (const auto& step : workflow->steps()) {
      const std::string name(step->name());
      if (!done.contains(name)) {
        begun.insert(name);
        if (Status ran = Run(name); !ran) return ran;
        done.insert(name);
      }
      if (name == last) break;
    }
    return {};
  }
  // As the worker does after a failure: what was begun is taken back, last first.
  Status UndoAll() {
    for (const auto& step : std::views::reverse(workflow->steps())) {
      const std::string name(step->name());
      if (!begun.contains(name)) continue;
      RETURN_IF_ERROR(Undo(name));
      begun.erase(name);
    }
    return {};
  }

  [[nodiscard]] catalog::Database& database() { return catalog_.database(); }
  [[nodiscard]] Sight Look() {
    return {trio.databases.world(), trio.files.world(),          trio.Helpers(),
            trio.Runs("shop_odoo"), trio.Runs("shop_pgbouncer"), trio.PolicyOf("shop_odoo")};
  }
  [[nodiscard]] domain::RestorePoint Row() { return restores.Get(restore.id).value(); }
  // "live", "backup", …: what Odoo serves from; "-" for nothing.
  [[nodiscard]] std::string Live() { return trio.databases.ContentOf("shop-db"); }
  [[nodiscard]] std::string SideName() const { return "shop-db__r1a2b3c4d_1"; }
  [[nodiscard]] std::string OldName() const { return "shop-db__old_1a2b3c4d"; }
  [[nodiscard]] std::set<std::string> FilesOf(const std::string& database) {
    return trio.files.In(odoo::testing::FakeTrio::Filestore(database));
  }

 private:
  catalog::testing::TemporaryCatalog catalog_;
  int later_tasks_ = 0;

 public:
  odoo::testing::FakeTrio trio;
  ManualClock clock{FromMicros(1'700'000'000'000'000)};
  catalog::EnvironmentStore environments{catalog_.database(), clock};
  catalog::BackupStore backups{catalog_.database(), clock};
  catalog::RestoreStore restores{catalog_.database(), clock};
  catalog::TenancyStore tenancy{catalog_.database()};
  catalog::SpaceStore space{catalog_.database(), clock};
  catalog::SnapshotStore snapshots{catalog_.database(), clock};
  jobs::Journal journal{catalog_.database(), clock};
  storage::MemoryStore store{clock};
  backup::BackupMaker maker{{backups, environments, store, trio.engines, clock}};
  RestoreSettings settings;
  backup::AskStorageRoom storage_room;
  odoo::ImagePatterns images{"odoo:{major}", "postgres:{major}", "pgbouncer:1"};
  domain::Backup backup;
  domain::RestorePoint restore;
  domain::Task task;
  archive::Manifest manifest;
  std::vector<std::string> files_in_backup;
  bool sealed = false;  // whether the catalog knows the manifest's checksum
  std::string dump_body = "SELECT 1;\n";
  std::string dump_end = "-- PostgreSQL database dump complete\n";

  Facts facts;
  Fuse fuse;
  std::int64_t epoch = 0;
  bool is_owner = true;
  std::unique_ptr<jobs::Workflow> workflow;
  std::set<std::string> begun;
  std::set<std::string> done;
  std::vector<std::string> warnings;
  Sight before;
};

}  // namespace reprise::restore::testing
