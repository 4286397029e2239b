#include "postgres/restore_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace reprise::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The shape that pg_restore 13 prints.
constexpr std::string_view kListing =
    ";\n"
    "; Archive created at 2024-12-11 11:00:00 UTC\n"
    ";     dbname: shop\n"
    ";\n"
    "2; 3079 16385 EXTENSION - pg_trgm \n"
    "4321; 0 0 COMMENT - EXTENSION pg_trgm \n"
    "3; 3079 16390 EXTENSION - uuid-ossp \n"
    "6; 2615 2200 SCHEMA - public postgres\n"
    "4322; 0 0 COMMENT - SCHEMA public postgres\n"
    "4323; 0 0 ACL - SCHEMA public postgres\n"
    "7; 2615 17000 SCHEMA - reports odoo\n"
    "215; 1259 16386 TABLE public res_users odoo\n"
    "4324; 0 0 COMMENT public COLUMN res_users.login odoo\n"
    "4325; 0 0 ACL public TABLE res_users odoo\n"
    "1700; 826 17001 DEFAULT ACL public DEFAULT PRIVILEGES FOR TABLES odoo\n"
    "3400; 3466 17002 EVENT TRIGGER - boom postgres\n"
    "4326; 0 0 COMMENT - EVENT TRIGGER boom postgres\n"
    "3401; 6104 17003 PUBLICATION - leak postgres\n"
    "3402; 6106 17004 PUBLICATION TABLE public leak res_users postgres\n"
    "3403; 6100 17005 SUBSCRIPTION - pull postgres\n"
    "4200; 0 16386 TABLE DATA public res_users odoo\n"
    "3300; 2606 16400 CONSTRAINT public res_users res_users_pkey odoo\n";

TEST(RestoreList, LeavesOutWhatTheLoaderMayNotMake) {
  const RestoreList chosen = ChooseEntries(kListing);
  EXPECT_EQ(chosen.list,
            "7; 2615 17000 SCHEMA - reports odoo\n"
            "215; 1259 16386 TABLE public res_users odoo\n"
            "4200; 0 16386 TABLE DATA public res_users odoo\n"
            "3300; 2606 16400 CONSTRAINT public res_users res_users_pkey odoo\n");
  EXPECT_EQ(chosen.entries, 4U);
  EXPECT_THAT(chosen.comments,
              ElementsAre("4324; 0 0 COMMENT public COLUMN res_users.login odoo\n"));
  EXPECT_THAT(chosen.extensions, ElementsAre("pg_trgm", "uuid-ossp"));
}

TEST(RestoreList, ForeignKeysAndCommentsThatMayBeOnThemComeApart) {
  const RestoreList chosen = ChooseEntries(
      "3300; 2606 16400 CONSTRAINT public res_users res_users_pkey odoo\n"
      "3301; 2606 16401 FK CONSTRAINT public res_users res_users_company_id_fkey odoo\n"
      "3302; 0 0 COMMENT public CONSTRAINT res_users_company_id_fkey ON res_users odoo\n"
      "3303; 0 0 COMMENT my schema CONSTRAINT a_fkey ON a odoo\n"
      "3305; 0 0 COMMENT public TABLE res_users odoo\n"
      "3304; 1259 1 TABLE public FK CONSTRAINT odoo\n");
  EXPECT_EQ(chosen.foreign_keys,
            "3301; 2606 16401 FK CONSTRAINT public res_users res_users_company_id_fkey odoo\n"
            "3302; 0 0 COMMENT public CONSTRAINT res_users_company_id_fkey ON res_users odoo\n"
            "3303; 0 0 COMMENT my schema CONSTRAINT a_fkey ON a odoo\n");
  EXPECT_EQ(chosen.foreign_key_entries, 3U);
  EXPECT_EQ(chosen.entries, 2U);
  EXPECT_THAT(chosen.comments, ElementsAre("3305; 0 0 COMMENT public TABLE res_users odoo\n"));
}

TEST(RestoreList, CommentsComeInListsThatAServerHasLocksFor) {
  std::string listing;
  for (std::size_t i = 0; i <= kMostCommentsAtOnce; ++i) {
    listing += "4324; 0 0 COMMENT public COLUMN res_users.login odoo\n";
  }
  const auto comments = ChooseEntries(listing).comments;
  ASSERT_EQ(comments.size(), 2U);
  EXPECT_EQ(comments.front() + comments.back(), listing);
  EXPECT_EQ(comments.back(), "4324; 0 0 COMMENT public COLUMN res_users.login odoo\n");
}

TEST(RestoreList, OfNothingIsNothing) {
  EXPECT_EQ(ChooseEntries("").entries, 0U);
  EXPECT_EQ(ChooseEntries(";\n; a comment\n\n").list, "");
}

// Otherwise a table could be made to vanish from the restore, or an extension be asked for, by its
// name.
TEST(RestoreList, NamesInAnEntryDoNotDecide) {
  for (const std::string line :
       {"215; 1259 16386 TABLE public my ACL table odoo",
        "216; 1259 1 TABLE public a EVENT TRIGGER b odoo",
        "217; 1259 1 TABLE public x EXTENSION - pgcrypto odoo",
        "218; 1259 1 TABLE DATA public  SCHEMA - public  odoo",
        "219; 2615 1 SCHEMA - publicity odoo", "4400; 0 0 COMMENT - SCHEMA publicity odoo"}) {
    const RestoreList chosen = ChooseEntries(line);
    EXPECT_EQ(chosen.comments.empty() ? chosen.list : chosen.comments.front(), line + "\n");
    EXPECT_THAT(chosen.extensions, IsEmpty()) << line;
  }
}

RC_GTEST_PROP(RestoreList, EveryTableStaysWhateverItIsCalled, ()) {
  const auto words = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(
      std::vector<std::string>{"ACL", "EXTENSION", "-", "SCHEMA", "public", "COMMENT", ";", "7"}));
  std::string line = "215; 1259 16386 TABLE public";
  for (const std::string& word : words) line += " " + word;
  RC_ASSERT(ChooseEntries(line).list == line + "\n");
}

TEST(RestoreList, KnowsWhichEntriesTheCatalogShows) {
  for (const char* entry :
       {"TABLE public res_users odoo", "SEQUENCE public res_users_id_seq odoo",
        "DEFAULT public res_users id odoo", "INDEX public res_users_login_idx odoo",
        "CONSTRAINT public res_users res_users_pkey odoo", "VIEW public report odoo",
        "MATERIALIZED VIEW public sums odoo"}) {
    EXPECT_TRUE(IsSeenInCatalog(entry)) << entry;
  }
  for (const char* entry :
       {"TABLE DATA public res_users odoo", "SEQUENCE OWNED BY public res_users_id_seq odoo",
        "SEQUENCE SET public res_users_id_seq odoo", "INDEX ATTACH public part_idx odoo",
        "MATERIALIZED VIEW DATA public sums odoo", "FUNCTION public f() odoo",
        "FK CONSTRAINT public a a_b_fkey odoo", "COMMENT public COLUMN res_users.login odoo"}) {
    EXPECT_FALSE(IsSeenInCatalog(entry)) << entry;
  }
}

}  // namespace
}  // namespace reprise::postgres
