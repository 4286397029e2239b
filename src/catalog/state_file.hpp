#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/context.hpp"
#include "base/stream.hpp"
#include "catalog/bare_catalog.hpp"

// A catalog in one file that either database takes in (ADR 29): lines of JSON. The first is the
// header, then for each table its name and columns and a line for each row, then a last one with
// the number of rows and the SHA-256 of all lines before it.
namespace reprise::catalog {

// What the first line says. Everything but `schema` is for the reader of the file; may be empty.
struct StateHeader {
  std::int64_t schema = 0;   // version
  std::int64_t sealed = 0;   // values that only secret.key opens
  std::string program;       // that wrote it
  std::string exported_at;   // RFC 3339
  std::string installation;  // as which it marks what it makes in an engine
  std::string key_check;     // a word sealed with secret.key
  std::string secret_key;    // only where it was asked for
};

struct StateSummary {
  StateHeader header;
  std::uint64_t rows = 0;
  std::uint64_t ended = 0;  // tasks that ran when it was exported, and were ended by the import
};

// Writes the catalog as it is at one moment (others go on writing), in bounded memory; does not
// close `into`. `header.schema` and `header.sealed` are found out. kNotFound when the catalog is
// empty.
[[nodiscard]] Result<StateSummary> ExportState(const Context& ctx, BareCatalog& from,
                                               StateHeader header, ByteWriter& into);

// The header of a state file; what comes after it is left unread.
[[nodiscard]] Result<StateHeader> ReadStateHeader(const Context& ctx, ByteReader& from);

// Fills an empty catalog, at the file's schema version (opening it then brings it up to date), all
// in one transaction: after a failure it is empty still. What ran when the file was written is
// ended as failed, as what became of it since is not in the file. kConflict when the catalog is not
// empty; kArchiveCorrupt, kFormatUnsupported, kIncompatible for the file.
[[nodiscard]] Result<StateSummary> ImportState(const Context& ctx, ByteReader& from,
                                               BareCatalog& into);

}  // namespace reprise::catalog
