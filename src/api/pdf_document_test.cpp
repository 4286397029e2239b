#include "api/pdf_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "api/drill_page.hpp"

namespace reprise::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string DocumentOf(std::string_view text) {
  PdfDocument pdf("Title", "footer");
  pdf.AddLine(PdfDocument::Size::kText, text);
  return pdf.Finish();
}

std::size_t CountOf(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(PdfDocument, EveryEntryOfItsTablePointsToAnObject) {
  PdfDocument pdf("Title", "footer");
  for (int i = 0; i < 200; ++i) pdf.AddRow("label", "value");
  const std::string file = pdf.Finish();
  EXPECT_TRUE(file.starts_with("%PDF-1.4\n"));
  const std::size_t at = file.rfind("startxref\n");
  const std::size_t table = std::stoul(file.substr(at + 10));
  ASSERT_TRUE(file.substr(table).starts_with("xref\n0 "));
  const std::size_t count = std::stoul(file.substr(table + 7));
  std::size_t entry = file.find('\n', table + 7) + 1 + 20;  // past the free one
  for (std::size_t number = 1; number < count; ++number, entry += 20) {
    const std::size_t offset = std::stoul(file.substr(entry, 10));
    EXPECT_TRUE(file.substr(offset).starts_with(std::to_string(number) + " 0 obj\n")) << number;
  }
  EXPECT_GT(CountOf(file, "/Type/Page/"), 2U) << "200 rows do not fit on two pages";
  EXPECT_EQ(CountOf(file, "(value) Tj"), 200U);
}

TEST(PdfDocument, StreamsAreAsLongAsTheySay) {
  const std::string file = DocumentOf("text");
  const std::regex stream("<</Length (\\d+)>>\nstream\n");
  std::smatch found;
  ASSERT_TRUE(std::regex_search(file, found, stream));
  const auto begin = static_cast<std::size_t>(found.position(0) + found.length(0));
  EXPECT_TRUE(file.substr(begin + std::stoul(found[1])).starts_with("endstream"));
}

TEST(PdfDocument, NoTextGetsOutOfItsString) {
  EXPECT_THAT(DocumentOf("a) Tj (b\\"), HasSubstr("(a\\) Tj \\(b\\\\) Tj"));
  EXPECT_THAT(DocumentOf("one\ntwo"), HasSubstr("(one two) Tj"));
}

TEST(PdfDocument, LatinLettersAreThereAndOthersAreMarked) {
  EXPECT_THAT(DocumentOf("M\xc3\xbcller"), HasSubstr("(M\\374ller) Tj"));
  EXPECT_THAT(DocumentOf("\xd0\x96\xe2\x82\xac!"), HasSubstr("(?"
                                                             "?!) Tj"));
}

TEST(PdfDocument, LongWordsAndSentencesAreWrapped) {
  EXPECT_GT(CountOf(DocumentOf(std::string(500, 'x')), ") Tj"), 5U);
  EXPECT_THAT(DocumentOf("a sentence that is short"), HasSubstr("(a sentence that is short) Tj"));
  const std::string sentence = DocumentOf(std::string(60, 'a') + " " + std::string(60, 'b'));
  EXPECT_THAT(sentence, HasSubstr("(" + std::string(60, 'b') + ") Tj"));
}

TEST(DrillPdf, HoldsWhatTheAuditorAsksForAndTheSignature) {
  const boost::json::object report{
      {"drill_id", "d1"},
      {"result", "passed"},
      {"recovery_seconds", 41.25},
      {"backup", {{"id", "b1"}, {"name", "nightly"}, {"environment", "shop"}}},
      {"steps", {{{"name", "prove"}, {"state", "done"}, {"seconds", 3.5}}}},
      {"proof",
       {{"database", {{"tables", 120}}},
        {"signature", {{"algorithm", "ed25519"}, {"public_key", "ab12"}, {"value", "cd34"}}}}}};
  const std::string file = DrillPdf(report);
  for (const char* part :
       {"(Recovery drill of shop)", "(Result: passed)", "(nightly)", "(done, 3.5 s)", "(120)",
        "(cd34)", "(ab12)", "(Drill d1, backup b1. Made by Reprise.)"}) {
    EXPECT_THAT(file, HasSubstr(part));
  }
  EXPECT_THAT(file, Not(HasSubstr("Why it failed")));
  EXPECT_THAT(DrillPage(report), HasSubstr("<th>Signature</th><td>cd34</td>"));
}

}  // namespace
}  // namespace reprise::api
