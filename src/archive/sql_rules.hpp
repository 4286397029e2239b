#pragma once

#include <optional>
#include <string>

#include "archive/sql_statement.hpp"

namespace reprise::archive {

enum class SqlVerdict { kKeep, kLeaveOut };

// What becomes of a statement of a dump that is loaded by a role without rights: kept, left out
// (the administrator or the target decides on extensions, owners, grants, session roles, settings
// of newer servers), or kArchiveHostile, naming it (roles, databases, the server's files and
// programs, code outside SQL, other encodings of quotes).
[[nodiscard]] Result<SqlVerdict> JudgeSql(const SqlStatement& statement);

// The name that CREATE EXTENSION creates; nullopt for other statements.
[[nodiscard]] std::optional<std::string> CreatedExtension(const SqlStatement& statement);

// The value of "SET client_encoding = …"; nullopt for other statements.
[[nodiscard]] std::optional<std::string> ClientEncoding(const SqlStatement& statement);

}  // namespace reprise::archive
