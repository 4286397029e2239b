#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace reprise::domain {

// PostgreSQL cuts longer names without a word.
inline constexpr std::size_t kLongestDatabaseName = 63;

// The first 8 hex digits that tell ids apart: the last ones of a UUID v7, whose first are its time.
[[nodiscard]] std::string ShortId(std::string_view uuid);

// Names of what stands beside the live database during a restore, all at most 63 bytes; a long
// database name is shortened, never the mark. A name is looked up before it is used.
//   SideDatabasePrefix  "shop__r1a2b3c4d_"      all side databases of one restore
//   SideDatabaseName    "shop__r1a2b3c4d_2"     that of its epoch 2
//   OldDatabaseName     "shop__old_1a2b3c4d"    the fenced previous one
[[nodiscard]] std::string SideDatabasePrefix(std::string_view db_name, std::string_view restore_id);
[[nodiscard]] std::string SideDatabaseName(std::string_view db_name, std::string_view restore_id,
                                           std::int64_t epoch);
[[nodiscard]] std::string OldDatabaseName(std::string_view db_name, std::string_view restore_id);
// The role that loads a dump and owns nothing but the side database.
[[nodiscard]] std::string LoaderRolePrefix(std::string_view restore_id);  // of all epochs
[[nodiscard]] std::string LoaderRoleName(std::string_view restore_id, std::int64_t epoch);

// A database name made of what a person called an environment: "Prod clone" → "prod-clone".
// Never one of PostgreSQL's own databases.
[[nodiscard]] std::string DatabaseNameFor(std::string_view environment_name);

}  // namespace reprise::domain
