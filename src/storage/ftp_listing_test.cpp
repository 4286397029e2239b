#include "storage/ftp_listing.hpp"

#include <gtest/gtest.h>

namespace reprise::storage {
namespace {

using Entries = std::vector<FtpEntry>;

TEST(FtpListing, ReadsWhatMlsdTells) {
  EXPECT_EQ(ParseMlsd("type=cdir;modify=20261126150000; .\r\n"
                      "Type=pdir;Modify=20261126150000; ..\r\n"
                      "Type=file;Size=12345678901;Modify=20261126150000;UNIX.mode=0644; b-1.zip\r\n"
                      "modify=20261126150000;type=dir; deep\r\n"
                      "type=OS.unix=slink:/etc/passwd;size=5; link\r\n"
                      "type=file; no-size\r\n"
                      "nonsense\r\n"),
            (Entries{{"b-1.zip", false, 12'345'678'901}, {"deep", true, 0}}));
}

TEST(FtpListing, ReadsWhatListTellsOnUnix) {
  EXPECT_EQ(
      ParseList("total 8\r\n"
                "drwxr-xr-x    2 65534    65534        4096 Nov 26 15:00 deep\r\n"
                "-rw-r--r--    1 65534    65534  12345678901 Jan 01  2025 b-1.zip\r\n"
                "-rw-r--r--    1 owner 7 Jan 01  2025 no-group\r\n"
                "lrwxrwxrwx    1 0 0 11 Nov 26 15:00 link -> /etc/passwd\r\n"
                "-rw-r--r--    1 0 0 7 Nov 26 15:00 two words\r\n"
                "-rw-r--r--    1 owner 7 Jan 01  2025 two words\r\n"),
      (Entries{{"deep", true, 0}, {"b-1.zip", false, 12'345'678'901}, {"no-group", false, 7}}));
}

TEST(FtpListing, ReadsWhatListTellsOnWindows) {
  EXPECT_EQ(ParseList("11-26-26  03:00PM       <DIR>          deep\r\n"
                      "11-26-26  03:00PM                12345 b-1.zip\r\n"),
            (Entries{{"deep", true, 0}, {"b-1.zip", false, 12345}}));
}

TEST(FtpListing, TakesNothingOutOfNonsense) {
  for (const std::string_view text :
       {"", "\r\n\r\n", "   ", "-", "d", "; ", "type=file;size=99999999999999999999999; x",
        "- - - - - - - - -"}) {
    EXPECT_EQ(ParseList(text), Entries{}) << text;
    EXPECT_EQ(ParseMlsd(text), Entries{}) << text;
  }
}

}  // namespace
}  // namespace reprise::storage
