#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backup/storage_room.hpp"
#include "base/clock.hpp"
#include "base/context.hpp"
#include "catalog/space_store.hpp"
#include "domain/backup.hpp"

namespace reprise::backup {

// Room for archives in folders on servers' disks, reserved in the catalog before it is used
// (ADR 38). Thread-safe; what it borrows must outlive it.
class ArchiveRoom {
 public:
  struct Parts {
    catalog::SpaceStore* space = nullptr;  // without it nothing is reserved
    AskStorageRoom look = {};
  };
  explicit ArchiveRoom(Parts parts) : parts_(std::move(parts)) {}

  struct Need {
    std::string part;     // "archive"
    std::string content;  // what will need it: `the backup "nightly"`
    ByteCount bytes = 0;
  };
  struct Wish {
    catalog::SpaceOwner owner;
    domain::ProjectId project;               // whose tasks may be named to it
    domain::StorageConfigId storage_config;  // where the archive goes
    std::vector<Need> needs;
    std::string fix;  // what to do when the room is not there at all
  };
  // Whether anything would be reserved of an archive that goes there: now, and by this process.
  [[nodiscard]] bool IsTold(const domain::StorageConfigId& storage_config) const;
  // Reserves it, instead of what the owner kept before. Ok without, where the archive goes
  // to no folder or that does not tell its room. kNoSpace, with the numbers and who holds the
  // rest; kLeaseLost. Nothing is kept then.
  [[nodiscard]] Status Reserve(const Context& ctx, const Wish& wish) const;
  // The rest of a part, when all else of it is on the disk.
  [[nodiscard]] Status Lower(const catalog::SpaceOwner& owner, const std::string& part,
                             ByteCount bytes) const;
  [[nodiscard]] Status Free(const catalog::SpaceOwner& owner) const;

 private:
  Parts parts_;
};

// The room of one archive that arrives, in step with its bytes: what is on the disk is freed, and
// when more come than were told, more is reserved. Freed when it goes. Used by one thread.
class ArrivalRoom {
 public:
  // So much is freed, or reserved, at once.
  static constexpr ByteCount kStep = ByteCount{256} << 20;

  // `room`, `clock` and `ctx` must outlive it. The wish has one need; its bytes come later.
  ArrivalRoom(const Context& ctx, const ArchiveRoom& room, const Clock& clock,
              ArchiveRoom::Wish wish)
      : ctx_(ctx), room_(room), clock_(clock), wish_(std::move(wish)) {}
  ArrivalRoom(const ArrivalRoom&) = delete;
  ArrivalRoom& operator=(const ArrivalRoom&) = delete;
  ~ArrivalRoom();

  // Before anything is written. Without a size: a first step.
  [[nodiscard]] Status Begin(const std::optional<ByteCount>& size);
  // Before as many as `bytes` are written in all. kNoSpace when there is no room for more than was
  // told; kLeaseLost.
  [[nodiscard]] Status Grow(ByteCount bytes);

 private:
  [[nodiscard]] Status Ask(ByteCount bytes);

  const Context& ctx_;
  const ArchiveRoom& room_;
  const Clock& clock_;
  ArchiveRoom::Wish wish_;
  ByteCount promised_ = 0;  // of the whole archive
  ByteCount told_ = 0;      // so many were written when the catalog was last told
  Instant told_at_;
};

// For whom room is kept as long as no task stands for what arrives. Nobody's things are named: it
// may be read in another project.
[[nodiscard]] catalog::SpaceOwner ArrivalOwner(const std::string& id);

}  // namespace reprise::backup
