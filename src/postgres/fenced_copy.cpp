#include "postgres/fenced_copy.hpp"

#include <fmt/format.h>

#include "postgres/quote.hpp"

namespace reprise::postgres {
namespace {

std::string EndSessions(const std::string& name) {
  return fmt::format("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {};\n",
                     QuoteText(name));
}

}  // namespace

Status FenceAs(const Context& ctx, const Cluster& cluster, const std::string& side,
               const std::string& kept, const std::string& owner) {
  ASSIGN_OR_RETURN(const auto there, cluster.FindDatabase(ctx, side));
  if (!there) {
    ASSIGN_OR_RETURN(const auto made, cluster.FindDatabase(ctx, kept));
    if (made) return {};
    return Fail(ErrorCode::kDatabaseFailed,
                fmt::format(R"(the database "{}" is gone from {})", side, cluster.container()),
                "somebody removed it in the meantime; try again");
  }
  const std::string fence =
      fmt::format("ALTER DATABASE {} ALLOW_CONNECTIONS false;\n", QuoteName(side)) +
      EndSessions(side);
  return cluster.ExecuteAlone(ctx, fence,
                              fmt::format("BEGIN;\n"
                                          "ALTER DATABASE {0} RENAME TO {1};\n"
                                          "ALTER DATABASE {1} OWNER TO {2};\n"
                                          "COMMIT;\n",
                                          QuoteName(side), QuoteName(kept), QuoteName(owner)));
}

Status CopyFenced(const Context& ctx, const Cluster& cluster, const std::string& from,
                  const std::string& to, const std::string& owner) {
  RETURN_IF_ERROR(cluster.DropDatabase(ctx, to));
  return cluster.ExecuteAlone(
      ctx, EndSessions(from),
      fmt::format("CREATE DATABASE {} OWNER {} TEMPLATE {} ALLOW_CONNECTIONS false;\n",
                  QuoteName(to), QuoteName(owner), QuoteName(from)));
}

}  // namespace reprise::postgres
