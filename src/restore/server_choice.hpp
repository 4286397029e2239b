#pragma once

#include "base/context.hpp"
#include "catalog/space_store.hpp"
#include "catalog/stores.hpp"
#include "docker/engines.hpp"
#include "domain/backup.hpp"
#include "domain/restore_point.hpp"
#include "domain/server_fit.hpp"

namespace reprise::restore {

// The server on which a backup's environment lives or lived; the local one for an imported backup,
// and when that server is gone.
[[nodiscard]] Result<domain::ServerId> SourceServer(const catalog::EnvironmentStore& environments,
                                                    const catalog::TenancyStore& tenancy,
                                                    const domain::Backup& backup);

// Where the new environment of modes new and cross_server is made. kInvalidArgument when
// cross_server names the source's own server.
[[nodiscard]] Result<catalog::Server> ChooseServer(const catalog::EnvironmentStore& environments,
                                                   const catalog::TenancyStore& tenancy,
                                                   const domain::RestoreRequest& request,
                                                   const domain::Backup& backup);

// What tasks that run have reserved of the disk on which the server's engine keeps its data.
[[nodiscard]] Result<ByteCount> ReservedOn(const catalog::SpaceStore& space,
                                           const domain::ServerId& server,
                                           const docker::MachineLoad& load);
// What is left of a server when what is reserved is used.
[[nodiscard]] domain::ServerRoom RoomOn(const docker::MachineLoad& load, ByteCount reserved_bytes);

// kNoSpace, with the numbers, when the server cannot hold the backup's environment;
// kEngineUnavailable when it cannot be reached. A server that does not tell what it has is let
// pass: the steps find out. What is reserved is not counted without `space`.
[[nodiscard]] Status CheckServerHolds(const Context& ctx, docker::Engines& engines,
                                      const catalog::SpaceStore* space,
                                      const catalog::Server& server, const domain::Backup& backup);

}  // namespace reprise::restore
