#include "postgres/load.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/lines.hpp"
#include "base/testing/tree.hpp"
#include "postgres/testing/fake_databases.hpp"
#include "postgres/testing/shop_db.hpp"

namespace reprise::postgres {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeDatabase;
using testing::FakeDatabases;
using testing::FakePsql;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kEnd = "--\n-- PostgreSQL database dump complete\n--\n";

class LoaderTest : public ::testing::Test {
 protected:
  LoaderTest() {
    testing::StartShopDb(engine_);
    databases_.Add("shop", {.content = "live"});
    options_.client_name = "reprise_1_1_load";
    options_.labels = {{"reprise.task", "t1"}};
  }
  Status Load(const std::string& dump, const Context& ctx = Context()) {
    StringSource source(dump);
    ASSIGN_OR_RETURN(const auto reader, archive::OpenBackup(Context(), source));
    Loader loader(cluster_, options_);
    return loader.LoadAndFinish(ctx, *reader, side_, [](double, const std::string&) {});
  }
  static std::string Plain(const std::string& body = "SELECT 1;\n") {
    return "--\n-- PostgreSQL database dump\n--\n" + body + kEnd;
  }
  static std::string Custom() {
    return ReadTextFile(reprise::testing::Tree("tests/fixtures/dump-pg15.custom")).value();
  }
  [[nodiscard]] FakeDatabase Side() { return databases_.world().databases.at("side"); }
  [[nodiscard]] FakePsql::Call CallOf(std::string_view program, std::string_view argument) {
    for (const FakePsql::Call& call : psql_.calls()) {
      const auto& argv = call.spec.argv;
      if (argv.front() == program && std::find(argv.begin(), argv.end(), argument) != argv.end()) {
        return call;
      }
    }
    ADD_FAILURE() << program << " was not run";
    return {};
  }

  docker::FakeEngine engine_;
  FakePsql psql_{engine_};
  FakeDatabases databases_{psql_};
  Cluster cluster_{engine_, "shop_db", "postgres"};
  SideDatabase side_{.name = "side",
                     .loader_role = "reprise_r1_1",
                     .final_owner = "odoo",
                     .collate = "de_DE.utf8",
                     .ctype = "C.UTF-8"};
  LoadOptions options_;
};

TEST_F(LoaderTest, TheObjectsBecomeOdoosAndTheDatabaseStaysTheLoadersWhoCannotLogInAnyMore) {
  for (const std::string& dump : {Plain(), Custom()}) {
    databases_.Set({});
    const Status loaded = Load(dump);
    ASSERT_TRUE(loaded) << loaded.error().Sentence();
    EXPECT_EQ(Side().objects, "odoo");
    EXPECT_EQ(Side().owner, "reprise_r1_1");
    EXPECT_EQ(Side().collate, "de_DE.utf8");
    EXPECT_FALSE(databases_.world().roles.at("reprise_r1_1").login);
  }
}

// A server has room for some 6,400 locks, and a table that changes hands takes about five.
TEST_F(LoaderTest, ManyTablesChangeHandsInPortionsAndBeforeTheRest) {
  std::vector<std::vector<std::string>> tables;
  tables.reserve(450);
  for (int i = 0; i < 450; ++i) tables.push_back({"public", fmt::format("t\"{}", i)});
  psql_.On("AND c.relkind IN ('r', 'p', 'v', 'm')", FakePsql::Rows(tables));

  ASSERT_TRUE(Load(Plain()));

  std::vector<std::ptrdiff_t> portions;
  for (const std::string& sql : psql_.Sql()) {
    if (sql.find("REASSIGN") == std::string::npos) continue;
    for (const std::string& line : SplitLines(sql.substr(0, sql.find("REASSIGN")))) {
      if (line.starts_with("BEGIN;")) portions.push_back(0);
      if (line.starts_with(R"(ALTER TABLE "public"."t"")") &&
          line.ends_with("OWNER TO \"odoo\";")) {
        ++portions.back();
      }
    }
  }
  EXPECT_THAT(portions, ElementsAre(200, 200, 50, 0));
}

// It runs functions of the dump as the owner of what they index; Odoo's role may be a superuser.
TEST_F(LoaderTest, StatisticsAreMadeWhileAllIsStillTheLoaders) {
  ASSERT_TRUE(Load(Plain()));

  const std::vector<std::string> sql = psql_.Sql();
  const auto place = [&](std::string_view part) {
    return std::find_if(sql.begin(), sql.end(), [&](const std::string& text) {
      return text.find(part) != std::string::npos;
    });
  };
  ASSERT_NE(place("ANALYZE"), sql.end());
  EXPECT_LT(place("ANALYZE"), place("OWNER TO \"odoo\""));
  EXPECT_LT(place("ANALYZE"), place("REASSIGN"));
}

// pg_restore adds one at a time.
TEST_F(LoaderTest, ForeignKeysAreAddedUncheckedAndThoseOfTheDumpThatAreNotValidAreLeft) {
  const std::string table = "215; 1259 16386 TABLE public a odoo\n";
  const std::string comment = "4324; 0 0 COMMENT public COLUMN a.b odoo\n";
  const std::string key =
      "3300; 2606 16400 FK CONSTRAINT public a a_b_fkey odoo\n3301; 2606 16401 FK CONSTRAINT "
      "public c c_b_fkey odoo\n";
  psql_.OnProgram("pg_restore", [&](const FakePsql::Call& call) -> FakePsql::Answer {
    const auto& argv = call.spec.argv;
    if (argv.at(1) == "-l") return {table + comment + key};
    if (std::find(argv.begin(), argv.end(), "-f") == argv.end()) return {};
    EXPECT_TRUE(call.spec.environment.empty()) << "it needs no database";
    return {
        "SET search_path = '';\nALTER TABLE ONLY public.a ADD CONSTRAINT a_b_fkey FOREIGN KEY (b) "
        "REFERENCES public.b(id);\nALTER TABLE ONLY public.c ADD CONSTRAINT c_b_fkey FOREIGN KEY "
        "(b) REFERENCES public.b(id) NOT VALID;\nCOMMENT ON CONSTRAINT a_b_fkey ON public.a IS "
        "'x';\n"};
  });
  int asked = 0;
  psql_.On("k.contype = 'f'", [&](const FakePsql::Call&) {
    std::vector<std::vector<std::string>> rows{{"public", "a", "a_b_fkey", "8192", "7"}};
    if (asked++ > 0) rows.push_back({"public", "c", "c_b_fkey", "8192", "8"});
    return FakePsql::Rows(rows);
  });
  std::vector<std::string> told;
  StringSource source(Custom());
  const auto reader = archive::OpenBackup(Context(), source).value();
  Loader loader(cluster_, options_);
  const auto loaded = loader.Load(Context(), *reader, side_,
                                  [&](double, std::string detail) { told.push_back(detail); });
  ASSERT_TRUE(loaded) << loaded.error().Sentence();

  EXPECT_THAT(*loaded, ElementsAre("8"));
  EXPECT_THAT(told, Contains("3 of 3 database objects"));
  std::vector<std::string> scripts;
  std::vector<std::string> lists;
  std::vector<std::string> loaded_by;  // the runs of pg_restore that change the database
  for (const FakePsql::Call& call : psql_.calls()) {
    const auto& argv = call.spec.argv;
    const auto has = [&](std::string_view argument) {
      return std::find(argv.begin(), argv.end(), argument) != argv.end();
    };
    if (argv.front() == "pg_restore" && has("-d")) {
      loaded_by.push_back(has("--single-transaction") ? argv.at(argv.size() - 4)
                                                      : "each by itself");
      EXPECT_TRUE(scripts.empty()) << "keys come last";
    }
    if (argv.front() == "dd" && argv.back().find("reprise.dump") == std::string::npos) {
      lists.push_back(call.sql);
    }
    if (argv.front() != "psql" || !has("-f")) continue;
    EXPECT_EQ(call.spec.environment.at("PGUSER"), "reprise_r1_1");
    scripts.push_back(call.sql);
  }
  EXPECT_THAT(lists, ElementsAre(table, comment, key));
  EXPECT_THAT(loaded_by, ElementsAre("each by itself", "/tmp/reprise.comments.0"));
  ASSERT_EQ(scripts.size(), 2U);
  EXPECT_THAT(scripts.front(),
              AllOf(HasSubstr("REFERENCES public.b(id) NOT VALID;"), Not(HasSubstr("COMMENT"))));
  EXPECT_THAT(scripts.back(), AllOf(HasSubstr("COMMENT ON"), HasSubstr("c_b_fkey")));
  for (const std::string& sql : psql_.Sql()) {
    EXPECT_THAT(sql, Not(AnyOf(HasSubstr("VALIDATE CONSTRAINT"), HasSubstr("REASSIGN"))))
        << "that is for later";
  }
}

TEST_F(LoaderTest, RowsThatAForeignKeyRefusesAreAFailure) {
  psql_.OnProgram("pg_restore", [&](const FakePsql::Call& call) -> FakePsql::Answer {
    const bool lists = call.spec.argv.at(1) == "-l";
    return {
        lists
            ? "3300; 2606 16400 FK CONSTRAINT public a a_b_fkey odoo\n"
            : "ALTER TABLE ONLY public.a ADD CONSTRAINT a_b_fkey FOREIGN KEY (b) REFERENCES b;\n"};
  });
  psql_.On("k.contype = 'f'", FakePsql::Rows({{"public", "a", "a_b_fkey", "8192", "7"}}));
  psql_.On("VALIDATE CONSTRAINT",
           {.exit_code = 3, .error = "ERROR:  table \"a\" violates foreign key \"a_b_fkey\"\n"});
  const Status loaded = Load(Custom());
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kLoadFailed);
  EXPECT_THAT(loaded.error().message, HasSubstr("a_b_fkey"));
  EXPECT_NE(Side().objects, "odoo");
}

TEST_F(LoaderTest, AForeignKeyThatIsNotThereToBeValidatedIsAFailure) {
  psql_.OnProgram("pg_restore", [&](const FakePsql::Call& call) -> FakePsql::Answer {
    const bool lists = call.spec.argv.at(1) == "-l";
    return {
        lists
            ? "3300; 2606 16400 FK CONSTRAINT public a a_b_fkey odoo\n"
            : "ALTER TABLE ONLY public.a ADD CONSTRAINT a_b_fkey FOREIGN KEY (b) REFERENCES b;\n"};
  });
  psql_.On("k.contype = 'f'", FakePsql::Rows({}));
  EXPECT_EQ(Load(Custom()).error().code, ErrorCode::kLoadFailed);
}

// Odoo's role would find a stranger's functions first.
TEST_F(LoaderTest, NoSettingThatADumpGaveItsDatabaseStays) {
  ASSERT_TRUE(Load(Plain()));
  const std::string last = psql_.Sql().back();
  EXPECT_THAT(last, HasSubstr("ALTER DATABASE \"side\" RESET ALL;"));
  EXPECT_LT(last.find("NOLOGIN"), last.find("RESET ALL")) << "nobody can make another";
}

TEST_F(LoaderTest, TheRoleThatLoadsMayDoNothingElse) {
  ASSERT_TRUE(Load(Plain()));
  std::string created;
  for (const std::string& sql : psql_.Sql()) {
    if (sql.starts_with("CREATE ROLE")) created = sql;
  }
  EXPECT_THAT(created, AllOf(HasSubstr("\"reprise_r1_1\""), HasSubstr("NOSUPERUSER"),
                             HasSubstr("NOCREATEDB"), HasSubstr("NOCREATEROLE"),
                             HasSubstr("NOREPLICATION")));
  const FakePsql::Call load = CallOf("psql", "-f");
  EXPECT_EQ(load.spec.environment.at("PGUSER"), "reprise_r1_1");
  EXPECT_EQ(load.spec.environment.at("PGDATABASE"), "side");
}

TEST_F(LoaderTest, TheProgramsRunInAClientOfTheServersImageWithoutRights) {
  ASSERT_TRUE(Load(Custom()));
  const docker::ContainerSpec client = engine_.created().back();
  const auto server = engine_.Inspect(Context(), "shop_db").value();
  EXPECT_EQ(client.image, server.image_id);
  EXPECT_EQ(client.network_mode, "container:" + server.id);
  EXPECT_EQ(client.user, "postgres");
  EXPECT_TRUE(client.unprivileged);
  EXPECT_EQ(client.labels.at("reprise.task"), "t1");
  const FakePsql::Call restore = CallOf("pg_restore", "--exit-on-error");
  EXPECT_EQ(restore.container, "reprise_1_1_load");
  EXPECT_THAT(restore.spec.argv, AllOf(Contains("--no-owner"), Contains("--no-privileges")));
  EXPECT_EQ(restore.spec.environment.at("PGUSER"), "reprise_r1_1");
  EXPECT_FALSE(engine_.Inspect(Context(), "reprise_1_1_load")) << "it goes with the load";
}

TEST_F(LoaderTest, TheFirstErrorOfPsqlOrPgRestoreIsAFailureAndHandsNothingOver) {
  for (const std::string& dump : {Plain(), Custom()}) {
    databases_.Set({});
    databases_.load_complaint = "relation \"sale_order\" does not exist";
    const Status loaded = Load(dump);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::kLoadFailed);
    EXPECT_THAT(loaded.error().message, HasSubstr("sale_order"));
    EXPECT_NE(Side().objects, "odoo");
    EXPECT_FALSE(engine_.Inspect(Context(), "reprise_1_1_load"));
  }
}

TEST_F(LoaderTest, PsqlStopsAtTheFirstError) {
  ASSERT_TRUE(Load(Plain()));
  EXPECT_THAT(CallOf("psql", "-f").spec.argv, Contains("ON_ERROR_STOP=1"));
}

TEST_F(LoaderTest, AnUnreadableCustomDumpIsAFailure) {
  psql_.OnProgram("pg_restore",
                  {.exit_code = 1, .error = "pg_restore: error: unsupported version (1.16)\n"});
  const Status loaded = Load(Custom());
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kIncompatible);
}

TEST_F(LoaderTest, ASqlDumpThatEndsEarlyIsCorruptAlthoughPsqlIsContent) {
  std::string dump = Plain();
  dump.resize(dump.size() - std::string_view(kEnd).size());
  EXPECT_EQ(Load(dump).error().code, ErrorCode::kArchiveCorrupt);
}

TEST_F(LoaderTest, CommandsOfPsqlNeverReachIt) {
  const std::string data(100'000, '1');  // past what is looked at when a dump is opened
  const Status loaded = Load(Plain("SELECT '" + data + "';\n\\! touch /tmp/owned\nSELECT 2;\n"));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kArchiveHostile);
  for (const FakePsql::Call& call : psql_.calls()) EXPECT_THAT(call.sql, Not(HasSubstr("owned")));
}

TEST_F(LoaderTest, ADiskThatFillsUpIsToldAsSuch) {
  databases_.load_complaint = "could not extend file \"base/1\": No space left on device";
  EXPECT_EQ(Load(Plain()).error().code, ErrorCode::kNoSpace);
  psql_.OnProgram("dd", {.exit_code = 1, .error = "dd: error writing: No space left on device\n"});
  databases_.Set({});
  EXPECT_EQ(Load(Custom()).error().code, ErrorCode::kNoSpace);
}

TEST_F(LoaderTest, ExtensionsAreMadeByTheAdministratorAndOnlyKnownOnes) {
  const std::string wanted =
      "CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;\n"
      "CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog;\n";
  ASSERT_TRUE(Load(Plain(wanted)));
  std::vector<std::string> made;
  for (const FakePsql::Call& call : psql_.calls()) {
    if (!call.sql.starts_with("CREATE EXTENSION")) continue;
    made.push_back(call.sql);
    EXPECT_EQ(call.spec.environment.at("PGUSER"), "postgres");
    EXPECT_EQ(call.spec.environment.at("PGDATABASE"), "side");
  }
  EXPECT_THAT(made,
              ElementsAre(HasSubstr(
                  "\"unaccent\" SCHEMA public;ALTER FUNCTION public.unaccent(text) IMMUTABLE")));
}

TEST_F(LoaderTest, AnExtensionThatRunsCodeAsAdministratorIsRefused) {
  const Status loaded = Load(Plain("CREATE EXTENSION IF NOT EXISTS plpython3u;\n"));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kIncompatible);
  EXPECT_THAT(loaded.error().message, HasSubstr("plpython3u"));
  for (const std::string& sql : psql_.Sql()) EXPECT_THAT(sql, Not(HasSubstr("plpython3u")));
}

TEST_F(LoaderTest, AnExtensionThatTheImageLacksIsTold) {
  psql_.On("CREATE EXTENSION",
           {.exit_code = 3, .error = "ERROR:  extension \"vector\" is not available\n"});
  const Status loaded = Load(Plain("CREATE EXTENSION IF NOT EXISTS vector;\n"));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kIncompatible);
  EXPECT_THAT(loaded.error().message, AllOf(HasSubstr("vector"), HasSubstr("shop_db")));
}

TEST_F(LoaderTest, WhatStrangersFilledIsInspectedAsTheirRoleBeforeItIsHandedOver) {
  int inspected = 0;
  int asked = 0;
  options_.inspect = [&](const Context& ctx, const Cluster& as_loader) -> Status {
    ++inspected;
    EXPECT_EQ(Side().content, "backup");
    EXPECT_EQ(Side().objects, "reprise_r1_1");
    EXPECT_TRUE(as_loader.Query(ctx, "side", "SELECT 7"));
    for (const FakePsql::Call& call : psql_.calls()) {
      if (call.sql != "SELECT 7") continue;
      EXPECT_EQ(call.spec.environment.at("PGUSER"), "reprise_r1_1");
      ++asked;
    }
    return Fail(ErrorCode::kProofFailed, "not what was promised");
  };
  EXPECT_EQ(Load(Plain()).error().code, ErrorCode::kProofFailed);
  EXPECT_EQ(inspected, 1);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(Side().objects, "reprise_r1_1");
}

TEST_F(LoaderTest, ALoadThatTakesTooLongIsToldAndOneThatIsCancelledIsCancelled) {
  options_.time_limit = std::chrono::seconds(0);
  const Status late = Load(Plain());
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kTimeout);
  options_.time_limit = std::chrono::hours(1);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(Load(Plain(), Context(stop.get_token())).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(databases_.ContentOf("side"), "-");
}

TEST_F(LoaderTest, WhatAFailedLoadLeftIsTakenBackAndTheLiveOneIsNot) {
  databases_.load_complaint = "no";
  ASSERT_FALSE(Load(Plain()));
  ASSERT_TRUE(RemoveSide(Context(), cluster_, "side", "reprise_r1_"));
  EXPECT_EQ(databases_.ContentOf("side"), "-");
  EXPECT_EQ(databases_.ContentOf("shop"), "live");
  EXPECT_FALSE(databases_.world().roles.contains("reprise_r1_1"));
  EXPECT_TRUE(RemoveSide(Context(), cluster_, "side", "reprise_r1_")) << "again";
}

}  // namespace
}  // namespace reprise::postgres
