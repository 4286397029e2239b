#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/stream.hpp"

namespace reprise::archive {

// What a backup says of itself: the union of Odoo's own manifest.json and ours (docs/formats.md).
// Fields that a manifest lacks stay empty.
struct Manifest {
  std::string format_version;  // ours: "1"; empty in Odoo's
  std::string created_at;      // RFC 3339
  std::string
      snapshot_at;  // what the database's own clock said then: "2024-12-11 11:00:00.123456", UTC
  std::string db_name;
  std::string odoo_version;      // "14.0"
  std::string postgres_version;  // of the server that was dumped, "13.23"
  std::string environment_name;
  std::string environment_type;
  std::map<std::string, std::string> modules;  // installed → version
  std::vector<std::string> extensions;
  std::map<std::string, std::string> images;         // "odoo", "db", "pgbouncer" → reference
  std::map<std::string, std::string> sha256;         // "dump.sql", "filestore.tar.gz", … → hex
  std::map<std::string, std::uint64_t> table_rows;   // "public.res_partner" → rows
  std::map<std::string, std::uint64_t> table_bytes;  // the same → bytes on disk, for progress
  ByteCount dump_bytes = 0;
  ByteCount database_bytes = 0;  // pg_database_size when dumped
  ByteCount filestore_bytes = 0;
  std::uint64_t filestore_files = 0;
  bool has_filestore = false;
};

// Reads either kind. kArchiveCorrupt when it is no JSON object.
[[nodiscard]] Result<Manifest> ParseManifest(std::string_view json);
// Ours, with Odoo's keys beside them so that other tools read it too; ends with a line feed.
[[nodiscard]] std::string WriteManifest(const Manifest& manifest);

}  // namespace reprise::archive
