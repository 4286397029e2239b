#include "postgres/finish_load.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/id.hpp"
#include "base/task_group.hpp"
#include "postgres/foreign_keys.hpp"
#include "postgres/hand_over.hpp"
#include "postgres/quote.hpp"
#include "postgres/share_out.hpp"
#include "postgres/side_login.hpp"
#include "postgres/statistics.hpp"

namespace reprise::postgres {
namespace {

// As while it is loaded: nothing is lost with a server that dies now, and the swap's own commit
// brings all that was written before it to the disk.
constexpr std::string_view kSettings =
    "SET synchronous_commit = off; SET maintenance_work_mem = '256MB'; SET statement_timeout = 0; "
    "SET lock_timeout = 0; SET row_security = off;\n";

// pg_restore adds one foreign key at a time, whatever its jobs are, since each locks both its
// tables. So they were added without a look at the rows, which is quick, and are validated here,
// table by table side by side. Statistics follow, as Odoo's first queries should not wait for them;
// before the objects change hands: they call functions of the dump as the owner of what they index,
// and Odoo's role may be a superuser.
Status LookThrough(const Context& ctx, const Cluster& as_loader, const SideDatabase& side,
                   const FinishOptions& options, std::size_t sessions) {
  ASSIGN_OR_RETURN(const auto keys, as_loader.Query(ctx, side.name, UnvalidatedKeysQuery()));
  SqlOfTables work;
  RETURN_IF_ERROR(AddValidation(keys, options.left_not_valid, work));
  RETURN_IF_ERROR(AddStatistics(ctx, as_loader, side.name, side.loader_role, work));
  Status looked =
      RunSideBySide(ctx, ShareOut(StatementsOf(std::move(work)), sessions),
                    [&](const Context& inner, const std::string& script) {
                      return as_loader.Execute(inner, side.name, std::string(kSettings) + script);
                    });
  const bool is_of_a_key =
      !looked && looked.error().message.find("foreign key") != std::string::npos;
  if (!is_of_a_key) return looked;
  return Fail(ErrorCode::kLoadFailed,
              "the loaded database does not hold together: " + looked.error().message,
              "it was damaged when it was backed up; use another backup");
}

Status LookThroughInTime(const Context& ctx, const Cluster& as_loader, const SideDatabase& side,
                         const FinishOptions& options, std::size_t sessions) {
  const Context limited = ctx.WithTimeout(options.time_limit);
  Status looked = LookThrough(limited, as_loader.KeptOpen(limited), side, options, sessions);
  if (looked || looked.error().code != ErrorCode::kTimeout || ctx.Stopped()) return looked;
  return Fail(ErrorCode::kTimeout,
              fmt::format("the loaded database was not looked through within {} s",
                          options.time_limit.count()),
              "raise the time limit of a load, or give the server more power");
}

// Whether the final owner may do now what the loader may. A role that does not inherit has to wait.
// Whatever the dump has set for sessions of its database, it is not to meet Odoo's role.
Result<bool> LetInFinalOwner(const Context& ctx, const Cluster& cluster, const SideDatabase& side) {
  if (side.final_owner == side.loader_role) return true;
  ASSIGN_OR_RETURN(
      const auto inherits,
      cluster.Query(ctx, "postgres",
                    fmt::format("SELECT 1 FROM pg_catalog.pg_roles WHERE rolinherit AND rolname = "
                                "{}",
                                QuoteText(side.final_owner))));
  if (inherits.empty()) return false;
  RETURN_IF_ERROR(cluster.Execute(
      ctx, "postgres",
      fmt::format("GRANT {} TO {}", QuoteName(side.loader_role), QuoteName(side.final_owner))));
  return true;
}

Status Part(const Context& ctx, const Cluster& cluster, const SideDatabase& side) {
  if (side.final_owner == side.loader_role) return {};
  return cluster.Execute(
      ctx, "postgres",
      fmt::format("REVOKE {} FROM {}", QuoteName(side.loader_role), QuoteName(side.final_owner)));
}

}  // namespace

Result<int> SessionsFor(const Context& ctx, const Cluster& cluster, int wanted) {
  constexpr int kMost = 8;  // connections; each may take maintenance_work_mem
  if (wanted > 0) return wanted;
  ASSIGN_OR_RETURN(const docker::EngineInfo engine, cluster.engine().Info(ctx));
  return std::clamp(engine.cpus, 1, kMost);
}

Status FinishLoad(const Context& ctx, const Cluster& cluster, const SideDatabase& side,
                  const FinishOptions& options) {
  if (options.check_owner) RETURN_IF_ERROR(options.check_owner());
  if (options.hand_over_has_begun) {
    RETURN_IF_ERROR(HandOver(ctx, cluster, side.name, side.loader_role, side.final_owner));
    RETURN_IF_ERROR(Part(ctx, cluster, side));
    return options.beside ? options.beside(ctx, cluster) : Status();
  }
  ASSIGN_OR_RETURN(const int jobs, SessionsFor(ctx, cluster, options.jobs));
  const std::string password = RandomHex(16);
  RETURN_IF_ERROR(LetLogIn(ctx, cluster, side.loader_role, password));
  bool is_let_in = false;
  if (options.beside) {
    ASSIGN_OR_RETURN(is_let_in, LetInFinalOwner(ctx, cluster, side));
  }
  const Cluster as_loader = cluster.As(side.loader_role, password);
  TaskGroup group(ctx);
  if (is_let_in) {
    group.Spawn(
        [&](const Context& inner) { return options.beside(inner, as_loader.KeptOpen(inner)); });
  }
  group.Spawn([&](const Context& inner) {
    return LookThroughInTime(inner, as_loader, side, options, static_cast<std::size_t>(jobs));
  });
  RETURN_IF_ERROR(group.Join());
  if (options.before_hand_over) RETURN_IF_ERROR(options.before_hand_over());
  RETURN_IF_ERROR(HandOver(ctx, cluster, side.name, side.loader_role, side.final_owner));
  if (is_let_in) return Part(ctx, cluster, side);
  return options.beside ? options.beside(ctx, cluster) : Status();
}

}  // namespace reprise::postgres
