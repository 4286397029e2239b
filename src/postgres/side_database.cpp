#include "postgres/side_database.hpp"

#include <vector>

namespace reprise::postgres {

Status RemoveSide(const Context& ctx, const Cluster& cluster, std::string_view prefix,
                  std::string_view role_prefix) {
  ASSIGN_OR_RETURN(const std::vector<DatabaseInfo> databases, cluster.Databases(ctx));
  for (const DatabaseInfo& database : databases) {
    if (database.name.starts_with(prefix)) {
      RETURN_IF_ERROR(cluster.DropDatabase(ctx, database.name));
    }
  }
  ASSIGN_OR_RETURN(const std::vector<QueryRow> roles,
                   cluster.Query(ctx, "postgres", "SELECT rolname FROM pg_roles"));
  for (const QueryRow& role : roles) {
    if (role.front().starts_with(role_prefix)) {
      RETURN_IF_ERROR(cluster.DropRole(ctx, role.front()));
    }
  }
  return {};
}

}  // namespace reprise::postgres
