#include "archive/sql_filter.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "archive/archive_samples.hpp"

namespace reprise::archive {
namespace {

Result<std::string> Filtered(const std::string& sql,
                             const std::vector<std::size_t>& pieces = {1 << 20}) {
  PieceReader reader(sql, pieces);
  SqlFilter filter(reader);
  return ReadAll(Context(), filter, 100 << 20);
}

void ExpectHostile(const std::string& sql, const std::string& words) {
  SCOPED_TRACE(sql);
  const auto out = Filtered(sql);
  ASSERT_FALSE(out) << *out;
  EXPECT_EQ(out.error().code, ErrorCode::kArchiveHostile) << out.error().Sentence();
  EXPECT_NE(out.error().message.find(words), std::string::npos) << out.error().message;
}

void ExpectKept(const std::string& sql) {
  const auto out = Filtered(sql);
  ASSERT_TRUE(out) << sql << ": " << out.error().Sentence();
  EXPECT_EQ(*out, sql);
}

// Left out but for its line feeds.
void ExpectLeftOut(const std::string& sql) {
  const auto out = Filtered(sql);
  ASSERT_TRUE(out) << sql << ": " << out.error().Sentence();
  EXPECT_EQ(*out,
            std::string(static_cast<std::size_t>(std::count(sql.begin(), sql.end(), '\n')), '\n'));
}

TEST(SqlFilter, LeavesOutWhatTheTargetDecides) {
  for (const std::string sql :
       {"CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;\n",
        "COMMENT ON EXTENSION pg_trgm IS 'x; y';\n",
        "ALTER TABLE public.t OWNER TO odoo;\n",
        "ALTER FUNCTION public.f(a integer, b text) OWNER TO \"odd role\";\n",
        "alter\n  schema public owner to pg_database_owner;\n",
        "ALTER LARGE OBJECT 16511 OWNER TO postgres;\n",
        "GRANT SELECT ON TABLE public.t TO PUBLIC;\n",
        "REVOKE ALL ON SCHEMA public FROM x;\n",
        "ALTER DEFAULT PRIVILEGES FOR ROLE x GRANT SELECT ON TABLES TO y;\n",
        "SET transaction_timeout = 0;\n",
        "SET idle_session_timeout = 0;\n",
        "SET ROLE postgres;\n",
        "SET SESSION AUTHORIZATION 'postgres';\n",
        "SET LOCAL ROLE x;\n",
        "RESET ROLE;\n",
        "RESET SESSION AUTHORIZATION;\n",
        "SET SESSION ROLE 'x';\n",
        "SET role TO x;\n",
        "CREATE SCHEMA public;\n",
        "COMMENT ON SCHEMA public IS 'standard public schema';\n",
        "CREATE OR REPLACE PROCEDURAL LANGUAGE plpgsql;\n",
        "SET default_tablespace = fast;\n",
        "DROP EXTENSION IF EXISTS pg_trgm;\n",
        "COMMENT ON DATABASE x IS 'y';\n",
        "/* a; */ -- b;\nGRANT x TO y;\n"}) {
    ExpectLeftOut(sql);
  }
}

TEST(SqlFilter, KeepsWhatIsTheDatabase) {
  for (const std::string sql :
       {"SET statement_timeout = 0;\n",
        "SET standard_conforming_strings = on;\n",
        "SET default_tablespace = '';\n",
        "SET default_table_access_method = heap;\n",
        "SET client_encoding = 'UTF8';\n",
        "SELECT pg_catalog.set_config('search_path', '', false);\n",
        "CREATE TABLE public.\"OWNER TO\" (owner integer, \"grant\" text DEFAULT 'GRANT');\n",
        "ALTER TABLE public.t ADD CONSTRAINT c CHECK ((owner > 0));\n",
        "ALTER TABLE public.t RENAME owner TO holder;\n",
        "CREATE SCHEMA shop;\n",
        "INSERT INTO t VALUES (1, 'it''s; fine', $$;$$, $x$ $$ ; $x$);\n",
        "COMMENT ON TABLE t IS 'CREATE ROLE x;';\n",
        R"(CREATE FUNCTION f() RETURNS integer LANGUAGE sql BEGIN ATOMIC
             SELECT 1; SELECT CASE WHEN true THEN 1 END; END;
)",
        "CREATE RULE r AS ON DELETE TO t DO (SELECT 1; SELECT 2);\n",
        "CREATE FUNCTION f(a text DEFAULT 'LANGUAGE c') RETURNS text LANGUAGE plpgsql AS $$x;$$;\n",
        "-- only a comment\n",
        "/* nested /* ; */ ; */ SELECT 1;\n",
        "SELECT 1 -- x ; y\n;\n",
        "SELECT 'a'\n'b', U&\"x\" , e'', $1 , 1.5e-3, 2-1, a$b$c, \"a\"\"b\", x'1F';\n",
        "SELECT * FROM copy;\n",
        ""}) {
    ExpectKept(sql);
  }
}

TEST(SqlFilter, RefusesPsqlCommands) {
  for (const std::string sql : {"\\! id\n",
                                "SELECT 1;\n\\! id\n",
                                "SELECT 1 \\! id\n;",
                                "SELECT 'a' \\g file\n",
                                "CREATE TABLE t (\\! id\n",
                                "\\connect other\n",
                                "\\i /etc/passwd\n",
                                "\\copy t from program 'id'\n",
                                "\\.\n",
                                "SELECT 1\\;\n",
                                "  \\restrict a\n",
                                "SELECT 1; \\restrict a\n",
                                "\\restrict\n",
                                "\\restrict a b\n",
                                "\\restrict `id`\n",
                                "\\restrict a\n\\restrict b\n",
                                "\\unrestrict a\n",
                                "\\restrict a\n\\unrestrict b\n",
                                "\\restrict a\n\\unrestrict a\n\\unrestrict a\n",
                                "-- x\r\\! id\n",
                                "/* /* */ */ \\! id\n",
                                "$a$ $b$ $a$ \\! id\n",
                                "'' \\! id\n",
                                "'a''' \\! id\n",
                                "E'\\'' \\! id\n",
                                "COPY t FROM stdin;\n\\.\n\\! id\n",
                                "COPY t FROM stdin;\n\\.\r\n\\! id\n",
                                "\"a\"\" \" \\! id\n",
                                "1 - -1 \\! id\n",
                                "a$$ \\! id $$\n"}) {
    ExpectHostile(sql, "psql command");
  }
}

TEST(SqlFilter, NamesTheLine) {
  ExpectHostile("SELECT 1;\n\nCOPY t FROM stdin;\na\nb\n\\.\n\nSELECT 2;\n\\! id\n", "line 9 ");
  ExpectHostile("CREATE EXTENSION x;\n\n\nCREATE ROLE x;\n", "line 4 ");
}

TEST(SqlFilter, LeavesBackslashesInQuotesAlone) {
  for (const std::string sql :
       {"\nSELECT '\\! id';\n", "\nSELECT E'\\'\\! id';\n", "\nSELECT $$\\! id$$;\n",
        "\nSELECT $a$ $b$ \\! $a$;\n", "\nSELECT \"\\! id\";\n", "\n/* \\! id */ SELECT 1;\n",
        "\n-- \\! id\nSELECT 1;\n", "\nSELECT 'C:\\';\n"}) {
    const auto out = Filtered(sql);
    ASSERT_TRUE(out) << sql << out.error().Sentence();
    EXPECT_TRUE(out->ends_with(sql)) << *out;
  }
}

// A function that the dump calls may have switched standard_conforming_strings off, or the
// encoding.
TEST(SqlFilter, TellsAgainHowQuotesAreReadBeforeABackslash) {
  EXPECT_EQ(Filtered("SELECT 1;\nSELECT '\\' || '\\! id';\n").value_or(""),
            "SELECT 1; SET standard_conforming_strings = on;\nSELECT '\\' || '\\! id';\n");
  EXPECT_EQ(Filtered("SET client_encoding = 'LATIN1'; SELECT '\\';").value_or(""),
            "SET client_encoding = 'LATIN1'; SET standard_conforming_strings = on; SET "
            "client_encoding = 'latin1';\n SELECT '\\';");
}

TEST(SqlFilter, RefusesTextThatPsqlsVersionsReadDifferently) {
  for (const std::string sql :
       {"SELECT E'a'\r'\\';\n", "SELECT E'a' 'b';\n", "SELECT 1a$b$ ' $b$;\n", "SELECT 1e'\\';\n",
        "SELECT $1$b$ ' $b$;\n", "SELECT $1a$ ' $a$;\n", "SELECT 1e--5 ;\n", "SELECT 1.5E+;\n",
        "SET standard_conforming_strings = off;\n", "SET standard_conforming_strings TO 'off';\n",
        "SET SESSION standard_conforming_strings = DEFAULT;\n", "SET client_encoding = 'SJIS';\n",
        "SET client_encoding TO GB18030;\n", "SET NAMES 'Shift_JIS';\n"}) {
    ExpectHostile(sql, "line 1 of the dump");
  }
  ExpectHostile(std::string("SELECT 1;\0", 10), "zero byte");
}

TEST(SqlFilter, RefusesStatementsAboutTheServer) {
  for (const std::string sql :
       {"CREATE ROLE x;",
        "CREATE USER x SUPERUSER;",
        "CREATE GROUP x;",
        "CREATE DATABASE x;",
        "ALTER DATABASE x SET a = b;",
        "DROP DATABASE x;",
        "ALTER ROLE x;",
        "DROP ROLE x;",
        "CREATE TABLESPACE x LOCATION '/';",
        "ALTER SYSTEM SET a = 'b';",
        "CREATE EVENT TRIGGER x ON y;",
        "CREATE SUBSCRIPTION x;",
        "CREATE SERVER x;",
        "CREATE FOREIGN DATA WRAPPER x;",
        "CREATE USER MAPPING FOR x;",
        "LOAD 'lib';",
        "create /* */ or -- x\n replace function f() returns int as 'lib', 'sym' language c;",
        "CREATE FUNCTION f() RETURNS int LANGUAGE 'C' AS 'x', 'y';",
        "CREATE FUNCTION f() RETURNS int LANGUAGE \"plpython3u\" AS $$x$$;",
        "CREATE FUNCTION f() RETURNS int AS $$x$$ LANGUAGE internal;",
        "CREATE LANGUAGE plperlu;",
        "CREATE OR REPLACE TRUSTED PROCEDURAL LANGUAGE x;"}) {
    ExpectHostile(sql, "line 1 of the dump");
  }
}

TEST(SqlFilter, RefusesCopyThatReachesForTheServer) {
  for (const std::string sql :
       {"COPY t FROM PROGRAM 'id';\n", "COPY t TO PROGRAM 'id';\n", "COPY t FROM '/etc/passwd';\n",
        "COPY t (a, b) TO '/tmp/x';\n", "COPY (SELECT 1) TO PROGRAM 'id';\n", "COPY t TO STDOUT;\n",
        "copy t from /* stdin */ program 'id';\n", "COPY \"stdin\" FROM \"stdin\";\n",
        "COPY t;\n"}) {
    ExpectHostile(sql, "COPY");
  }
  ExpectHostile("COPY t FROM stdin; \\! id\n\\.\n", "something follows COPY");
  ExpectHostile("COPY t FROM stdin; SELECT 1;\n\\.\n", "something follows COPY");
}

TEST(SqlFilter, PassesCopyDataOnUntouched) {
  for (const std::string data :
       {"", "1\ta\\nb\t\\N\n", "\\! id\n", "CREATE ROLE x;\nGRANT x TO y;\n", "'\n\"\n$$\n--\n/*\n",
        "\\.x\n", " \\.\n", "\\. \n", "a\\.\n", "\\\\.\n", "\n\n\n"}) {
    for (const std::string end : {"\n", "\r\n"}) {
      ExpectKept("COPY public.t (id, \"FROM\") FROM stdin;" + end + data + "\\." + end +
                 "\n\nSELECT 1;\n");
    }
  }
  ExpectKept("COPY t FROM stdin WITH (FORMAT csv);\na,b\n\\.\n");
}

TEST(SqlFilter, SaysThatADumpIsCutOff) {
  for (const std::string sql :
       {"SELECT 1", "SELECT 'abc", "SELECT E'abc\\", "SELECT \"abc", "SELECT $$abc", "SELECT $a$ $",
        "/* abc", "COPY t FROM stdin;", "COPY t FROM stdin;\n", "COPY t FROM stdin;\n1\n",
        "COPY t FROM stdin;\n1\n\\", "COPY t FROM stdin;\n1", "SELECT (1;\n", "CREATE"}) {
    SCOPED_TRACE(sql);
    const auto out = Filtered(sql);
    ASSERT_FALSE(out) << *out;
    EXPECT_EQ(out.error().code, ErrorCode::kArchiveCorrupt) << out.error().Sentence();
    EXPECT_NE(out.error().message.find("cut off"), std::string::npos);
  }
}

TEST(SqlFilter, LeavesOutOnlyPgDumpsOwnRestrictLines) {
  EXPECT_EQ(
      Filtered("--\n\n\\restrict Abc123\n\nSELECT 1;\n\n\\unrestrict Abc123\n\n").value_or(""),
      "--\n\n\n\nSELECT 1;\n\n\n\n");
}

TEST(SqlFilter, TellsExtensionsAndCompleteness) {
  for (const std::string name : {"dump-pg15.sql", "dump-pg15-inserts.sql"}) {
    StringReader reader(Fixture(name));
    SqlFilter filter(reader);
    EXPECT_FALSE(filter.complete());
    ASSERT_TRUE(ReadAll(Context(), filter, 1 << 20));
    EXPECT_TRUE(filter.complete());
    EXPECT_EQ(filter.extensions(), (std::vector<std::string>{"pg_trgm", "unaccent"}));
  }
  StringReader odd("CREATE EXTENSION \"uuid-ossp\";\nCREATE EXTENSION IF NOT EXISTS PG_TRGM;\n");
  SqlFilter filter(odd);
  ASSERT_TRUE(ReadAll(Context(), filter, 1 << 20));
  EXPECT_FALSE(filter.complete());
  EXPECT_EQ(filter.extensions(), (std::vector<std::string>{"uuid-ossp", "pg_trgm"}));
}

TEST(SqlFilter, StreamsInsertsOfAnyLength) {
  std::string sql = "\nINSERT INTO t VALUES (1, '";
  sql += std::string(70 << 20, 'x') + "');\nSELECT 1;\n";
  PieceReader reader(sql, {1 << 20});
  SqlFilter filter(reader);
  const auto out = ReadAll(Context(), filter, 100 << 20);
  ASSERT_TRUE(out) << out.error().Sentence();
  EXPECT_TRUE(out->ends_with(sql));
  EXPECT_TRUE(out->starts_with(" SET standard_conforming_strings = on;"));
}

TEST(SqlFilter, RefusesOtherStatementsThatDoNotEnd) {
  const std::string sql = "SELECT '" + std::string(70 << 20, 'x') + "';\n";
  const auto out = Filtered(sql);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, ErrorCode::kArchiveHostile);
}

TEST(ExtensionsInPreamble, StopAtTheFirstTable) {
  const std::string sql =
      "\\restrict a\nSET x = 1;\nCREATE EXTENSION a;\nCREATE TABLE t ();\nCREATE EXTENSION b;\n";
  StringReader reader(sql);
  const auto extensions = ExtensionsInPreamble(Context(), reader);
  ASSERT_TRUE(extensions) << extensions.error().Sentence();
  EXPECT_EQ(*extensions, std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace reprise::archive
