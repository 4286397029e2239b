#include "postgres/fenced_copy.hpp"

#include <fmt/format.h>

#include "postgres/quote.hpp"
#include "postgres/swap.hpp"

namespace reprise::postgres {
namespace {

std::string EndSessions(const std::string& name) {
  return fmt::format("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {};\n",
                     QuoteText(name));
}

// How a statement begins that makes a copy called `name`.
std::string CreationOf(const std::string& name) {
  return fmt::format("CREATE DATABASE {} OWNER", QuoteName(name));
}

Status EndCopying(const Context& ctx, const Cluster& cluster, const std::string& name) {
  constexpr int kLooks = 300;
  const std::string sql = fmt::format(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active' AND "
      "pid <> pg_backend_pid() AND strpos(query, {}) > 0",
      QuoteText(CreationOf(name)));
  for (int look = 0; look < kLooks; ++look) {
    ASSIGN_OR_RETURN(const auto still, cluster.Query(ctx, "postgres", sql));
    if (still.empty()) return {};
    RETURN_IF_ERROR(ctx.Sleep(std::chrono::milliseconds(200)));
  }
  return Fail(ErrorCode::kTimeout,
              fmt::format(R"(PostgreSQL does not end its copying of "{}")", name), "try again");
}

}  // namespace

Status DropCopy(const Context& ctx, const Cluster& cluster, const std::string& name) {
  RETURN_IF_ERROR(EndCopying(ctx, cluster, name));
  ASSIGN_OR_RETURN(const auto found, cluster.FindDatabase(ctx, name));
  return found ? cluster.DropDatabase(ctx, *found) : Status();
}

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
  return cluster.ExecuteAlone(ctx, FenceSql(side),
                              fmt::format("BEGIN;\n"
                                          "ALTER DATABASE {0} RENAME TO {1};\n"
                                          "ALTER DATABASE {1} OWNER TO {2};\n"
                                          "COMMIT;\n",
                                          QuoteName(side), QuoteName(kept), QuoteName(owner)));
}

Status CopyFenced(const Context& ctx, const Cluster& cluster, const std::string& from,
                  const std::string& to, const std::string& owner) {
  RETURN_IF_ERROR(DropCopy(ctx, cluster, to));
  return cluster.ExecuteAlone(ctx, EndSessions(from),
                              fmt::format("{} {} TEMPLATE {} ALLOW_CONNECTIONS false;\n",
                                          CreationOf(to), QuoteName(owner), QuoteName(from)));
}

}  // namespace reprise::postgres
