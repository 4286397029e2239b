// Every file of tests/corpus, and what is said to it (tests/corpus/expected.tsv).

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "archive/archive_samples.hpp"
#include "archive/verify.hpp"
#include "base/lines.hpp"
#include "base/testing/tree.hpp"

namespace reprise::archive {
namespace {

namespace fs = std::filesystem;

const fs::path kCorpus = reprise::testing::Tree("tests/corpus");
// Folders of things that are no backups, or are loaded as well (tests/e2e/test_hostile_dumps.py).
constexpr std::array<std::string_view, 6> kFolders = {"zip",   "tar",   "sql",
                                                      "other", "dumps", "found"};

// "ok", or the code and sentence of a refusal.
struct Answer {
  std::string inspect;
  std::string verify;
  std::string sentence;
  bool operator==(const Answer&) const = default;
};

std::string CodeOf(const Status& status) {
  return status ? "ok" : std::string(NameOf(status.error().code));
}

Answer AnswerTo(const fs::path& file) {
  Answer answer;
  const auto source = OpenFile(file).value();
  const auto reader = OpenBackup(Context(), *source);
  answer.inspect = CodeOf(reader ? Status() : Fail(reader.error()));
  const auto report = VerifyBackup(Context(), *source, nullptr);
  answer.verify = CodeOf(report ? Status() : Fail(report.error()));
  if (!report) answer.sentence = report.error().Sentence();
  return answer;
}

std::map<std::string, Answer> Expected() {
  std::map<std::string, Answer> expected;
  std::ifstream file(kCorpus / "expected.tsv");
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> fields = Split(line, '\t');
    if (fields.size() == 4) expected[fields[0]] = {fields[1], fields[2], fields[3]};
  }
  return expected;
}

std::vector<std::string> Files() {
  std::vector<std::string> files;
  for (const std::string_view folder : kFolders) {
    if (!fs::exists(kCorpus / folder)) continue;
    for (const auto& entry : fs::directory_iterator(kCorpus / folder)) {
      files.push_back(std::string(folder) + "/" + entry.path().filename().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(Corpus, EveryFileGetsItsAnswer) {
  std::map<std::string, Answer> expected = Expected();
  for (const std::string& file : Files()) {
    SCOPED_TRACE(file);
    ASSERT_TRUE(expected.contains(file)) << "expected.tsv does not say what is said to it";
    const Answer answer = AnswerTo(kCorpus / file);
    EXPECT_EQ(answer.inspect, expected[file].inspect);
    EXPECT_EQ(answer.verify, expected[file].verify);
    EXPECT_EQ(answer.sentence, expected[file].sentence);
    expected.erase(file);
  }
  for (const auto& [file, answer] : expected) ADD_FAILURE() << file << " is not there";
}

TEST(Corpus, HoldsWhatItsScriptWrites) {
  const ToolRun made = RunTool("python3 -B '" + (kCorpus / "make").string() + "' --check");
  EXPECT_EQ(made.status, 0) << made.output;
}

// Only refusals that a program can act on: never "internal", and never without saying what.
TEST(Corpus, NoAnswerIsAFault) {
  const std::set<std::string> known{"ok", "archive_corrupt", "archive_hostile",
                                    "format_unsupported"};
  for (const auto& [file, answer] : Expected()) {
    EXPECT_TRUE(known.contains(answer.inspect)) << file << ": " << answer.inspect;
    EXPECT_TRUE(known.contains(answer.verify)) << file << ": " << answer.verify;
    EXPECT_EQ(answer.verify == "ok", answer.sentence.empty()) << file;
  }
}

// Writes expected.tsv as things are: read what has changed before you commit it.
TEST(Corpus, DISABLED_WriteExpected) {
  std::ofstream file(kCorpus / "expected.tsv");
  for (const std::string& name : Files()) {
    const Answer answer = AnswerTo(kCorpus / name);
    file << name << '\t' << answer.inspect << '\t' << answer.verify << '\t' << answer.sentence
         << '\n';
  }
}

}  // namespace
}  // namespace reprise::archive
