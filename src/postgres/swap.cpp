#include "postgres/swap.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "postgres/quote.hpp"

namespace reprise::postgres {

namespace {

bool Has(const std::vector<DatabaseInfo>& databases, const std::string& name) {
  return std::any_of(databases.begin(), databases.end(),
                     [&](const DatabaseInfo& database) { return database.name == name; });
}

SwapState StateOf(const std::vector<DatabaseInfo>& databases, const SwapNames& names) {
  if (Has(databases, names.incoming)) return SwapState::kNotSwapped;
  if (!Has(databases, names.live)) return SwapState::kLost;
  if (!names.replaces) return SwapState::kSwapped;
  return Has(databases, names.outgoing) ? SwapState::kSwapped : SwapState::kLost;
}

}  // namespace

Result<SwapState> LookAtSwap(const Context& ctx, const Cluster& cluster, const SwapNames& names) {
  ASSIGN_OR_RETURN(const std::vector<DatabaseInfo> databases, cluster.Databases(ctx));
  return StateOf(databases, names);
}

Result<bool> SwapDatabases(const Context& ctx, const Cluster& cluster, const SwapNames& names) {
  // Odoo is down meanwhile: it is looked once.
  ASSIGN_OR_RETURN(const std::vector<DatabaseInfo> databases, cluster.Databases(ctx));
  const SwapState state = StateOf(databases, names);
  if (state == SwapState::kSwapped) return Has(databases, names.outgoing);
  if (state == SwapState::kLost) {
    return Fail(ErrorCode::kDatabaseFailed,
                fmt::format(R"(the database "{}" that was to become "{}" is gone from {})",
                            names.incoming, names.live, cluster.container()),
                "somebody removed it in the meantime; start the restore again");
  }
  const bool live = Has(databases, names.live);
  if (live && names.outgoing.empty()) {
    return Fail(ErrorCode::kDatabaseFailed,
                fmt::format(R"("{}" was to become "{}" in {}, but there is one of that name again)",
                            names.incoming, names.live, cluster.container()),
                "somebody else brought it back in the meantime; it was left as it is");
  }
  // The fence comes first and by itself: within the transaction below new sessions could still slip
  // in until it commits, and a rename waits for them.
  std::string fence;
  for (const std::string& name : {names.incoming, names.live}) {
    if (name == names.live && !live) continue;
    fence += FenceSql(name);
  }
  std::string swap = "BEGIN;\n";
  if (live) {
    swap += fmt::format("ALTER DATABASE {} RENAME TO {};\n", QuoteName(names.live),
                        QuoteName(names.outgoing));
  }
  swap += fmt::format(
      "ALTER DATABASE {0} RENAME TO {1};\n"
      "ALTER DATABASE {1} OWNER TO {2};\n"
      "ALTER DATABASE {1} ALLOW_CONNECTIONS true;\n"
      "COMMIT;\n",
      QuoteName(names.incoming), QuoteName(names.live), QuoteName(names.owner));
  RETURN_IF_ERROR(cluster.ExecuteAlone(ctx, fence, swap));
  return live;
}

std::string FenceSql(const std::string& name) {
  return fmt::format(
      "ALTER DATABASE {0} ALLOW_CONNECTIONS false;\n"
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {1};\n",
      QuoteName(name), QuoteText(name));
}

Status Unfence(const Context& ctx, const Cluster& cluster, const std::string& name) {
  return cluster.Execute(ctx, "postgres",
                         fmt::format("ALTER DATABASE {} ALLOW_CONNECTIONS true", QuoteName(name)));
}

}  // namespace reprise::postgres
