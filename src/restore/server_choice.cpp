#include "restore/server_choice.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace reprise::restore {
namespace {

constexpr std::chrono::seconds kLookLimit{20};

}  // namespace

Result<domain::ServerId> SourceServer(const catalog::EnvironmentStore& environments,
                                      const catalog::TenancyStore& tenancy,
                                      const domain::Backup& backup) {
  if (!backup.environment_id.empty()) {
    const auto source = environments.Get(backup.environment_id);
    if (source && tenancy.GetServer(source->server_id)) return source->server_id;
  }
  ASSIGN_OR_RETURN(const catalog::Server local, tenancy.LocalServer());
  return local.id;
}

Result<catalog::Server> ChooseServer(const catalog::EnvironmentStore& environments,
                                     const catalog::TenancyStore& tenancy,
                                     const domain::RestoreRequest& request,
                                     const domain::Backup& backup) {
  ASSIGN_OR_RETURN(const domain::ServerId source, SourceServer(environments, tenancy, backup));
  const domain::ServerId& wanted = request.new_environment.server_id;
  if (request.mode == domain::RestoreMode::kCrossServer && (wanted.empty() || wanted == source)) {
    Error error{ErrorCode::kInvalidArgument,
                "mode cross_server restores to another server, but this is the one that the backup "
                "comes from",
                "name another server, or use mode new"};
    error.field = "/target/server_id";
    return Fail(std::move(error));
  }
  return tenancy.GetServer(wanted.empty() ? source : wanted);
}

Result<ByteCount> ReservedOn(const catalog::SpaceStore& space, const domain::ServerId& server,
                             const docker::MachineLoad& load) {
  ASSIGN_OR_RETURN(const auto held, space.OnServer(server));
  return catalog::SumOf(catalog::OnDevice(held, load.disk_device));
}

domain::ServerRoom RoomOn(const docker::MachineLoad& load, ByteCount reserved_bytes) {
  return {std::max(0.0, load.cpus - load.busy_cpus), load.memory_free_bytes,
          load.disk_free_bytes - std::min(load.disk_free_bytes, reserved_bytes)};
}

Status CheckServerHolds(const Context& ctx, docker::Engines& engines,
                        const catalog::SpaceStore* space, const catalog::Server& server,
                        const domain::Backup& backup) {
  ASSIGN_OR_RETURN(const auto engine, engines.Of(server.id));
  const auto info = engine->Info(ctx.WithTimeout(kLookLimit));
  RETURN_IF_ERROR(ctx.Check());
  if (!info) {
    Error error = info.error();
    error.code = ErrorCode::kEngineUnavailable;
    return Fail(std::move(error));
  }
  const auto load = engines.Load(ctx.WithTimeout(kLookLimit), server.id);
  RETURN_IF_ERROR(ctx.Check());
  if (!load) return {};
  ByteCount reserved = 0;
  if (space != nullptr) {
    ASSIGN_OR_RETURN(reserved, ReservedOn(*space, server.id, *load));
  }
  domain::ServerVerdict verdict = JudgeServer(domain::NeedsOf(backup), RoomOn(*load, reserved));
  if (verdict.fit != domain::ServerFit::kTooSmall) return {};
  const bool waiting_helps =
      JudgeServer(domain::NeedsOf(backup), RoomOn(*load, 0)).fit != domain::ServerFit::kTooSmall;
  if (reserved > 0) {
    verdict.short_of.push_back(fmt::format("{:.1f} GB more are reserved by restores that run",
                                           static_cast<double>(reserved) / 1e9));
  }
  return Fail(ErrorCode::kNoSpace,
              fmt::format("the server \"{}\" cannot hold the restored environment: {}", server.name,
                          fmt::join(verdict.short_of, "; ")),
              waiting_helps ? "wait until those have ended, or choose another server"
                            : "free space on it, or choose another server");
}

}  // namespace reprise::restore
