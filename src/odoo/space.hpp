#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/context.hpp"
#include "catalog/space_store.hpp"
#include "docker/engines.hpp"
#include "odoo/glimpse.hpp"

namespace reprise::odoo {

// One volume that a task fills. Several may lie on one file system and take from the same room.
struct Volume {
  std::string part;             // "database", "filestore", …: that of its reservation
  std::string place;            // "the volume of shop_db"
  std::string container;        // that it belongs to; empty: the server itself
  std::string content;          // what will need the room: "the restored database"
  bool is_many = false;         // "the files": they need it
  double needed = 0;            // bytes, with a margin
  double given_back = 0;        // bytes of what is dropped before: they count as free
  std::string fix = {};         // when the room is not there at all; empty: to free some
  bool is_before_drop = false;  // it is written while that is still there
  Room room;
  std::function<Result<Room>(const Context&)> measure;

  [[nodiscard]] double free() const { return static_cast<double>(room.free_bytes) + given_back; }
};

// Parts of a reservation, each freed when what it was for is on the disk.
namespace space_part {
inline constexpr const char* kDatabase = "database";
inline constexpr const char* kFilestore = "filestore";
inline constexpr const char* kEngine = "engine";  // the dump, while it is loaded
inline constexpr const char* kSafetyBackup = "safety_backup";
inline constexpr const char* kArchive = "archive";
inline constexpr const char* kImages = "images";  // that have to be pulled
}  // namespace space_part

// What will be put on the disk where a server's engine keeps its data. `engines` must outlive it;
// the room is not looked at yet.
[[nodiscard]] Volume VolumeOfServer(docker::Engines& engines, const domain::ServerId& server,
                                    const char* part, std::string content, double needed);

// A question for room on a server, and for whom.
struct SpaceQuestion {
  catalog::SpaceStore& store;
  domain::ServerId server;
  domain::ProjectId project;  // whose tasks may be named to it
  // Nobody: it is only looked (a plan). Else what fits is reserved.
  std::optional<catalog::SpaceOwner> owner = {};
};

struct SpaceAnswer {
  Status fits;           // else kNoSpace, with the numbers and who holds the rest
  std::string sentence;  // what was looked at, when it fits
  boost::json::object details;
};

// "the restore of … (task …) and 2 tasks of other projects": who holds what is reserved.
[[nodiscard]] std::string HoldersOf(const std::vector<catalog::SpaceHeld>& held,
                                    const domain::ProjectId& project);

// The one place where room is asked for: whether the volumes hold what is needed beside what other
// tasks have reserved, and if so, reserves it. Whoever is refused keeps nothing. kLeaseLost when
// the owner's claim is over.
[[nodiscard]] Result<SpaceAnswer> AskForSpace(const Context& ctx, const SpaceQuestion& question,
                                              std::vector<Volume> volumes);

}  // namespace reprise::odoo
