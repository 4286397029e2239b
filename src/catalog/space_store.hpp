#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/stream.hpp"
#include "catalog/database.hpp"
#include "catalog/task_hold.hpp"
#include "domain/ids.hpp"

namespace reprise::catalog {

// What one part of a task will put on a file system of a server.
struct SpaceNeed {
  std::string part;    // "database", "filestore": one row each, freed one by one
  std::string device;  // the file system, as its kernel numbers it: decimal
  ByteCount bytes = 0;
};

// For whom room is kept.
struct SpaceOwner {
  domain::TaskId task;
  std::optional<TaskHold> hold;  // the claim under which it is kept
  std::string purpose;           // `the restore of "nightly" into "shop"`
};

// Room that a task which has not ended keeps.
struct SpaceHeld {
  domain::TaskId task;
  domain::ProjectId project;
  std::string purpose;
  std::string device;
  ByteCount bytes = 0;
};
// The sum of those on one file system; where that is not known (empty), of all.
[[nodiscard]] ByteCount HeldOn(const std::vector<SpaceHeld>& held, const std::string& device);

// Room on servers' disks that tasks have been promised before they use it. What it keeps is a
// number that all who ask count, not blocks of the disk. Thread-safe.
class SpaceStore {
 public:
  SpaceStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  // Whether a need fits beside what others keep; the failure is why not.
  using Fits = std::function<Status(const std::vector<SpaceHeld>& others)>;

  // Keeps `needs` for the owner, instead of what it kept before, if `fits` agrees; all in one
  // transaction, of which there is one at a time. `others` are those who came first: a task that
  // asks again keeps its place. Fails with what `fits` says, or kLeaseLost; nothing has changed
  // then.
  [[nodiscard]] Status Reserve(const SpaceOwner& owner, const domain::ServerId& server,
                               const std::vector<SpaceNeed>& needs, const Fits& fits);
  // Frees one part of what a task keeps; without a part, all of it. Ok when it keeps nothing.
  [[nodiscard]] Status Free(const domain::TaskId& task, const std::optional<TaskHold>& hold,
                            const std::optional<std::string>& part = std::nullopt);
  // What tasks that have not ended keep on a server, the first to come first.
  [[nodiscard]] Result<std::vector<SpaceHeld>> OnServer(const domain::ServerId& server) const;
  // Removes what counts no more, since its task has ended or is gone; how many rows.
  [[nodiscard]] Result<std::int64_t> RemoveEnded();
  // Rows, also those that count no more.
  [[nodiscard]] Result<std::int64_t> Count() const;

 private:
  Database& database_;
  const Clock& clock_;
};

}  // namespace reprise::catalog
