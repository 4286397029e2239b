#pragma once

#include <chrono>
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

// Part of an upload's room of which what has come of it is no more counted (ADR 36).
inline constexpr const char* kUploadParts = "upload_parts";

// For whom room is kept.
struct SpaceOwner {
  // Of what no task stands for yet, the id of the upload, or that of the task which will.
  domain::TaskId task;
  std::optional<TaskHold> hold;  // the claim under which it is kept
  std::string purpose;           // `the restore of "nightly" into "shop"`
};

// Room that a task which has not ended keeps, or something that arrives.
struct SpaceHeld {
  domain::TaskId task;
  domain::ProjectId project;  // empty: no task stands for it yet
  std::string purpose;
  std::string device;
  ByteCount bytes = 0;
};
// Those on one file system; where that is not known (empty), all of them.
[[nodiscard]] std::vector<SpaceHeld> OnDevice(const std::vector<SpaceHeld>& held,
                                              const std::string& device);
[[nodiscard]] ByteCount SumOf(const std::vector<SpaceHeld>& held);

// Room on servers' disks that tasks have been promised before they use it. What it keeps is a
// number that all who ask count, not blocks of the disk. It counts as long as its task has not
// ended, or its upload is not over; of what is neither, for kArrivalKept after it was last kept.
// Thread-safe.
class SpaceStore {
 public:
  // A process that takes something in and dies can give nothing back. Nodes' clocks may differ by
  // nearly as much, since whoever takes something in keeps its room anew each minute.
  static constexpr std::chrono::minutes kArrivalKept{10};

  SpaceStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  // Whether a need fits beside what others keep; the failure is why not.
  using Fits = std::function<Status(const std::vector<SpaceHeld>& others)>;

  // Keeps `needs` for the owner, instead of what it kept before, if `fits` agrees; all in one
  // transaction, of which there is one at a time. `others` are those who came first: a task that
  // asks again keeps its place. Fails with what `fits` says, or kLeaseLost; nothing has changed
  // then.
  [[nodiscard]] Status Reserve(const SpaceOwner& owner, const domain::ServerId& server,
                               const std::vector<SpaceNeed>& needs, const Fits& fits);
  // Keeps `bytes` of a part from now on: what it kept beyond is on the disk by now. Never more than
  // it kept; ok when it keeps nothing.
  [[nodiscard]] Status Lower(const SpaceOwner& owner, const std::string& part, ByteCount bytes);
  // Frees one part of what a task keeps; without a part, all of it. Ok when it keeps nothing.
  [[nodiscard]] Status Free(const domain::TaskId& task, const std::optional<TaskHold>& hold,
                            const std::optional<std::string>& part = std::nullopt);
  // What counts on a server, the first to come first.
  [[nodiscard]] Result<std::vector<SpaceHeld>> OnServer(const domain::ServerId& server) const;
  // Removes what counts no more; how many rows.
  [[nodiscard]] Result<std::int64_t> RemoveEnded();
  // Rows, also those that count no more.
  [[nodiscard]] Result<std::int64_t> Count() const;

 private:
  // Until when what no task stands for must have been kept to count.
  [[nodiscard]] Value ArrivedSince() const;

  Database& database_;
  const Clock& clock_;
};

}  // namespace reprise::catalog
