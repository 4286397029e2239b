#pragma once

#include <string>

#include "postgres/cluster.hpp"

namespace reprise::postgres {

// Which name stands for which database while two change places.
struct SwapNames {
  std::string live;      // the name that Odoo uses
  std::string incoming;  // the database that becomes `live`
  std::string outgoing;  // what the present `live` is called afterwards, fenced
  std::string owner;     // of `live` afterwards: Odoo's role
  // Whether there was a live database before, so that `outgoing` must be there afterwards. Without
  // it an unchanged live database could pass for a swapped one when `incoming` is lost.
  bool replaces = true;
};

// Where a swap stands, by looking at the cluster.
enum class SwapState {
  kNotSwapped,  // `incoming` is there, whatever `live` is
  kSwapped,     // `live` is there and `incoming` is not; `outgoing` is, if one was replaced
  kLost         // anything else: `incoming` is gone
};
[[nodiscard]] Result<SwapState> LookAtSwap(const Context& ctx, const Cluster& cluster,
                                           const SwapNames& names);

// Makes `incoming` the live database, in one transaction: the present live one (if there is one) is
// fenced, its sessions are ended, it becomes `outgoing`; `incoming` becomes `live` and Odoo's. Odoo
// and PgBouncer must be down. Can be called again after a crash: looks first. Whether `outgoing` is
// there now.
[[nodiscard]] Result<bool> SwapDatabases(const Context& ctx, const Cluster& cluster,
                                         const SwapNames& names);

// SQL that lets no more sessions into a database and ends those that are in it: what stands before
// each rename.
[[nodiscard]] std::string FenceSql(const std::string& name);

// Lets sessions into a database again that was fenced for a swap which did not happen.
[[nodiscard]] Status Unfence(const Context& ctx, const Cluster& cluster, const std::string& name);

}  // namespace reprise::postgres
