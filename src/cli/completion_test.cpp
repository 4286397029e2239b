#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "catalog/testing/temporary_catalog.hpp"
#include "cli/options.hpp"

// The scripts, run by the shells themselves.
namespace reprise::cli {
namespace {

// The shells are what is tested: NOLINTBEGIN(cert-env33-c)
class CompletionTest : public ::testing::Test {
 protected:
  // What a command of the shell prints; lines in one.
  std::string Output(const std::string& command) {
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string text;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
      text += c == '\n' ? ' ' : static_cast<char>(c);
    }
    EXPECT_EQ(::pclose(pipe), 0) << command << "\n" << text;
    return text;
  }
  static bool IsThere(const std::string& shell) {
    return std::system(("command -v " + shell + " >/dev/null").c_str()) == 0;
  }
  std::filesystem::path Script(const std::string& shell) {
    const ParsedLine line = ParseLine({"completion", shell}, {});
    EXPECT_EQ(line.exit_code, 0) << line.text;
    EXPECT_FALSE(line.command);
    auto path = std::filesystem::path(folder_.path()) / shell;
    std::ofstream(path) << line.text;
    return path;
  }
  // What bash offers for a line; its last word is the one to be completed.
  std::string Bash(const std::vector<std::string>& words) {
    std::ofstream file(std::filesystem::path(folder_.path()) / "ask");
    file << "set -eu\nsource " << Script("bash").string() << "\nCOMP_WORDS=(";
    for (const std::string& word : words) file << "'" << word << "' ";
    file << ")\nCOMP_CWORD=" << words.size() - 1 << "\n_reprise\necho \" ${COMPREPLY[*]-} \"\n";
    file.close();
    return Output("bash " + (std::filesystem::path(folder_.path()) / "ask").string());
  }
  bool Offers(const std::vector<std::string>& words, const std::string& word) {
    return Bash(words).find(" " + word + " ") != std::string::npos;
  }

  catalog::testing::TemporaryFolder folder_;
};
// NOLINTEND(cert-env33-c)

TEST_F(CompletionTest, BashOffersCommands) {
  EXPECT_TRUE(Offers({"reprise", ""}, "restore"));
  EXPECT_TRUE(Offers({"reprise", "ba"}, "backup"));
  EXPECT_FALSE(Offers({"reprise", "ba"}, "restore"));
  EXPECT_TRUE(Offers({"reprise", "backup", ""}, "create"));
  EXPECT_TRUE(Offers({"reprise", "--json", "backup", "c"}, "create"));
  EXPECT_FALSE(Offers({"reprise", "env", ""}, "verify"));
}

TEST_F(CompletionTest, BashOffersOptionsOfTheCommandAndOfAll) {
  EXPECT_TRUE(Offers({"reprise", "restore", "nightly", "--"}, "--no-safety-backup"));
  EXPECT_TRUE(Offers({"reprise", "restore", "nightly", "-"}, "-n"));
  EXPECT_TRUE(Offers({"reprise", "task", "list", "--"}, "--json"));
  EXPECT_FALSE(Offers({"reprise", "task", "list", "--"}, "--no-safety-backup"));
}

TEST_F(CompletionTest, BashOffersTheValuesOfAnOption) {
  EXPECT_EQ(Bash({"reprise", "restore", "nightly", "--to", ""}),
            " original existing new cross-server  ");
  EXPECT_EQ(Bash({"reprise", "restore", "x", "--to", "=", "cr"}), " cross-server  ");
  EXPECT_EQ(Bash({"reprise", "env", "adopt", "x", "-t", "prod"}), " production  ");
  EXPECT_EQ(Bash({"reprise", "completion", "z"}), " zsh  ");
  // Where any text may stand bash offers files by itself.
  EXPECT_EQ(Bash({"reprise", "backup", "create", "shop", "--name", ""}), "   ");
}

TEST_F(CompletionTest, EveryCommandIsOffered) {
  const std::string offered = Bash({"reprise", ""});
  std::istringstream help(ParseLine({"--help"}, {}).text);
  int found = 0;
  bool in_list = false;
  for (std::string line; std::getline(help, line);) {
    if (line.find("ubcommands:") != std::string::npos) in_list = true;
    if (line.starts_with("Examples")) in_list = false;
    if (!in_list || !line.starts_with("  ") || line[2] == ' ') continue;
    const std::string name = line.substr(2, line.find(' ', 2) - 2);
    EXPECT_NE(offered.find(" " + name + " "), std::string::npos) << name;
    ++found;
  }
  EXPECT_GT(found, 20) << help.str();
}

TEST_F(CompletionTest, ZshAndFishReadTheirScripts) {
  const auto zsh = Script("zsh");
  const auto fish = Script("fish");
  if (!IsThere("zsh") && !IsThere("fish")) GTEST_SKIP() << "neither zsh nor fish is installed";
  if (IsThere("zsh"))
    Output(
        fmt::format("zsh -n {0} && zsh -fc 'autoload -U compinit; compinit -D -u -d {0}.dump; "
                    "source {0}; print $_comps[reprise]'",
                    zsh.string()));
  if (!IsThere("fish")) return;
  const std::string offered = Output(fmt::format(
      "fish --no-config -c 'source {}; complete -C \"reprise restore x --to \"'", fish.string()));
  EXPECT_NE(offered.find("cross-server"), std::string::npos) << offered;
  EXPECT_NE(Output(fmt::format("fish --no-config -c 'source {}; complete -C \"reprise backup c\"'",
                               fish.string()))
                .find("create"),
            std::string::npos);
}

TEST_F(CompletionTest, AnotherShellIsRefused) {
  const ParsedLine line = ParseLine({"completion", "csh"}, {});
  EXPECT_EQ(line.exit_code, 2);
}

}  // namespace
}  // namespace reprise::cli
