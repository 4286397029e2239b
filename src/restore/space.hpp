#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/context.hpp"
#include "catalog/space_store.hpp"
#include "odoo/glimpse.hpp"
#include "restore/check.hpp"

namespace reprise::restore {

// One volume that a restore fills. Several may lie on one file system and take from the same room.
struct Volume {
  std::string part;             // "database", "filestore", …: that of its reservation
  std::string place;            // "the volume of shop_db"
  std::string container;        // that it belongs to; empty: the server itself
  std::string content;          // what will need the room: "the restored database"
  double needed = 0;            // bytes, with a margin
  double given_back = 0;        // bytes of what is dropped before: they count as free
  bool is_before_drop = false;  // it is written while that is still there
  odoo::Room room;
  std::function<Result<odoo::Room>(const Context&)> measure;

  [[nodiscard]] double free() const { return static_cast<double>(room.free_bytes) + given_back; }
};

// Parts of a restore's reservation, each freed when what it was for is on the disk.
namespace space_part {
inline constexpr const char* kDatabase = "database";
inline constexpr const char* kFilestore = "filestore";
inline constexpr const char* kEngine = "engine";  // the dump, while it is loaded
inline constexpr const char* kSafetyBackup = "safety_backup";
}  // namespace space_part

// A question for room on a server, and for whom.
struct SpaceQuestion {
  catalog::SpaceStore& store;
  domain::ServerId server;
  domain::ProjectId project;  // whose tasks may be named to it
  std::string fix;            // what to do when the room is not there at all
  // Nobody: it is only looked (a plan). Else what fits is reserved.
  std::optional<catalog::SpaceOwner> owner = {};
};

// "the restore of … (task …) and 2 tasks of other projects": who holds what is reserved on
// `devices`.
[[nodiscard]] std::string HoldersOf(const std::vector<catalog::SpaceHeld>& held,
                                    const domain::ProjectId& project);

// Whether the volumes hold what is needed beside what other tasks have reserved. Blocked with
// kNoSpace, the numbers and who holds the rest; whoever was blocked keeps nothing. kLeaseLost when
// the owner's claim is over.
[[nodiscard]] Result<Check> AskForSpace(const Context& ctx, const SpaceQuestion& question,
                                        std::vector<Volume> volumes);

}  // namespace reprise::restore
