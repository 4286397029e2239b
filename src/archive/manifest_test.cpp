#include "archive/manifest.hpp"

#include <gtest/gtest.h>

namespace reprise::archive {
namespace {

TEST(Manifest, IsReadAsItWasWritten) {
  Manifest manifest;
  manifest.format_version = "1";
  manifest.created_at = "2026-01-02T03:04:05Z";
  manifest.db_name = "prod-\"main\"\n";
  manifest.odoo_version = "17.0";
  manifest.postgres_version = "16.4";
  manifest.environment_name = "Größe";
  manifest.environment_type = "production";
  manifest.modules = {{"base", "17.0.1.3"}, {"web", ""}};
  manifest.extensions = {"pg_trgm", "unaccent"};
  manifest.images = {{"odoo", "odoo:17"}};
  manifest.sha256 = {{"dump.sql", std::string(64, 'a')}};
  manifest.table_rows = {{"public.res_users", 18446744073709551615U}};
  manifest.table_bytes = {{"public.res_users", 8192}};
  manifest.dump_bytes = 1;
  manifest.database_bytes = 2;
  manifest.filestore_bytes = 3;
  manifest.filestore_files = 4;
  manifest.has_filestore = true;
  const std::string json = WriteManifest(manifest);
  EXPECT_TRUE(json.ends_with("}\n"));
  const auto read = ParseManifest(json);
  ASSERT_TRUE(read) << read.error().Sentence();
  EXPECT_EQ(WriteManifest(*read), json);
  EXPECT_EQ(read->db_name, manifest.db_name);
  EXPECT_EQ(read->modules, manifest.modules);
  EXPECT_EQ(read->table_rows, manifest.table_rows);
  EXPECT_EQ(read->sha256, manifest.sha256);
  EXPECT_EQ(read->filestore_files, 4U);
  EXPECT_TRUE(read->has_filestore);
}

TEST(Manifest, HoldsOdoosOwnKeys) {
  Manifest manifest;
  manifest.odoo_version = "17.0+e";
  const std::string json = WriteManifest(manifest);
  for (const std::string_view text :
       {R"("odoo_dump": "1")", R"("version": "17.0+e")", R"("major_version": "17.0")",
        R"("version_info": [17,0,0,"final",0,""])"}) {
    EXPECT_NE(json.find(text), std::string::npos) << json;
  }
}

TEST(Manifest, OfOdooIsRead) {
  const auto manifest = ParseManifest(
      R"({"odoo_dump": "1", "db_name": "prod", "version": "17.0+e-20240101",
          "version_info": [17, 0, 0, "final", 0, "e"], "major_version": "17.0",
          "pg_version": "15.0", "modules": {"base": "17.0.1.3", "odd": null}})");
  ASSERT_TRUE(manifest) << manifest.error().Sentence();
  EXPECT_TRUE(manifest->format_version.empty());
  EXPECT_EQ(manifest->odoo_version, "17.0");
  EXPECT_EQ(manifest->postgres_version, "15.0");
  EXPECT_EQ(manifest->modules.at("odd"), "");
}

TEST(Manifest, ToleratesOddValuesButNotOddChecksums) {
  EXPECT_TRUE(ParseManifest(R"({"modules": [], "db_name": 5, "table_rows": {"a": -1},
                                "extensions": "x", "has_filestore": "yes"})"));
  const auto upper =
      ParseManifest(R"({"checksums": {"dump.sql": "sha256:)" + std::string(64, 'A') + "\"}}");
  ASSERT_TRUE(upper);
  EXPECT_EQ(upper->sha256.at("dump.sql"), std::string(64, 'a'));
  EXPECT_EQ(ParseManifest(R"({"sha256": {"dump.sql": "md5"}})").error().code,
            ErrorCode::kArchiveCorrupt);
}

TEST(Manifest, ThatIsNoObjectIsRefused) {
  for (const std::string_view text : {"", "{", "[]", "\"x\"", "{} x", "null"}) {
    const auto manifest = ParseManifest(text);
    ASSERT_FALSE(manifest) << text;
    EXPECT_EQ(manifest.error().code, ErrorCode::kArchiveCorrupt);
  }
}

}  // namespace
}  // namespace reprise::archive
