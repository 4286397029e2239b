#include "odoo/space.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <set>

#include "base/task_group.hpp"

namespace reprise::odoo {
namespace {

namespace json = boost::json;
using catalog::SpaceHeld;

constexpr int kRounds = 3;
constexpr std::chrono::seconds kLookLimit{20};
constexpr std::size_t kMostNamed = 3;

std::string InGigabytes(double bytes) { return fmt::format("{:.1f} GB", bytes / 1e9); }

std::string Listed(const std::vector<std::string>& words) {
  if (words.size() < 2) return words.empty() ? std::string() : words.front();
  return fmt::format("{} and {}", fmt::join(words.begin(), words.end() - 1, ", "), words.back());
}

// What all volumes of one file system need together.
struct Disk {
  const Volume* first = nullptr;   // what is free is told of it
  std::vector<SpaceHeld> holders;  // who came first
  double held = 0;                 // by them
  double needed = 0;
  double given_back = 0;
  double needed_before = 0;  // of it, while what will be given back is still there
  std::vector<std::string> contents;
  bool is_many = false;
  std::string fix;

  [[nodiscard]] double free() const {
    return static_cast<double>(first->room.free_bytes) + (IsShortBefore() ? 0 : given_back);
  }
  [[nodiscard]] bool IsShortBefore() const {
    return needed_before > 0 && static_cast<double>(first->room.free_bytes) - held < needed_before;
  }
  [[nodiscard]] bool IsShort() const {
    return IsShortBefore() || (needed > 0 && free() - held < needed);
  }
};

std::vector<Disk> DisksOf(const std::vector<Volume>& volumes, const std::vector<SpaceHeld>& held) {
  std::vector<Disk> disks;
  for (const Volume& volume : volumes) {
    auto disk = std::find_if(disks.begin(), disks.end(), [&](const Disk& each) {
      return each.first->room.device == volume.room.device;
    });
    if (disk == disks.end()) {
      auto there = catalog::OnDevice(held, volume.room.device);
      const auto bytes = static_cast<double>(catalog::SumOf(there));
      disks.push_back({.first = &volume, .holders = std::move(there), .held = bytes});
      disk = std::prev(disks.end());
    }
    disk->given_back += volume.given_back;
    if (volume.needed == 0) continue;
    if (volume.is_before_drop) disk->needed_before += volume.needed;
    disk->needed += volume.needed;
    disk->contents.push_back(volume.content);
    disk->is_many |= volume.is_many;
    if (disk->fix.empty()) disk->fix = volume.fix;
  }
  return disks;
}

json::object Describe(const Volume& volume, const std::vector<SpaceHeld>& held) {
  return {{"holds", volume.part},
          {"container", volume.container},
          {"needed_bytes", static_cast<std::uint64_t>(volume.needed)},
          {"free_bytes", static_cast<std::uint64_t>(volume.free())},
          {"reserved_bytes", catalog::SumOf(catalog::OnDevice(held, volume.room.device))}};
}

json::object DetailsOf(const std::vector<Volume>& volumes, const std::vector<SpaceHeld>& held) {
  json::array described;
  const Volume* database = nullptr;
  const Volume* files = nullptr;
  for (const Volume& volume : volumes) {
    described.push_back(Describe(volume, held));
    if (volume.part == space_part::kDatabase) database = &volume;
    if (volume.part == space_part::kFilestore) files = &volume;
  }
  const bool shared =
      database != nullptr && files != nullptr && database->room.device == files->room.device;
  return {{"volumes", std::move(described)}, {"filestore_shares_disk", shared}};
}

Status RefusalBy(const Disk& disk, const SpaceQuestion& question) {
  const bool is_one = disk.contents.size() == 1 && !disk.is_many;
  const std::string need = fmt::format("{} {} about {}", Listed(disk.contents),
                                       is_one ? "needs" : "need", InGigabytes(disk.needed));
  const std::string free = InGigabytes(disk.free());
  if (disk.held == 0) {
    return Fail(
        ErrorCode::kNoSpace,
        fmt::format("not enough space on {}: {} are free, {}", disk.first->place, free, need),
        disk.fix.empty() ? "free space on it, then try again" : disk.fix);
  }
  return Fail(
      ErrorCode::kNoSpace,
      fmt::format("not enough space on {}: {} are free, but {} of them are reserved by {}; {}",
                  disk.first->place, free, InGigabytes(disk.held),
                  HoldersOf(disk.holders, question.project), need),
      "wait until that has ended or cancel it, then try again; or free space on it");
}

SpaceAnswer Judge(const SpaceQuestion& question, const std::vector<Volume>& volumes,
                  const std::vector<SpaceHeld>& held) {
  SpaceAnswer answer{.details = DetailsOf(volumes, held)};
  for (const Volume& volume : volumes) {
    if (volume.part == space_part::kEngine) continue;
    answer.sentence += fmt::format("{}{} {} {}, {} are free", answer.sentence.empty() ? "" : "; ",
                                   volume.content, volume.is_many ? "need" : "needs about",
                                   InGigabytes(volume.needed), InGigabytes(volume.free()));
  }
  for (const Disk& disk : DisksOf(volumes, held)) {
    if (disk.IsShort()) {
      answer.fits = RefusalBy(disk, question);
      return answer;
    }
    if (disk.held == 0) continue;
    answer.sentence +=
        fmt::format("; of those on {} {} are reserved by {}", disk.first->place,
                    InGigabytes(disk.held), HoldersOf(disk.holders, question.project));
  }
  return answer;
}

std::vector<catalog::SpaceNeed> NeedsOf(const std::vector<Volume>& volumes) {
  std::vector<catalog::SpaceNeed> needs;
  for (const Volume& volume : volumes) {
    // What was dropped may have to come back.
    const double most = std::max(volume.needed, volume.given_back);
    needs.push_back({volume.part, volume.room.device, static_cast<ByteCount>(most)});
  }
  return needs;
}

// All at once. What does not answer this time keeps what it told before.
Status MeasureAgain(const Context& ctx, std::vector<Volume>& volumes) {
  TaskGroup group(ctx);
  for (Volume& volume : volumes) {
    group.Spawn([&volume](const Context& inner) -> Status {
      if (auto room = volume.measure(inner)) volume.room = *std::move(room);
      return inner.Check();
    });
  }
  return group.Join();
}

}  // namespace

Volume VolumeOfServer(docker::Engines& engines, const domain::ServerId& server, const char* part,
                      std::string content, double needed) {
  Volume volume;
  volume.part = part;
  volume.place = "the disk of the server";
  volume.content = std::move(content);
  volume.needed = needed;
  volume.fix = "free space on it, or choose another server";
  volume.measure = [&engines, server](const Context& ctx) -> Result<Room> {
    ASSIGN_OR_RETURN(const docker::MachineLoad load,
                     engines.Load(ctx.WithTimeout(kLookLimit), server));
    return Room{load.disk_free_bytes, load.disk_bytes, load.disk_device};
  };
  return volume;
}

std::string HoldersOf(const std::vector<SpaceHeld>& held, const domain::ProjectId& project) {
  std::vector<std::string> named;
  std::set<std::string> strangers;
  for (const SpaceHeld& each : held) {
    const bool has_task = !each.project.empty();
    if (has_task && each.project != project) {
      strangers.insert(each.task.value);
      continue;
    }
    // The purpose of what no task stands for names nobody's things.
    std::string name =
        has_task ? fmt::format("{} (task {})", each.purpose, each.task.value) : each.purpose;
    if (std::find(named.begin(), named.end(), name) == named.end()) {
      named.push_back(std::move(name));
    }
  }
  if (named.size() > kMostNamed) {
    const std::size_t more = named.size() - kMostNamed;
    named.resize(kMostNamed);
    named.push_back(fmt::format("{} more", more));
  }
  if (strangers.size() == 1) named.emplace_back("a task of another project");
  if (strangers.size() > 1) {
    named.push_back(fmt::format("{} tasks of other projects", strangers.size()));
  }
  return Listed(named);
}

// What is free is measured after others' reservations were counted. The other way round, one that
// was used up and freed in between would be missing in both numbers.
Result<SpaceAnswer> AskForSpace(const Context& ctx, const SpaceQuestion& question,
                                std::vector<Volume> volumes) {
  if (!question.owner) {
    ASSIGN_OR_RETURN(const std::vector<SpaceHeld> held, question.store.OnServer(question.server));
    return Judge(question, volumes, held);
  }
  SpaceAnswer answer;
  bool is_reserved = false;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<SpaceHeld> held;
    const auto fits = [&](const std::vector<SpaceHeld>& others) -> Status {
      held = others;
      answer = Judge(question, volumes, others);
      return answer.fits;
    };
    const Status reserved =
        question.store.Reserve(*question.owner, question.server, NeedsOf(volumes), fits);
    if (!reserved && answer.fits) return Fail(reserved.error());
    if (!reserved) break;
    is_reserved = true;
    RETURN_IF_ERROR(MeasureAgain(ctx, volumes));
    answer = Judge(question, volumes, held);
    if (answer.fits) return answer;
  }
  if (is_reserved) {
    RETURN_IF_ERROR(question.store.Free(question.owner->task, question.owner->hold));
  }
  return answer;
}

}  // namespace reprise::odoo
