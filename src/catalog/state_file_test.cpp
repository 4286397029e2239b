#include "catalog/state_file.hpp"
#include "catalog/state_lines.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/testing/tree.hpp"
#include "catalog/schema_shape.hpp"
#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::catalog {
namespace {

namespace fs = std::filesystem;
using testing::CatalogKind;

// An empty place for a catalog, in a new file or in a new database of a real PostgreSQL server.
class EmptyPlace {
 public:
  explicit EmptyPlace(CatalogKind kind) : kind_(kind) {
    if (kind_ == CatalogKind::kPostgres) Administer("CREATE DATABASE " + name_);
  }
  ~EmptyPlace() {
    if (kind_ == CatalogKind::kPostgres) Administer("DROP DATABASE " + name_ + " WITH (FORCE)");
  }
  EmptyPlace(const EmptyPlace&) = delete;
  EmptyPlace& operator=(const EmptyPlace&) = delete;

  [[nodiscard]] std::unique_ptr<BareCatalog> Bare() const {
    auto bare = kind_ == CatalogKind::kSqlite ? OpenBareSqlite(path(), Absent::kMake)
                                              : OpenBarePostgres(url());
    EXPECT_TRUE(bare) << bare.error().message;
    return *std::move(bare);
  }
  [[nodiscard]] std::unique_ptr<Database> Open(SchemaChange* change = nullptr) const {
    auto database =
        kind_ == CatalogKind::kSqlite ? OpenSqlite(path(), change) : OpenPostgres(url(), change);
    EXPECT_TRUE(database) << database.error().message;
    return *std::move(database);
  }

 private:
  static void Administer(const std::string& statement) {
    const auto server =
        PostgresConnection::Open(testing::PostgresServer::Get().UrlOf("postgres")).value();
    ASSERT_TRUE(server->Run(statement));
  }
  [[nodiscard]] std::string path() const { return folder_.path() + "/catalog.db"; }
  [[nodiscard]] std::string url() const { return testing::PostgresServer::Get().UrlOf(name_); }

  const CatalogKind kind_;
  const std::string name_ = "s" + RandomHex(8);
  const testing::TemporaryFolder folder_;
};

// A row for every table, whose references are rows of the same name: "organization-1".
Value SampleValue(const TableShape& table, const ColumnShape& column) {
  constexpr std::int64_t kTime = 1'700'000'000'000'000;
  if (column.type == ColumnType::kReal) return 0.1;
  if (column.type == ColumnType::kWhole) return column.name.ends_with("_at") ? kTime : 1;
  if (column.name == "status") return table.name == "drill" ? "passed" : "completed";
  if (column.name == "id" || column.name == "key") return table.name + "-1";
  if (column.name == "target_environment_id") return "environment-1";
  if (column.name == "target_server_id") return "server-1";
  if (column.name == "pre_restore_backup_id") return "backup-1";
  if (column.name == "user_id") return "user_account-1";
  if (column.name == "part_id") return "archive_part-1";
  if (column.name.ends_with("_id")) {
    return column.name.substr(0, column.name.size() - 3) + "-1";
  }
  return fmt::format("{} “of” a {}\n\t\\ 'x'", column.name, table.name);
}

void FillEveryTable(Transaction& transaction, const std::vector<TableShape>& tables) {
  for (const TableShape& table : tables) {
    std::string columns;
    std::string places;
    std::vector<Value> values;
    for (const ColumnShape& column : table.columns) {
      if (table.counts_itself && &column == &table.columns[table.key.front()]) continue;
      values.push_back(SampleValue(table, column));
      columns += ", " + column.name;
      places += fmt::format(", ${}", values.size());
    }
    const auto done = transaction.Execute(fmt::format("INSERT INTO {} ({}) VALUES ({})", table.name,
                                                      columns.substr(2), places.substr(2)),
                                          values);
    ASSERT_TRUE(done) << table.name << ": " << done.error().message;
  }
}

std::string Exported(const EmptyPlace& place, const StateHeader& header = {}) {
  StringWriter text;
  const auto summary = ExportState(Context(), *place.Bare(), header, text);
  EXPECT_TRUE(summary) << summary.error().Sentence();
  return text.Take();
}

Result<StateSummary> Imported(const std::string& text, const EmptyPlace& place) {
  StringReader reader(text);
  return ImportState(Context(), reader, *place.Bare());
}

std::string Ask(Database& database, const std::string& sql) {
  std::string answer;
  EXPECT_TRUE(database.Read([&](Transaction& tx) -> Status {
    ASSIGN_OR_RETURN(const std::vector<Row> rows, tx.Query(sql, {}));
    for (const Row& row : rows) answer += row.Text(0) + std::to_string(row.Int(0)) + ";";
    return {};
  }));
  return answer;
}

Status Change(Database& database, const std::string& sql) {
  return database.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute(sql, {}));
    return {};
  });
}

std::string WithoutHeader(const std::string& text) { return text.substr(text.find('\n')); }
std::string WithoutEnds(const std::string& text) {
  return text.substr(text.find('\n'), text.rfind("{\"rows\"") - text.find('\n'));
}

// From each database into each.
class StateFile : public ::testing::TestWithParam<std::tuple<CatalogKind, CatalogKind>> {
 protected:
  const EmptyPlace from_{std::get<0>(GetParam())};
  const EmptyPlace into_{std::get<1>(GetParam())};
};

TEST_P(StateFile, CarriesEveryRowOfEveryTableAsItWas) {
  const auto tables = ShapeOfSchema(static_cast<std::int64_t>(Migrations().size())).value();
  {
    const auto database = from_.Open();
    ASSERT_TRUE(database->Write([&](Transaction& tx) -> Status {
      FillEveryTable(tx, tables);
      return {};
    }));
    // More than one page, and texts that JSON must escape.
    ASSERT_TRUE(database->Write([&](Transaction& tx) -> Status {
      for (int i = 0; i < 1234; ++i) {
        RETURN_IF_ERROR(
            tx.Execute("INSERT INTO event (task_id, project_id, type, data, at)"
                       " VALUES ('task-1', 'project-1', 'x', $1, $2)",
                       {fmt::format("{{\"n\":{},\"s\":\"ü\"}}\x01\"", i), i}));
      }
      return {};
    }));
  }

  const std::string text = Exported(from_, {.installation = "here", .key_check = "word"});
  const auto summary = Imported(text, into_);

  ASSERT_TRUE(summary) << summary.error().Sentence();
  EXPECT_EQ(summary->header.installation, "here");
  EXPECT_EQ(summary->header.key_check, "word");
  EXPECT_EQ(summary->header.sealed, kSealedColumns.size());
  EXPECT_EQ(summary->ended, 0U);
  EXPECT_EQ(Exported(into_, {.installation = "here", .key_check = "word"}), text);
  SchemaChange change;
  const auto database = into_.Open(&change);
  EXPECT_EQ(change.from, change.to);
  ASSERT_TRUE(Change(*database,
                     "INSERT INTO event (task_id, project_id, type, data, at)"
                     " VALUES ('task-1', 'project-1', 'x', '', 0)"));
  EXPECT_EQ(Ask(*database, "SELECT MAX(seq) - COUNT(*) FROM event"), "0;")
      << "events are numbered on from where they were";
}

TEST_P(StateFile, IsOfOneMomentWhileOthersWrite) {
  const auto database = from_.Open();
  std::string text;
  {
    // Writes between any two lines of the export.
    class Meddler final : public ByteWriter {
     public:
      Meddler(Database& database, std::string& text) : database_(database), text_(text) {}
      Status Write(const Context&, ConstByteSpan bytes) override {
        text_ += TextOf(bytes);
        const std::string id = NewUuid();
        return Change(database_,
                      fmt::format("INSERT INTO organization VALUES ('{0}', '{0}', 0)", id));
      }
      Status Close(const Context&) override { return {}; }

     private:
      Database& database_;
      std::string& text_;
    } meddler(*database, text);
    ASSERT_TRUE(ExportState(Context(), *from_.Bare(), {}, meddler));
  }

  const auto summary = Imported(text, into_);

  ASSERT_TRUE(summary) << summary.error().Sentence();
  EXPECT_EQ(Ask(*into_.Open(), "SELECT name FROM organization"), "default0;");
}

TEST_P(StateFile, EndsWhatRanSinceNobodyKnowsWhatBecameOfIt) {
  {
    const auto database = from_.Open();
    const auto tables = ShapeOfSchema(static_cast<std::int64_t>(Migrations().size())).value();
    ASSERT_TRUE(database->Write([&](Transaction& tx) -> Status {
      FillEveryTable(tx, tables);
      for (const char* sql :
           {R"(UPDATE task SET status = 'running', lease_until = 1, owner = 'w',
                 subject_id = 'backup-1')",
            "UPDATE backup SET status = 'running'", "UPDATE restore_point SET status = 'verifying'",
            "UPDATE environment SET status = 'restoring'", "UPDATE drill SET status = 'running'",
            "UPDATE snapshot SET status = 'taking'",
            "INSERT INTO setting VALUES ('admin_token_sha256', 'of the old host')"}) {
        RETURN_IF_ERROR(tx.Execute(sql, {}));
      }
      return {};
    }));
  }

  const auto summary = Imported(Exported(from_, {.exported_at = "2026-01-02"}), into_);

  ASSERT_TRUE(summary) << summary.error().Sentence();
  EXPECT_EQ(summary->ended, 1U);
  const auto database = into_.Open();
  EXPECT_EQ(Ask(*database, "SELECT status FROM task WHERE owner = '' AND lease_until IS NULL"),
            "failed0;");
  EXPECT_NE(Ask(*database, "SELECT error_message FROM task").find("2026-01-02"), std::string::npos);
  EXPECT_EQ(Ask(*database, "SELECT status FROM backup"), "failed0;");
  EXPECT_EQ(Ask(*database, "SELECT sealed_source FROM import_source"), "0;");
  EXPECT_EQ(Ask(*database, "SELECT status FROM restore_point"), "failed0;");
  EXPECT_EQ(Ask(*database, "SELECT status FROM environment"), "running0;");
  EXPECT_EQ(Ask(*database, fmt::format("SELECT COUNT(*) FROM environment WHERE expires_at > {}",
                                       ToMicros(SystemClock().Now() + std::chrono::hours(23)))),
            "1;")
      << "nothing removes itself that somebody may have let stay since";
  EXPECT_EQ(Ask(*database, "SELECT status FROM drill"), "failed0;");
  EXPECT_EQ(Ask(*database, "SELECT status FROM snapshot WHERE ended_at IS NULL"), "failed0;")
      << "it may have been finished since: nobody sweeps it away";
  EXPECT_EQ(Ask(*database, "SELECT value FROM setting WHERE name = 'admin_token_sha256'"), "");
}

// Those backups may have been completed after the export, and others may take bytes of theirs.
TEST_P(StateFile, ForgetsPartsThatNoCompletedBackupUsesSinceNobodyKnowsWhoUsesThemNow) {
  {
    const auto database = from_.Open();
    const auto tables = ShapeOfSchema(static_cast<std::int64_t>(Migrations().size())).value();
    ASSERT_TRUE(database->Write([&](Transaction& tx) -> Status {
      FillEveryTable(tx, tables);
      for (const char* status : {"running", "pending", "deleted"}) {
        std::string columns;
        for (const ColumnShape& column : FindTable(tables, "backup")->columns) {
          columns +=
              ", " + (column.name == "id" || column.name == "status" ? fmt::format("'{}'", status)
                                                                     : column.name);
        }
        RETURN_IF_ERROR(tx.Execute(
            "INSERT INTO backup SELECT " + columns.substr(2) + " FROM backup WHERE id = 'backup-1'",
            {}));
      }
      const auto part = [&](const std::string& id, const std::string& state,
                            const std::vector<std::string>& users) -> Status {
        RETURN_IF_ERROR(tx.Execute(
            "INSERT INTO archive_part VALUES ($1, 'p', 'm', '', $1, 1, $2, 1)", {id, state}));
        for (const std::string& user : users) {
          RETURN_IF_ERROR(tx.Execute("INSERT INTO archive_part_use VALUES ($1, $2)", {id, user}));
        }
        return {};
      };
      RETURN_IF_ERROR(part("dump of the running", "stored", {"running"}));
      RETURN_IF_ERROR(part("of a pending", "stored", {"pending"}));
      RETURN_IF_ERROR(part("of a deleted, taken by the running", "stored", {"deleted", "running"}));
      RETURN_IF_ERROR(part("half", "writing", {"running"}));
      RETURN_IF_ERROR(part("goes", "deleting", {"deleted"}));
      RETURN_IF_ERROR(part("doubted", "doubted", {"backup-1"}));
      return part("shared", "stored", {"running", "backup-1", "deleted"});
    }));
  }

  const auto summary = Imported(Exported(from_), into_);

  ASSERT_TRUE(summary) << summary.error().Sentence();
  const auto database = into_.Open();
  EXPECT_EQ(Ask(*database, "SELECT id FROM archive_part ORDER BY id"),
            "archive_part-10;doubted0;shared0;");
  EXPECT_EQ(Ask(*database, "SELECT DISTINCT backup_id FROM archive_part_use"), "backup-10;");
  EXPECT_EQ(Ask(*database, "SELECT COUNT(*) FROM backup WHERE status = 'failed'"), "2;");
}

TEST_P(StateFile, GoesIntoAnEmptyCatalogOnly) {
  static_cast<void>(from_.Open());
  static_cast<void>(into_.Open());
  const std::string before = Exported(into_);

  const auto summary = Imported(Exported(from_), into_);

  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, ErrorCode::kConflict);
  EXPECT_FALSE(summary.error().hint.empty());
  EXPECT_EQ(Exported(into_), before);
}

INSTANTIATE_TEST_SUITE_P(FromEachIntoEach, StateFile,
                         ::testing::Combine(::testing::ValuesIn(testing::CatalogKinds()),
                                            ::testing::ValuesIn(testing::CatalogKinds())));

class DamagedStateFile : public ::testing::TestWithParam<CatalogKind> {
 protected:
  DamagedStateFile() {
    static_cast<void>(from_.Open());
    text_ = Exported(from_);
  }
  // Refused, and the place is as empty as it was.
  void ExpectRefused(const std::string& text, std::string_view what) {
    const auto summary = Imported(text, into_);
    ASSERT_FALSE(summary) << what;
    EXPECT_EQ(summary.error().code, ErrorCode::kArchiveCorrupt) << summary.error().Sentence();
    EXPECT_EQ(into_.Bare()->schema().Version().value(), 0) << what;
  }

  const EmptyPlace from_{CatalogKind::kSqlite};
  const EmptyPlace into_{GetParam()};
  std::string text_;
};

TEST_P(DamagedStateFile, IsRefusedWhereverItIsCutOff) {
  for (const std::size_t length : {text_.size() - 2, text_.size() / 2, text_.find('\n') + 1}) {
    ExpectRefused(text_.substr(0, length), fmt::format("cut at {}", length));
  }
  ExpectRefused(text_.substr(0, text_.rfind("{\"rows\"")), "without its last line");
}

TEST_P(DamagedStateFile, IsRefusedWhenAnyLineWasAltered) {
  std::string renamed = text_;
  renamed.replace(renamed.find("\"default\""), 9, "\"defaulT\"");
  ExpectRefused(renamed, "another name");
  std::string header = text_;
  header.replace(header.find(R"("installation":"")"), 17, R"("installation":"x")");
  ExpectRefused(header, "another header");
  std::string twice = text_;
  const std::size_t begin = twice.find('\n') + 1;
  twice.insert(begin, twice.substr(begin, twice.find('\n', begin) + 1 - begin));
  ExpectRefused(twice, "a table twice");
  ExpectRefused(text_ + "{}\n", "something after the end");
}

TEST_P(DamagedStateFile, IsToldFromOtherFilesAndNewerOnes) {
  const auto refusal = [&](const std::string& text) { return Imported(text, into_).error(); };
  EXPECT_EQ(refusal("PK\x03\x04 not ours").code, ErrorCode::kFormatUnsupported);
  EXPECT_EQ(refusal("").code, ErrorCode::kFormatUnsupported);
  EXPECT_EQ(refusal("{\"a\":1}\n").code, ErrorCode::kFormatUnsupported);
  EXPECT_EQ(refusal("{\"reprise_state\":2,\"schema\":1}\n").code, ErrorCode::kIncompatible);
  EXPECT_EQ(refusal("{\"reprise_state\":1,\"schema\":999}\n").code, ErrorCode::kIncompatible);
  EXPECT_EQ(refusal("{\"reprise_state\":1,\"schema\":0}\n").code, ErrorCode::kIncompatible);
}

INSTANTIATE_TEST_SUITE_P(EachDatabase, DamagedStateFile,
                         ::testing::ValuesIn(testing::CatalogKinds()));

// What each schema version that was ever released exported (tests/fixtures/state). Never changed.
fs::path FixtureOf(std::int64_t version) {
  return reprise::testing::Tree(fmt::format("tests/fixtures/state/schema-{}.jsonl", version));
}
std::string FileText(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class OlderStateFile : public ::testing::TestWithParam<std::tuple<std::int64_t, CatalogKind>> {};

TEST_P(OlderStateFile, ComesInWhereverItWasWrittenAndIsBroughtUpToDate) {
  const auto& [version, kind] = GetParam();
  const std::string text = FileText(FixtureOf(version));
  ASSERT_FALSE(text.empty()) << FixtureOf(version);
  const EmptyPlace into(kind);

  const auto summary = Imported(text, into);

  ASSERT_TRUE(summary) << summary.error().Sentence();
  EXPECT_EQ(summary->header.schema, version);
  EXPECT_EQ(WithoutHeader(Exported(into)).find(WithoutEnds(text)), 0U)
      << "before it is brought up to date, it is what it was";
  SchemaChange change;
  const auto database = into.Open(&change);
  EXPECT_EQ(change.from, version);
  EXPECT_EQ(change.to, static_cast<std::int64_t>(Migrations().size()));
  EXPECT_EQ(Ask(*database, "SELECT id FROM environment"), "environment-10;");
  EXPECT_EQ(Ask(*database, "SELECT id FROM organization WHERE id = 'organization-1'"),
            "organization-10;");
}

std::vector<std::int64_t> ReleasedVersions() {
  std::vector<std::int64_t> versions;
  for (std::int64_t version = 1; fs::exists(FixtureOf(version)); ++version) {
    versions.push_back(version);
  }
  return versions;
}

TEST(OlderStateFile, ThereIsOneOfEachReleasedVersion) {
  EXPECT_GE(ReleasedVersions().size(), 15U);
  EXPECT_LE(ReleasedVersions().size(), Migrations().size());
}

INSTANTIATE_TEST_SUITE_P(EachReleased, OlderStateFile,
                         ::testing::Combine(::testing::ValuesIn(ReleasedVersions()),
                                            ::testing::ValuesIn(testing::CatalogKinds())));

// Writes the fixtures that are not there yet: when a version is released
// (--gtest_also_run_disabled_tests --gtest_filter='*WriteFixtures').
TEST(StateFixtures, DISABLED_WriteFixtures) {
  const auto newest = static_cast<std::int64_t>(Migrations().size());
  for (std::int64_t version = 1; version <= newest; ++version) {
    if (fs::exists(FixtureOf(version))) continue;
    const testing::TemporaryFolder folder;
    const std::string path = folder.path() + "/c.db";
    {
      const auto connection =
          SqliteConnection::Open(path, SqliteConnection::Access::kReadWrite).value();
      ASSERT_TRUE(Migrate(*connection, Migrations().first(static_cast<std::size_t>(version))));
      ASSERT_TRUE(
          connection->Run("DELETE FROM server; DELETE FROM project; DELETE FROM organization"));
      ASSERT_TRUE(RunTransaction(*connection, "BEGIN IMMEDIATE", [&](Transaction& tx) -> Status {
        FillEveryTable(tx, ShapeOfSchema(version).value());
        return {};
      }));
    }
    fs::create_directories(FixtureOf(version).parent_path());
    StringWriter text;
    ASSERT_TRUE(ExportState(Context(), *OpenBareSqlite(path, Absent::kRefuse).value(),
                            {.program = "fixture", .exported_at = "2026-11-26T00:00:00Z"}, text));
    std::ofstream(FixtureOf(version)) << text.text();
  }
}

}  // namespace
}  // namespace reprise::catalog
