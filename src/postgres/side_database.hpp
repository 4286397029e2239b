#pragma once

#include <string>
#include <string_view>

#include "postgres/cluster.hpp"

namespace reprise::postgres {

// The side database that a dump is loaded into, and the role that may touch nothing else.
struct SideDatabase {
  std::string name;
  std::string loader_role;
  std::string final_owner;  // who owns the objects in the end: the role that Odoo logs in as
  // Of the database that it will replace; empty = "C" and the cluster's own.
  std::string collate;
  std::string ctype;
};

// Drops side databases whose name begins with `prefix`, and loader roles that begin with
// `role_prefix`. Ok when there are none.
[[nodiscard]] Status RemoveSide(const Context& ctx, const Cluster& cluster, std::string_view prefix,
                                std::string_view role_prefix);

}  // namespace reprise::postgres
