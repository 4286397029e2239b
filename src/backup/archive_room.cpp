#include "backup/archive_room.hpp"

#include <algorithm>

#include "odoo/space.hpp"

namespace reprise::backup {
namespace {

// Well within the time for which what no task stands for is kept.
constexpr std::chrono::minutes kToldEvery{1};

odoo::Volume VolumeOf(const ArchiveRoom::Need& need, const ArchiveRoom::Wish& wish,
                      const StorageRoom& room, const AskStorageRoom& look) {
  odoo::Volume volume;
  volume.part = need.part;
  volume.place = "the storage folder";
  volume.content = need.content;
  volume.needed = static_cast<double>(need.bytes);
  volume.fix = wish.fix;
  volume.room = {room.free_bytes, room.all_bytes, room.device};
  volume.measure = [look, id = wish.storage_config](const Context&) -> Result<odoo::Room> {
    ASSIGN_OR_RETURN(const StorageRoom now, look(id));
    return odoo::Room{now.free_bytes, now.all_bytes, now.device};
  };
  return volume;
}

}  // namespace

bool ArchiveRoom::IsTold(const domain::StorageConfigId& storage_config) const {
  if (parts_.space == nullptr || !parts_.look) return false;
  const Result<StorageRoom> room = parts_.look(storage_config);
  return room && room->all_bytes > 0;
}

Status ArchiveRoom::Reserve(const Context& ctx, const Wish& wish) const {
  if (parts_.space == nullptr || !parts_.look) return {};
  const Result<StorageRoom> room = parts_.look(wish.storage_config);
  if (!room || room->all_bytes == 0) return {};  // nobody knows; the write will tell
  std::vector<odoo::Volume> volumes;
  for (const Need& need : wish.needs) {
    volumes.push_back(VolumeOf(need, wish, *room, parts_.look));
  }
  ASSIGN_OR_RETURN(odoo::SpaceAnswer answer, odoo::AskForSpace(ctx,
                                                               {.store = *parts_.space,
                                                                .server = room->server,
                                                                .project = wish.project,
                                                                .owner = wish.owner},
                                                               std::move(volumes)));
  return std::move(answer.fits);
}

Status ArchiveRoom::Lower(const catalog::SpaceOwner& owner, const std::string& part,
                          ByteCount bytes) const {
  return parts_.space == nullptr ? Status() : parts_.space->Lower(owner, part, bytes);
}

Status ArchiveRoom::Free(const catalog::SpaceOwner& owner) const {
  return parts_.space == nullptr ? Status() : parts_.space->Free(owner.task, owner.hold);
}

ArrivalRoom::~ArrivalRoom() {
  // What stays counts for nothing once its task has ended, or soon where there is none.
  [[maybe_unused]] const Status freed = room_.Free(wish_.owner);
}

Status ArrivalRoom::Ask(ByteCount bytes) {
  wish_.needs.front().bytes = bytes;
  RETURN_IF_ERROR(room_.Reserve(ctx_, wish_));
  told_at_ = clock_.Now();
  return {};
}

Status ArrivalRoom::Begin(const std::optional<ByteCount>& size) {
  promised_ = size.value_or(kStep);
  return Ask(promised_);
}

Status ArrivalRoom::Grow(ByteCount bytes) {
  if (bytes > promised_) {
    promised_ = bytes + kStep;
    told_ = bytes;
    return Ask(kStep);
  }
  if (bytes < told_ + kStep && clock_.Now() < told_at_ + kToldEvery) return {};
  told_ = bytes;
  told_at_ = clock_.Now();
  return room_.Lower(wish_.owner, wish_.needs.front().part, promised_ - bytes);
}

catalog::SpaceOwner ArrivalOwner(const std::string& id) {
  return {{id}, std::nullopt, "archives that are on their way in"};
}

}  // namespace reprise::backup
