#include <gtest/gtest.h>

#include "cli/options.hpp"

namespace reprise::cli {
namespace {

ParsedLine Parse(const std::vector<std::string>& args, const Variables& variables = {}) {
  return ParseLine(args, variables);
}

template <class Options>
Options Expect(const std::vector<std::string>& args, const Variables& variables = {}) {
  const ParsedLine line = Parse(args, variables);
  EXPECT_TRUE(line.command) << line.text;
  if (!line.command || !std::holds_alternative<Options>(*line.command)) {
    ADD_FAILURE() << "another command";
    return {};
  }
  return std::get<Options>(*line.command);
}

TEST(ParseLine, GivesServeItsDefaults) {
  const auto serve = Expect<ServeOptions>({"serve"}, {{"REPRISE_DATA", "/d"}});
  EXPECT_EQ(serve.data, "/d");
  EXPECT_EQ(serve.storage, "");
  EXPECT_EQ(serve.host, "127.0.0.1");
  EXPECT_EQ(serve.port, 8080);
  EXPECT_EQ(serve.load_jobs, 0);
  EXPECT_EQ(serve.docker, "unix:///var/run/docker.sock");
  EXPECT_EQ(serve.images.odoo, odoo::ImagePatterns().odoo);
}

TEST(ParseLine, TakesEveryOptionOfServe) {
  const auto serve =
      Expect<ServeOptions>({"serve", "--data", "a", "--storage", "b", "--listen", "0.0.0.0:0",
                            "--docker", "unix://x", "--image-odoo", "o:{major}", "--image-postgres",
                            "p", "--image-pgbouncer", "q", "--workers", "5", "--load-jobs", "4"});
  EXPECT_EQ(serve.data, "a");
  EXPECT_EQ(serve.storage, "b");
  EXPECT_EQ(serve.host, "0.0.0.0");
  EXPECT_EQ(serve.port, 0);
  EXPECT_EQ(serve.docker, "unix://x");
  EXPECT_EQ(serve.images.odoo, "o:{major}");
  EXPECT_EQ(serve.images.postgres, "p");
  EXPECT_EQ(serve.images.pgbouncer, "q");
  EXPECT_EQ(serve.workers, 5);
  EXPECT_EQ(serve.load_jobs, 4);
}

TEST(ParseLine, TakesHowServeMeetsItsClients) {
  const auto plain = Expect<ServeOptions>({"serve"}).edge;
  EXPECT_EQ(plain.tls_cert, "");
  EXPECT_EQ(plain.rate_limit, 200);
  const auto edge = Expect<ServeOptions>({"serve", "--tls-cert", "c", "--tls-key", "k",
                                          "--trusted-proxy", "10.0.0.0/8,::1", "--trusted-proxy",
                                          "192.0.2.7", "--rate-limit", "0", "--drain", "60"})
                        .edge;
  EXPECT_EQ(edge.tls_cert, "c");
  EXPECT_EQ(edge.tls_key, "k");
  EXPECT_EQ(edge.trusted_proxies, (std::vector<std::string>{"10.0.0.0/8", "::1", "192.0.2.7"}));
  EXPECT_EQ(edge.rate_limit, 0);
  EXPECT_EQ(edge.drain, std::chrono::minutes(1));
  EXPECT_FALSE(Parse({"serve", "--tls-cert", "c"}).command) << "a certificate without its key";
  EXPECT_FALSE(Parse({"worker", "--tls-cert", "c", "--tls-key", "k"}).command);
}

TEST(ParseLine, TakesTheAuthorityFromTheLineBeforeTheEnvironment) {
  const Variables variables{{"REPRISE_CA_FILE", "env.pem"}};
  EXPECT_EQ(Parse({"whoami"}, variables).global.ca_file, "env.pem");
  EXPECT_EQ(Parse({"whoami", "--ca-file", "line.pem"}, variables).global.ca_file, "line.pem");
}

TEST(ParseLine, TakesTheCatalogFromTheLineBeforeTheEnvironment) {
  const Variables variables{{"REPRISE_CATALOG", "postgresql://me:secret@env/x"},
                            {"REPRISE_CATALOG_FILE", "/env/file"}};
  EXPECT_EQ(Expect<ServeOptions>({"serve"}, {}).catalog.url, "");
  EXPECT_EQ(Expect<ServeOptions>({"serve"}, variables).catalog.url, "postgresql://me:secret@env/x");
  const auto told = Expect<ServeOptions>({"serve", "--catalog", "postgresql://h/x"}, variables);
  EXPECT_EQ(told.catalog.url, "postgresql://h/x");
  const auto file = Expect<MigrateOptions>({"migrate", "--catalog-file", "/own"}, variables);
  EXPECT_EQ(file.catalog.url, "");
  EXPECT_EQ(file.catalog.file, "/own");
}

TEST(ParseLine, RefusesAPasswordOnTheLineWithoutRepeatingIt) {
  for (const std::string url : {"postgresql://me:s3cret@h/x", "postgresql://h/x?password=s3cret"}) {
    const ParsedLine line = Parse({"serve", "--catalog", url});
    EXPECT_FALSE(line.command);
    EXPECT_EQ(line.exit_code, 2);
    EXPECT_NE(line.text.find("REPRISE_CATALOG"), std::string::npos);
    EXPECT_EQ(line.text.find("s3cret"), std::string::npos) << line.text;
  }
  EXPECT_TRUE(Parse({"serve", "--catalog", "postgresql://me@[::1]:5433/x"}).command);
  EXPECT_FALSE(Parse({"serve", "--catalog", "mysql://h/x"}).command);
}

TEST(ParseLine, TellsTheRolesOfNodesApart) {
  EXPECT_EQ(Expect<ServeOptions>({"serve", "--workers", "0"}).role, NodeRole::kServe);
  EXPECT_EQ(Expect<ServeOptions>({"serve", "--workers", "0"}).workers, 0);
  const auto worker = Expect<ServeOptions>({"worker", "--workers", "3", "--storage", "/s"});
  EXPECT_EQ(worker.role, NodeRole::kWorker);
  EXPECT_EQ(worker.workers, 3);
  EXPECT_EQ(worker.storage, "/s");
  EXPECT_EQ(worker.lease, std::chrono::seconds(30));
  EXPECT_EQ(Expect<ServeOptions>({"worker", "--lease", "5"}).lease, std::chrono::seconds(5));
  EXPECT_EQ(Expect<ServeOptions>({"worker", "--server", "far"}).on_server, "far");
  EXPECT_EQ(Expect<ServeOptions>({"serve", "--except-server", "far", "--except-server", "b"})
                .except_servers,
            (std::vector<std::string>{"far", "b"}));
  EXPECT_FALSE(Parse({"serve", "--server", "far"}).command);
  EXPECT_FALSE(Parse({"worker", "--server", "far", "--except-server", "b"}).command);
  EXPECT_FALSE(Parse({"worker", "--workers", "0"}).command);
  EXPECT_FALSE(Parse({"worker", "--listen", "h:1"}).command);
}

TEST(ParseLine, TakesIpv6AddressesInBrackets) {
  const auto serve = Expect<ServeOptions>({"serve", "--listen", "[::1]:9000"});
  EXPECT_EQ(serve.host, "::1");
  EXPECT_EQ(serve.port, 9000);
}

TEST(ParseLine, TakesDockerFromTheEnvironment) {
  EXPECT_EQ(Expect<ServeOptions>({"serve"}, {{"DOCKER_HOST", "unix:///run/x"}}).docker,
            "unix:///run/x");
}

TEST(ParseLine, RefusesListenWithoutAPort) {
  for (const std::string text : {"localhost", ":", ":80", "x:y", "x:99999", "x:80z"}) {
    const ParsedLine line = Parse({"serve", "--listen", text});
    EXPECT_FALSE(line.command) << text;
    EXPECT_EQ(line.exit_code, 2) << text;
  }
}

TEST(ParseLine, TakesARestoreWithAllItsOptions) {
  const auto restore = Expect<Restore>({"restore",
                                        "nightly",
                                        "--to",
                                        "new",
                                        "--name",
                                        "copy",
                                        "--type",
                                        "testing",
                                        "--no-safety-backup",
                                        "--no-filestore",
                                        "--strategy",
                                        "in_place",
                                        "--neutralize",
                                        "true",
                                        "--identity",
                                        "reset",
                                        "--on-unhealthy",
                                        "leave",
                                        "--keep-hours",
                                        "0",
                                        "--yes",
                                        "-d"});
  EXPECT_EQ(restore.backup, "nightly");
  EXPECT_EQ(restore.to, "new");
  EXPECT_EQ(restore.name, "copy");
  EXPECT_EQ(restore.type, "testing");
  EXPECT_TRUE(restore.no_safety_backup);
  EXPECT_TRUE(restore.no_filestore);
  EXPECT_EQ(restore.strategy, "in_place");
  EXPECT_EQ(restore.neutralize, "true");
  EXPECT_EQ(restore.identity, "reset");
  EXPECT_EQ(restore.on_unhealthy, "leave");
  EXPECT_EQ(restore.keep_hours, 0);
  EXPECT_TRUE(restore.yes);
  EXPECT_TRUE(restore.detach);
}

TEST(ParseLine, RestoresToTheOriginalUnlessTold) {
  const auto restore = Expect<Restore>({"restore", "nightly"});
  EXPECT_EQ(restore.to, "original");
  EXPECT_FALSE(restore.keep_hours);
  EXPECT_FALSE(restore.yes);
}

TEST(ParseLine, KnowsEveryCommand) {
  Expect<EnvList>({"env", "list"});
  Expect<EnvShow>({"env", "show", "x"});
  Expect<EnvAdopt>({"env", "adopt", "x", "--odoo", "o", "--db", "d"});
  Expect<EnvCreate>({"env", "create", "x", "--odoo-version", "16.0"});
  EXPECT_EQ(Expect<EnvExpire>({"env", "expire", "x", "--in", "2d"}).minutes, 2 * 24 * 60);
  EXPECT_TRUE(Expect<EnvExpire>({"env", "expire", "x", "--never"}).never);
  EXPECT_FALSE(Parse({"env", "expire", "x", "--never", "--in", "4h"}).command);
  EXPECT_FALSE(Parse({"env", "expire", "x", "--in", "4"}).command) << "of what?";
  Expect<EnvRemove>({"env", "remove", "x"});
  EXPECT_FALSE(Expect<BackupCreate>({"backup", "create", "x"}).incremental);
  EXPECT_TRUE(Expect<BackupCreate>({"backup", "create", "x", "--incremental"}).incremental);
  Expect<BackupList>({"backup", "list"});
  Expect<BackupShow>({"backup", "show", "x"});
  Expect<BackupVerify>({"backup", "verify", "x"});
  Expect<BackupImport>({"backup", "import", "/dev/null"});
  Expect<BackupImport>({"backup", "import", "--from", "https://x/y", "--headers", "-"});
  Expect<BackupDownload>({"backup", "download", "x"});
  Expect<BackupDelete>({"backup", "delete", "x"});
  Expect<RestoresList>({"restores", "list"});
  Expect<RestoresShow>({"restores", "show", "x"});
  Expect<RestoresProof>({"restores", "proof", "x"});
  Expect<RestoresRelease>({"restores", "release", "x"});
  Expect<Undo>({"undo", "x"});
  Expect<TaskList>({"task", "list"});
  Expect<TaskShow>({"task", "show", "x"});
  Expect<TaskWatch>({"task", "watch", "x"});
  Expect<TaskCancel>({"task", "cancel", "x"});
  Expect<TaskLog>({"task", "log", "x"});
  Expect<ServerCommand>({"server", "list"});
  Expect<ServerCommand>({"server", "enrol", "x", "--address", "203.0.113.7"});
  Expect<ServerCommand>({"server", "test", "x"});
  Expect<ServerCommand>({"server", "remove", "x"});
  Expect<ServerCommand>({"server", "targets", "x"});
  Expect<InspectFile>({"inspect", "x"});
  Expect<VerifyFile>({"verify", "x"});
  Expect<DecryptFile>({"decrypt", "x", "--key-file", "y"});
  Expect<RecoverySheetCommand>({"keys", "recovery-sheet"});
}

TEST(ParseLine, TakesGlobalsBeforeAndBehindTheCommand) {
  EXPECT_TRUE(Parse({"--json", "env", "list"}).global.json);
  EXPECT_TRUE(Parse({"env", "list", "--json"}).global.json);
  EXPECT_EQ(Parse({"env", "list", "--url", "http://a"}).global.url, "http://a");
}

TEST(ParseLine, PrefersOptionsToTheEnvironment) {
  const Variables variables = {{"REPRISE_URL", "http://env"}, {"REPRISE_TOKEN", "secret"}};
  EXPECT_EQ(Parse({"env", "list"}, variables).global.url, "http://env");
  EXPECT_EQ(Parse({"--url", "http://arg", "env", "list"}, variables).global.url, "http://arg");
  EXPECT_EQ(Parse({"env", "list"}, variables).global.token, "secret");
}

TEST(ParseLine, PrintsHelpWithExamples) {
  const ParsedLine line = Parse({"--help"});
  EXPECT_FALSE(line.command);
  EXPECT_EQ(line.exit_code, 0);
  EXPECT_NE(line.text.find("Examples:"), std::string::npos);
  EXPECT_NE(line.text.find("Exit codes:"), std::string::npos);
  EXPECT_NE(Parse({"restore", "--help"}).text.find("--no-safety-backup"), std::string::npos);
}

TEST(ParseLine, NeverPrintsTheTokenInHelp) {
  EXPECT_EQ(Parse({"--help"}, {{"REPRISE_TOKEN", "hush"}}).text.find("hush"), std::string::npos);
}

TEST(ParseLine, RefusesWhatItDoesNotKnow) {
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{},
                                             {"nonsense"},
                                             {"env"},
                                             {"env", "adopt", "x"},
                                             {"restore"},
                                             {"restore", "x", "--to", "mars"},
                                             {"restore", "x", "--strategy", "hope"},
                                             {"restore", "x", "--keep-hours", "-1"},
                                             {"task", "watch"},
                                             {"backup", "import", "/no/such/file"},
                                             {"backup", "import", "/dev/null", "--from", "x"},
                                             {"backup", "import", "--headers", "x"},
                                             {"env", "list", "--surprise"}}) {
    const ParsedLine line = Parse(args);
    EXPECT_FALSE(line.command);
    EXPECT_EQ(line.exit_code, 2);
    EXPECT_FALSE(line.text.empty());
  }
}

TEST(ParseLine, AGroupWithoutACommandShowsItsCommands) {
  const ParsedLine line = ParseLine({"restores"}, {});
  EXPECT_EQ(line.exit_code, 2);
  EXPECT_NE(line.text.find("reprise restores is a group of commands: name one of them"),
            std::string::npos);
  EXPECT_NE(line.text.find("list"), std::string::npos) << line.text;
}

}  // namespace
}  // namespace reprise::cli
