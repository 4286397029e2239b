#include <fmt/format.h>

#include <map>

#include "base/task_group.hpp"
#include "domain/server_fit.hpp"
#include "odoo/deploy_room.hpp"
#include "restore/target_checks.hpp"

namespace reprise::restore {
namespace {

constexpr double kLoadedPerDumpByte = 8;  // a database on disk against its compressed dump
constexpr double kMargin = 1.1;
constexpr double kSpare = 64e6;

double DatabaseNeed(const TargetLook& look) {
  auto needed = static_cast<double>(look.reader.manifest().database_bytes);
  if (needed == 0) {
    const auto dump = static_cast<double>(look.order.backup.database_size);
    // A plain dump is about as large as its tables; a compressed one is not.
    needed = look.reader.dump_kind() == archive::DumpKind::kCustom ? dump * kLoadedPerDumpByte
                                                                   : dump * 2;
  }
  const int copies = look.order.request.keep_snapshot ? 2 : 1;
  return needed * kMargin * copies + kSpare;
}

odoo::Volume VolumeOf(const char* part, const std::string& container, const char* content) {
  odoo::Volume volume;
  volume.part = part;
  volume.place = "the volume of " + container;
  volume.container = container;
  volume.content = content;
  return volume;
}

std::string FixOf(const TargetLook& look) {
  if (!look.space_fix.empty()) return look.space_fix;
  if (look.order.strategy == domain::RestoreStrategy::kInPlace)
    return "free space on it, then try again";
  return "free space on it, or restore with strategy in_place, which drops the live database first";
}

Result<odoo::Volume> DatabaseVolume(const Context& ctx, const TargetLook& look) {
  const domain::Environment& target = look.order.target;
  const postgres::Cluster& cluster = look.cluster;
  ASSIGN_OR_RETURN(const std::string directory,
                   cluster.QueryValue(ctx, "postgres", "SHOW data_directory"));
  odoo::Volume volume =
      VolumeOf(odoo::space_part::kDatabase, target.containers.db, "the restored database");
  volume.needed = DatabaseNeed(look);
  volume.fix = FixOf(look);
  volume.measure = [&look, directory](const Context& inner) {
    return odoo::RoomAt(inner, look.engine, look.order.target.containers.db, directory);
  };
  if (look.order.strategy == domain::RestoreStrategy::kInPlace) {
    ASSIGN_OR_RETURN(const auto live, cluster.FindDatabase(ctx, target.db_name));
    if (live) {
      ASSIGN_OR_RETURN(const std::uint64_t bytes, cluster.DatabaseBytes(ctx, target.db_name));
      volume.given_back = static_cast<double>(bytes);  // it goes first
    }
  }
  return volume;
}

// Only files that the target lacks need room: the rest is hard-linked.
Result<odoo::Volume> FilestoreVolume(const Context& ctx, const TargetLook& look,
                                     const odoo::Glimpse& glimpse) {
  const domain::Environment& target = look.order.target;
  odoo::Volume volume =
      VolumeOf(odoo::space_part::kFilestore, target.containers.odoo, "the files that it lacks");
  volume.is_many = true;
  volume.measure = [&look, &glimpse](const Context& inner) {
    return glimpse.RoomAt(inner, look.order.target.data_dir);
  };
  if (!look.order.request.include_filestore || !look.reader.has_filestore()) return volume;
  const auto listing = look.reader.filestore_listing();
  if (!listing) {
    volume.needed = static_cast<double>(look.order.backup.filestore_size);
    return volume;
  }
  ASSIGN_OR_RETURN(
      const auto there,
      glimpse.ListFilestore(ctx, fmt::format("{}/filestore/{}", target.data_dir, target.db_name)));
  std::map<std::string_view, ByteCount> sizes;
  for (const archive::FilestoreFile& file : there) sizes.emplace(file.path, file.size);
  for (const archive::FilestoreFile& file : *listing) {
    const auto found = sizes.find(file.path);
    const bool linked = found != sizes.end() && found->second == file.size;
    if (!linked) volume.needed += static_cast<double>(file.size);
  }
  return volume;
}

// A dump in custom format is read from a file, in a container of its own. What containers write
// lies where the engine keeps its data; a file that it mounts into each of them from there tells
// which file system that is, which the container's own root does not.
odoo::Volume EngineVolume(const TargetLook& look) {
  odoo::Volume volume = VolumeOf(odoo::space_part::kEngine, look.order.target.containers.db,
                                 "the dump while it is loaded");
  if (look.reader.dump_kind() == archive::DumpKind::kCustom) {
    volume.needed = static_cast<double>(look.order.backup.database_size);
  }
  volume.measure = [&look](const Context& inner) -> Result<odoo::Room> {
    const std::string& container = look.order.target.containers.db;
    ASSIGN_OR_RETURN(odoo::Room root, odoo::RoomAt(inner, look.engine, container, "/"));
    const auto mounted = odoo::RoomAt(inner, look.engine, container, "/etc/hostname");
    RETURN_IF_ERROR(inner.Check());
    if (mounted && mounted->all_bytes == root.all_bytes) root.device = mounted->device;
    return root;
  };
  return volume;
}

// Of a safety backup that goes to a folder on a disk of the target's server.
Result<std::optional<odoo::Volume>> SafetyVolume(const Context& ctx, const TargetLook& look,
                                                 const odoo::Glimpse& glimpse) {
  const domain::Environment& target = look.order.target;
  if (!look.storage_room || !look.order.request.create_pre_restore_backup) return std::nullopt;
  ASSIGN_OR_RETURN(const domain::ArchivePlace place, look.backups.PlaceFor(target.project_id, {}));
  const Result<backup::StorageRoom> room = look.storage_room(place.storage_config_id);
  if (!room || room->server != target.server_id) return std::nullopt;  // nobody knows
  ASSIGN_OR_RETURN(ByteCount bytes, backup::ExpectArchiveBytes(look.backups, target.id));
  if (bytes == 0) {
    bytes = backup::MeasureFirstArchive(ctx, look.engine, target, &glimpse).value_or(0);
    RETURN_IF_ERROR(ctx.Check());
  }
  if (bytes == 0) return std::nullopt;
  odoo::Volume volume;
  volume.part = odoo::space_part::kSafetyBackup;
  volume.is_before_drop = true;
  volume.place = "the storage folder";
  volume.content = "the safety backup";
  volume.needed = static_cast<double>(bytes);
  volume.measure = [&look, id = place.storage_config_id](const Context&) -> Result<odoo::Room> {
    ASSIGN_OR_RETURN(const backup::StorageRoom now, look.storage_room(id));
    return odoo::Room{now.free_bytes, now.all_bytes, now.device};
  };
  return volume;
}

Result<Check> Ask(const Context& ctx, const odoo::SpaceQuestion& question,
                  std::vector<odoo::Volume> volumes) {
  ASSIGN_OR_RETURN(odoo::SpaceAnswer answer, odoo::AskForSpace(ctx, question, std::move(volumes)));
  return CheckOf("space", answer.fits, std::move(answer.sentence)).With(std::move(answer.details));
}

}  // namespace

Result<std::vector<odoo::Volume>> LookAtSpace(const Context& ctx, const TargetLook& look,
                                              const odoo::Glimpse& glimpse) {
  std::vector<odoo::Volume> volumes(3);
  ASSIGN_OR_RETURN(volumes[0], DatabaseVolume(ctx, look));
  ASSIGN_OR_RETURN(volumes[1], FilestoreVolume(ctx, look, glimpse));
  volumes[2] = EngineVolume(look);
  ASSIGN_OR_RETURN(auto safety, SafetyVolume(ctx, look, glimpse));
  if (safety) volumes.push_back(*std::move(safety));
  TaskGroup measuring(ctx);
  for (odoo::Volume& volume : volumes) {
    measuring.Spawn([&volume](const Context& inner) -> Status {
      ASSIGN_OR_RETURN(volume.room, volume.measure(inner));
      return {};
    });
  }
  RETURN_IF_ERROR(measuring.Join());
  return volumes;
}

Result<Check> CheckSpace(const Context& ctx, const TargetLook& look,
                         std::vector<odoo::Volume> volumes,
                         const std::optional<catalog::SpaceOwner>& owner) {
  return Ask(ctx,
             {.store = look.space,
              .server = look.order.target.server_id,
              .project = look.order.target.project_id,
              .owner = owner},
             std::move(volumes));
}

Result<Check> CheckSpace(const Context& ctx, const TargetLook& look, const odoo::Glimpse& glimpse,
                         const std::optional<catalog::SpaceOwner>& owner) {
  ASSIGN_OR_RETURN(std::vector<odoo::Volume> volumes, LookAtSpace(ctx, look, glimpse));
  return CheckSpace(ctx, look, std::move(volumes), owner);
}

Result<Check> CheckSpaceOfServer(const Context& ctx, docker::Engines& engines,
                                 const odoo::SpaceQuestion& question, const domain::Backup& backup,
                                 const odoo::ImagePatterns& images) {
  const auto all = static_cast<double>(domain::NeedsOf(backup).least.disk_bytes);
  const auto files = static_cast<double>(backup.filestore_size);
  std::vector<odoo::Volume> volumes{
      odoo::VolumeOfServer(engines, question.server, odoo::space_part::kDatabase,
                           "the restored database", all - files),
      odoo::VolumeOfServer(engines, question.server, odoo::space_part::kFilestore,
                           "the files of the backup", files)};
  volumes[1].is_many = true;
  const Result<odoo::Room> room = volumes.front().measure(ctx);
  RETURN_IF_ERROR(ctx.Check());
  if (!room) {
    return Passed("space", "the server does not tell what is free on it; the steps will");
  }
  ASSIGN_OR_RETURN(const auto engine, engines.Of(question.server));
  // What cannot be found out is told by the check of the images, and by the step that needs them.
  const auto found =
      odoo::FindImages(ctx, *engine, images, backup.snapshot.images, backup.snapshot.odoo_version,
                       backup.snapshot.postgres_version);
  RETURN_IF_ERROR(ctx.Check());
  if (found && !found->missing.empty()) {
    volumes.push_back(odoo::VolumeOfImages(engines, question.server, odoo::BytesToPull(*found)));
  }
  for (odoo::Volume& volume : volumes) volume.room = *room;
  return Ask(ctx, question, std::move(volumes));
}

}  // namespace reprise::restore
