#pragma once

#include <string>

#include "postgres/cluster.hpp"

namespace reprise::postgres {

// A database that lets nobody in, so that no Odoo lists or opens it, although it belongs to Odoo's
// role: as a swap leaves the one that it replaces.

// Makes `side`, which nobody uses any more, one of these under the name `kept`, of `owner`. Can be
// called again after a crash: looks first. kDatabaseFailed when neither is there.
[[nodiscard]] Status FenceAs(const Context& ctx, const Cluster& cluster, const std::string& side,
                             const std::string& kept, const std::string& owner);

// Copies `from` into a new one of these called `to`, file by file, inside the server. Sessions on
// `from` are ended. Can be called again: what has the name `to` by then is dropped first.
// kTimeout when an earlier copying does not end.
[[nodiscard]] Status CopyFenced(const Context& ctx, const Cluster& cluster, const std::string& from,
                                const std::string& to, const std::string& owner);

// Drops such a copy, also one that is still being made for a caller that has gone: PostgreSQL goes
// on with a copying whose client was cut off, and until it ends nobody sees what it makes. Ok when
// there is none.
[[nodiscard]] Status DropCopy(const Context& ctx, const Cluster& cluster, const std::string& name);

}  // namespace reprise::postgres
