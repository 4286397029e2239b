#include "archive/attachment_scanner.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace reprise::archive {
namespace {

constexpr std::string_view kDump =
    "--\n-- PostgreSQL database dump\n--\n"
    "COPY public.ir_actions (id, name) FROM stdin;\n"
    "1\tCOPY public.ir_attachment (id, store_fname) FROM stdin;\n"
    "COPY public.ir_attachment (id, store_fname) FROM stdin;\tx\n"
    "\\.\n\n"
    "COPY public.ir_attachment (id, name, store_fname, db_datas, file_size) FROM stdin;\n"
    "1\tlogo\tab/ab12\t\\N\t17\n"
    "2\tin the database\t\\N\t\\\\x00\t4\n"
    "3\tno size\tcd/cd34\t\\N\t\\N\n"
    "\\.\n\n"
    "COPY public.res_users (id, store_fname) FROM stdin;\n"
    "1\tee/ee99\n"
    "\\.\n";

AttachmentScanner::Files Expected() { return {{"ab/ab12", 17}, {"cd/cd34", std::nullopt}}; }

TEST(AttachmentScanner, GathersNamesAndSizesOfAttachmentsAlone) {
  AttachmentScanner scanner;
  StringReader text{std::string(kDump)};
  AttachmentTap tap(text, scanner);
  EXPECT_EQ(ReadAll(Context(), tap, 1U << 20U).value(), kDump) << "what passes is not touched";
  EXPECT_EQ(scanner.files(), Expected());
  EXPECT_TRUE(scanner.complete());
}

TEST(AttachmentScanner, SeesTheSameHoweverTheBytesCome) {
  for (std::size_t step = 1; step < 40; ++step) {
    AttachmentScanner scanner;
    StringReader text{std::string(kDump)};
    AttachmentTap tap(text, scanner);
    std::vector<std::byte> buffer(step);
    while (tap.Read(Context(), buffer).value() > 0) {
    }
    EXPECT_EQ(scanner.files(), Expected()) << step;
  }
}

TEST(AttachmentScanner, ATableThatIsCutOffOrNotThereIsNotComplete) {
  AttachmentScanner cut;
  ASSERT_TRUE(cut.Begin("COPY public.ir_attachment (id, store_fname) FROM stdin;"));
  cut.Feed("1\tab/ab12\n");
  EXPECT_FALSE(cut.complete());
  EXPECT_FALSE(AttachmentScanner().complete());
  EXPECT_FALSE(AttachmentScanner().Begin("COPY public.ir_attachment_rel (id) FROM stdin;"));
}

}  // namespace
}  // namespace reprise::archive
