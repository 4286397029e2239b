#include "restore/cutover.hpp"

#include "base/task_group.hpp"

#include <fmt/format.h>

namespace reprise::restore {
namespace {

constexpr std::chrono::seconds kOdooGrace{20};
constexpr std::chrono::seconds kPgBouncerGrace{3};

Status SaveTime(jobs::StepRun& run, std::string_view key, Instant when) {
  if (run.Saved(key)) return {};
  return run.Save(key, boost::json::value(ToMicros(when)));
}

Status ExchangeFilestores(const Context& ctx, const domain::Environment& target,
                          const postgres::SwapNames& names, const odoo::Toolbox& toolbox) {
  const std::string live = RestoreSession::FilestoreOf(target, names.live);
  const std::string incoming = RestoreSession::FilestoreOf(target, names.incoming);
  const std::string outgoing = RestoreSession::FilestoreOf(target, names.outgoing);
  return toolbox.Replace(ctx, live, {.incoming = incoming, .outgoing = outgoing});
}

Status StopOdoo(const Context& ctx, const CutoverTools& tools, const domain::Environment& target,
                jobs::StepRun& run) {
  docker::Engine& engine = tools.engine;
  ASSIGN_OR_RETURN(const docker::ContainerInfo odoo, engine.Inspect(ctx, target.containers.odoo));
  if (!run.Saved(fact::kRestartPolicy)) {
    RETURN_IF_ERROR(run.Save(fact::kRestartPolicy, boost::json::value(odoo.restart_policy)));
  }
  RETURN_IF_ERROR(engine.SetRestartPolicy(ctx, target.containers.odoo, "no"));
  if (odoo.state.running) {
    RETURN_IF_ERROR(SaveTime(run, fact::kStoppedAt, tools.clock.Now()));
  }
  return engine.Stop(ctx, target.containers.odoo, kOdooGrace);
}

Status StopPgBouncer(const Context& ctx, const CutoverTools& tools,
                     const domain::Environment& target) {
  if (target.containers.pgbouncer.empty()) return {};
  return tools.engine.Stop(ctx, target.containers.pgbouncer, kPgBouncerGrace);
}

}  // namespace

Status TakeDown(const Context& ctx, const CutoverTools& tools, const domain::Environment& target,
                jobs::StepRun& run) {
  RETURN_IF_ERROR(StopOdoo(ctx, tools, target, run));
  return StopPgBouncer(ctx, tools, target);
}

Status BringUp(const Context& ctx, const CutoverTools& tools, const domain::Environment& target,
               jobs::StepRun& run) {
  docker::Engine& engine = tools.engine;
  if (!target.containers.pgbouncer.empty()) {
    RETURN_IF_ERROR(engine.Start(ctx, target.containers.pgbouncer));
  }
  RETURN_IF_ERROR(engine.Start(ctx, target.containers.odoo));
  const std::string policy = RestoreSession::TextFact(run, fact::kRestartPolicy);
  if (policy.empty()) return {};
  return engine.SetRestartPolicy(ctx, target.containers.odoo, policy);
}

Status WaitUntilUp(const Context& ctx, const CutoverTools& tools, const domain::Environment& target,
                   jobs::StepRun& run) {
  odoo::HealthOptions options = tools.health;
  options.db_name = target.db_name;
  ASSIGN_OR_RETURN(const docker::ContainerInfo info,
                   tools.engine.Inspect(ctx, target.containers.odoo));
  if (info.state.running) {
    const auto settings = odoo::ReadSettings(ctx, tools.engine, info);
    if (settings) options.http_port = settings->http_port;
  }
  Status saved;
  RETURN_IF_ERROR(odoo::WaitHealthy(ctx, tools.engine, target.containers.odoo, options, [&] {
    saved = SaveTime(run, fact::kAnsweredAt, tools.clock.Now());
  }));
  RETURN_IF_ERROR(std::move(saved));
  const postgres::Cluster cluster(tools.engine, target.containers.db, target.db_admin);
  ASSIGN_OR_RETURN(
      const std::string users,
      cluster.QueryValue(ctx, target.db_name, "SELECT COUNT(*) FROM ONLY public.res_users"));
  if (users != "0") return {};
  return Fail(ErrorCode::kUnhealthy,
              fmt::format("the database \"{}\" answers, but has no users", target.db_name));
}

Result<bool> Exchange(const Context& ctx, const postgres::Cluster& cluster,
                      const domain::Environment& target, const postgres::SwapNames& names,
                      const odoo::Toolbox& toolbox) {
  ASSIGN_OR_RETURN(const bool has_previous, postgres::SwapDatabases(ctx, cluster, names));
  RETURN_IF_ERROR(ExchangeFilestores(ctx, target, names, toolbox));
  return has_previous;
}

Result<bool> TakeDownAndExchange(const Context& ctx, const CutoverTools& tools,
                                 const postgres::Cluster& cluster,
                                 const domain::Environment& target,
                                 const postgres::SwapNames& names, const odoo::Toolbox& toolbox,
                                 jobs::StepRun& run) {
  RETURN_IF_ERROR(StopOdoo(ctx, tools, target, run));
  RETURN_IF_ERROR(run.CheckOwner());
  TaskGroup stopping(ctx);
  stopping.Spawn([&](const Context& inner) { return StopPgBouncer(inner, tools, target); });
  const Result<bool> exchanged = Exchange(ctx, cluster, target, names, toolbox);
  Status stopped = stopping.Join();
  if (!exchanged) return exchanged;
  RETURN_IF_ERROR(std::move(stopped));
  return exchanged;
}

std::optional<double> DowntimeOf(const jobs::StepRun& run) {
  const auto stopped = run.Saved(fact::kStoppedAt);
  const auto answered = run.Saved(fact::kAnsweredAt);
  if (!stopped || !answered || !stopped->is_int64() || !answered->is_int64()) return std::nullopt;
  return static_cast<double>(answered->get_int64() - stopped->get_int64()) / 1e6;
}

}  // namespace reprise::restore
