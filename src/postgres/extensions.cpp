#include "postgres/extensions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "postgres/quote.hpp"

namespace reprise::postgres {
namespace {

// What Odoo databases are known to use. Anything else a dump wants is refused, not made: making an
// extension runs code as the administrator.
constexpr std::array<std::string_view, 15> kAllowed = {
    "plpgsql", "pg_trgm",       "unaccent",  "btree_gin", "btree_gist",
    "citext",  "fuzzystrmatch", "hstore",    "intarray",  "pgcrypto",
    "postgis", "tablefunc",     "uuid-ossp", "vector",    "pg_stat_statements"};

Status CheckAllowed(const std::string& name) {
  if (std::find(kAllowed.begin(), kAllowed.end(), name) != kAllowed.end()) return {};
  return Fail(ErrorCode::kIncompatible,
              fmt::format("the dump wants the PostgreSQL extension \"{}\", which is not on the "
                          "list of extensions that Reprise makes",
                          name),
              "remove the extension from the source database, or restore this dump by hand");
}

Error Unavailable(const std::string& name, const Cluster& cluster) {
  return Error{ErrorCode::kIncompatible,
               fmt::format("the dump wants the PostgreSQL extension \"{}\", which the image of {} "
                           "does not have",
                           name, cluster.container()),
               name == "vector" ? "use a database image that has it, such as pgvector/pgvector"
                                : "use a database image that has it"};
}

}  // namespace

Status CheckExtensions(const Context& ctx, const Cluster& cluster,
                       const std::vector<std::string>& names) {
  const bool any = std::any_of(names.begin(), names.end(),
                               [](const std::string& name) { return name != "plpgsql"; });
  if (!any) return {};
  for (const std::string& name : names) RETURN_IF_ERROR(CheckAllowed(name));
  ASSIGN_OR_RETURN(
      const auto rows,
      cluster.Query(ctx, "postgres", "SELECT name FROM pg_catalog.pg_available_extensions"));
  std::set<std::string> available;
  for (const QueryRow& row : rows) available.insert(row.front());
  for (const std::string& name : names) {
    if (name != "plpgsql" && !available.contains(name)) return Fail(Unavailable(name, cluster));
  }
  return {};
}

Status CreateExtensions(const Context& ctx, const Cluster& cluster, const std::string& database,
                        const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (name == "plpgsql") continue;  // every database has it
    RETURN_IF_ERROR(CheckAllowed(name));
    std::string sql =
        fmt::format("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public;", QuoteName(name));
    // Odoo's own indexes need it immutable, and no dump carries that change of a function which
    // belongs to an extension.
    if (name == "unaccent") sql += "ALTER FUNCTION public.unaccent(text) IMMUTABLE;";
    Status made = cluster.Execute(ctx, database, sql);
    if (!made && made.error().message.find("is not available") != std::string::npos) {
      return Fail(Unavailable(name, cluster));
    }
    RETURN_IF_ERROR(std::move(made));
  }
  return {};
}

}  // namespace reprise::postgres
