#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <map>

#include "restore/target_checks.hpp"

namespace reprise::restore {
namespace {

namespace json = boost::json;

constexpr double kLoadedPerDumpByte = 8;  // a database on disk against its compressed dump
constexpr double kMargin = 1.1;
constexpr double kSpare = 64e6;

std::string InGigabytes(double bytes) { return fmt::format("{:.1f} GB", bytes / 1e9); }

// One volume of the target, and what the restore puts on it.
struct Volume {
  std::string holds;      // "database"
  std::string container;  // that it belongs to
  std::string sentence;   // what will need the room
  double needed = 0;
  double free = 0;
  std::string device;
};

double DatabaseNeed(const TargetLook& look) {
  auto needed = static_cast<double>(look.reader.manifest().database_bytes);
  if (needed == 0) {
    const auto dump = static_cast<double>(look.order.backup.database_size);
    // A plain dump is about as large as its tables; a compressed one is not.
    needed = look.reader.dump_kind() == archive::DumpKind::kCustom ? dump * kLoadedPerDumpByte
                                                                   : dump * 2;
  }
  return needed * kMargin + kSpare;
}

Result<Volume> DatabaseVolume(const Context& ctx, const TargetLook& look) {
  const domain::Environment& target = look.order.target;
  const postgres::Cluster cluster(look.engine, target.containers.db, target.db_admin);
  ASSIGN_OR_RETURN(const std::string directory,
                   cluster.QueryValue(ctx, "postgres", "SHOW data_directory"));
  ASSIGN_OR_RETURN(const odoo::Room room,
                   odoo::RoomAt(ctx, look.engine, target.containers.db, directory));
  Volume volume{"database",
                target.containers.db,
                "the restored database",
                DatabaseNeed(look),
                static_cast<double>(room.free_bytes),
                room.device};
  if (look.order.strategy == domain::RestoreStrategy::kInPlace) {
    ASSIGN_OR_RETURN(const auto live, cluster.FindDatabase(ctx, target.db_name));
    if (live) {
      ASSIGN_OR_RETURN(const std::uint64_t bytes, cluster.DatabaseBytes(ctx, target.db_name));
      volume.free += static_cast<double>(bytes);  // it goes first
    }
  }
  return volume;
}

// Only files that the target lacks need room: the rest is hard-linked.
Result<Volume> FilestoreVolume(const Context& ctx, const TargetLook& look,
                               const odoo::Glimpse& glimpse) {
  const domain::Environment& target = look.order.target;
  ASSIGN_OR_RETURN(const odoo::Room room, glimpse.RoomAt(ctx, target.data_dir));
  Volume volume{"filestore",
                target.containers.odoo,
                "the files that it lacks",
                0,
                static_cast<double>(room.free_bytes),
                room.device};
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

// A dump in custom format is read from a file, in a container of its own.
Result<Volume> EngineVolume(const Context& ctx, const TargetLook& look) {
  const std::string& container = look.order.target.containers.db;
  ASSIGN_OR_RETURN(const odoo::Room room, odoo::RoomAt(ctx, look.engine, container, "/"));
  const bool kept = look.reader.dump_kind() == archive::DumpKind::kCustom;
  return Volume{"engine",
                container,
                "the dump while it is loaded",
                kept ? static_cast<double>(look.order.backup.database_size) : 0,
                static_cast<double>(room.free_bytes),
                room.device};
}

json::object Describe(const Volume& volume) {
  return {{"holds", volume.holds},
          {"container", volume.container},
          {"needed_bytes", static_cast<std::uint64_t>(volume.needed)},
          {"free_bytes", static_cast<std::uint64_t>(volume.free)}};
}

std::string FixOf(const TargetLook& look, const Volume& volume) {
  if (look.order.strategy == domain::RestoreStrategy::kInPlace || volume.holds != "database") {
    return "free space on it, then try again";
  }
  return "free space on it, or restore with strategy in_place, which drops the live database first";
}

}  // namespace

Result<Check> CheckSpace(const Context& ctx, const TargetLook& look, const odoo::Glimpse& glimpse) {
  ASSIGN_OR_RETURN(const Volume database, DatabaseVolume(ctx, look));
  ASSIGN_OR_RETURN(const Volume files, FilestoreVolume(ctx, look, glimpse));
  ASSIGN_OR_RETURN(const Volume engine, EngineVolume(ctx, look));
  const json::object details{
      {"volumes", json::array{Describe(database), Describe(files), Describe(engine)}},
      {"filestore_shares_disk", database.device == files.device}};
  // Two volumes of one disk take from the same room.
  const bool shared = database.device == files.device;
  Volume together = database;
  if (shared && files.needed > 0) {
    together.needed += files.needed;
    together.sentence = "the restored database with its files";
  }
  for (const Volume* volume : std::initializer_list<const Volume*>{&together, &files, &engine}) {
    if (volume->free >= volume->needed || (shared && volume == &files)) continue;
    return Blocked("space", ErrorCode::kNoSpace,
                   fmt::format("not enough space on the volume of {}: {} are free, {} needs about "
                               "{}",
                               volume->container, InGigabytes(volume->free), volume->sentence,
                               InGigabytes(volume->needed)),
                   FixOf(look, *volume))
        .With(details);
  }
  return Passed("space",
                fmt::format("the database needs about {}, {} are free; its files need {}, {} are "
                            "free",
                            InGigabytes(database.needed), InGigabytes(database.free),
                            InGigabytes(files.needed), InGigabytes(files.free)))
      .With(details);
}

}  // namespace reprise::restore
