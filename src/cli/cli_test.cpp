#include "cli/cli.hpp"

#include <gtest/gtest.h>

#include "base/file.hpp"

namespace reprise::cli {
namespace {

struct Ended {
  int code = 0;
  std::string out;
  std::string err;
};

Ended RunLine(std::vector<std::string> args, const CliHooks& hooks = {}) {
  args.insert(args.begin(), "reprise");
  std::vector<char*> raw;
  for (std::string& arg : args) raw.push_back(arg.data());
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  Ended ended;
  ended.code = RunCli(static_cast<int>(raw.size()), raw.data(), hooks);
  ended.out = ::testing::internal::GetCapturedStdout();
  ended.err = ::testing::internal::GetCapturedStderr();
  return ended;
}

TEST(RunCli, PutsHelpOnStandardOutput) {
  const Ended ended = RunLine({"--help"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_NE(ended.out.find("reprise"), std::string::npos);
  EXPECT_TRUE(ended.err.empty());
}

TEST(RunCli, PutsComplaintsOnStandardErrorAndExitsWithTwo) {
  const Ended ended = RunLine({"frobnicate"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_TRUE(ended.out.empty());
  EXPECT_FALSE(ended.err.empty());
}

TEST(RunCli, ExitsWithEightWhenTheServerCannotBeReached) {
  const Ended ended = RunLine({"--url", "http://127.0.0.1:1", "env", "list"});
  EXPECT_EQ(ended.code, 8);
  EXPECT_EQ(ended.err.find("reprise: cannot reach Reprise at http://127.0.0.1:1"), 0U);
  EXPECT_NE(ended.err.find("\nhint: "), std::string::npos);
}

TEST(RunCli, ExitsWithThreeForATokenFileThatIsNotThere) {
  EXPECT_EQ(RunLine({"--token-file", "/no/such/file", "env", "list"}).code, 3);
}

TEST(RunCli, ExitsWithSixForAFileThatIsNoBackup) {
  EXPECT_EQ(RunLine({"inspect", "/dev/null"}).code, 2);  // not even a file
  EXPECT_EQ(RunLine({"inspect", "/proc/self/exe"}).code, 6);
}

TEST(RunCli, HandsServeToItsHookWithStorageInTheDataFolder) {
  ServeOptions seen;
  CliHooks hooks;
  hooks.serve = [&](const ServeOptions& options) {
    seen = options;
    return 42;
  };
  EXPECT_EQ(RunLine({"serve", "--data", "/data"}, hooks).code, 42);
  EXPECT_EQ(seen.storage, "/data/storage");
}

TEST(RunCli, TakesTheCatalogsUrlFromItsFile) {
  const std::string path = ::testing::TempDir() + "/catalog-url";
  ASSERT_TRUE(WriteTextFile(path, "postgresql://me:secret@h/x\n", FileMode::kPrivate));
  std::string url;
  CliHooks hooks;
  hooks.migrate = [&](const MigrateOptions& options) {
    url = options.catalog.url;
    return 0;
  };
  EXPECT_EQ(RunLine({"migrate", "--catalog-file", path}, hooks).code, 0);
  EXPECT_EQ(url, "postgresql://me:secret@h/x");
  EXPECT_EQ(RunLine({"migrate", "--catalog-file", "/no/such/file"}, hooks).code, 3);
}

TEST(RunCli, HandsStateFilesToTheProgram) {
  ExportOptions exported;
  ImportStateOptions imported;
  CliHooks hooks;
  hooks.export_state = [&](const ExportOptions& options) {
    exported = options;
    return 7;
  };
  hooks.import_state = [&](const ImportStateOptions& options) {
    imported = options;
    return 8;
  };
  EXPECT_EQ(RunLine({"export", "--data", "/d", "--out", "f", "--with-secret-key"}, hooks).code, 7);
  EXPECT_EQ(exported.data, "/d");
  EXPECT_EQ(exported.out, "f");
  EXPECT_TRUE(exported.with_secret_key);
  EXPECT_EQ(RunLine({"import-state", "f", "--data", "/d"}, hooks).code, 8);
  EXPECT_EQ(imported.file, "f");
  EXPECT_FALSE(imported.without_secret_key);
  EXPECT_EQ(RunLine({"import-state"}, hooks).code, 2) << "a file is wanted";
}

}  // namespace
}  // namespace reprise::cli
