#include "restore/space.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <set>

namespace reprise::restore {
namespace {

namespace json = boost::json;
using catalog::SpaceHeld;

constexpr int kRounds = 3;
constexpr std::size_t kMostNamed = 3;

std::string InGigabytes(double bytes) { return fmt::format("{:.1f} GB", bytes / 1e9); }

std::string Listed(const std::vector<std::string>& words) {
  if (words.size() < 2) return words.empty() ? std::string() : words.front();
  return fmt::format("{} and {}", fmt::join(words.begin(), words.end() - 1, ", "), words.back());
}

// What all volumes of one file system need together.
struct Disk {
  const Volume* first = nullptr;  // what is free is told of it
  double needed = 0;
  double held = 0;
  double given_back = 0;
  double needed_before = 0;  // of it, while what will be given back is still there
  std::vector<std::string> contents;
  bool has_database = false;

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
      const auto there = catalog::HeldOn(held, volume.room.device);
      disks.push_back({.first = &volume, .held = static_cast<double>(there)});
      disk = std::prev(disks.end());
    }
    disk->given_back += volume.given_back;
    if (volume.needed == 0) continue;
    if (volume.is_before_drop) disk->needed_before += volume.needed;
    disk->needed += volume.needed;
    disk->contents.push_back(volume.content);
    disk->has_database |= volume.part == space_part::kDatabase;
  }
  return disks;
}

std::vector<SpaceHeld> OnDevice(const std::vector<SpaceHeld>& held, const std::string& device) {
  std::vector<SpaceHeld> there;
  std::copy_if(held.begin(), held.end(), std::back_inserter(there),
               [&](const SpaceHeld& each) { return device.empty() || each.device == device; });
  return there;
}

json::object Describe(const Volume& volume, const std::vector<SpaceHeld>& held) {
  return {{"holds", volume.part},
          {"container", volume.container},
          {"needed_bytes", static_cast<std::uint64_t>(volume.needed)},
          {"free_bytes", static_cast<std::uint64_t>(volume.free())},
          {"reserved_bytes", catalog::HeldOn(held, volume.room.device)}};
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

Check BlockedBy(const Disk& disk, const SpaceQuestion& question,
                const std::vector<SpaceHeld>& held) {
  const bool is_one = disk.contents.size() == 1 && !disk.contents.front().starts_with("the files");
  const std::string need = fmt::format("{} {} about {}", Listed(disk.contents),
                                       is_one ? "needs" : "need", InGigabytes(disk.needed));
  const std::string free = InGigabytes(disk.free());
  if (disk.held == 0) {
    return Blocked(
        "space", ErrorCode::kNoSpace,
        fmt::format("not enough space on {}: {} are free, {}", disk.first->place, free, need),
        disk.has_database ? question.fix : "free space on it, then try again");
  }
  return Blocked(
      "space", ErrorCode::kNoSpace,
      fmt::format("not enough space on {}: {} are free, but {} of them are reserved by {}; {}",
                  disk.first->place, free, InGigabytes(disk.held),
                  HoldersOf(OnDevice(held, disk.first->room.device), question.project), need),
      "wait until that has ended or cancel it, then try again; or free space on it");
}

Check Judge(const SpaceQuestion& question, const std::vector<Volume>& volumes,
            const std::vector<SpaceHeld>& held) {
  json::object details = DetailsOf(volumes, held);
  std::string sentence;
  for (const Volume& volume : volumes) {
    if (volume.part == space_part::kEngine) continue;
    const char* who = volume.part == space_part::kDatabase    ? "the database needs about"
                      : volume.part == space_part::kFilestore ? "its files need"
                                                              : "the safety backup needs about";
    sentence += fmt::format("{}{} {}, {} are free", sentence.empty() ? "" : "; ", who,
                            InGigabytes(volume.needed), InGigabytes(volume.free()));
  }
  for (const Disk& disk : DisksOf(volumes, held)) {
    if (disk.IsShort()) return BlockedBy(disk, question, held).With(std::move(details));
    if (disk.held == 0) continue;
    sentence += fmt::format("; of those on {} {} are reserved by {}", disk.first->place,
                            InGigabytes(disk.held),
                            HoldersOf(OnDevice(held, disk.first->room.device), question.project));
  }
  return Passed("space", std::move(sentence)).With(std::move(details));
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

}  // namespace

std::string HoldersOf(const std::vector<SpaceHeld>& held, const domain::ProjectId& project) {
  std::vector<std::string> named;
  std::set<std::string> strangers;
  for (const SpaceHeld& each : held) {
    if (each.project != project) {
      strangers.insert(each.task.value);
      continue;
    }
    std::string name = fmt::format("{} (task {})", each.purpose, each.task.value);
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
Result<Check> AskForSpace(const Context& ctx, const SpaceQuestion& question,
                          std::vector<Volume> volumes) {
  if (!question.owner) {
    ASSIGN_OR_RETURN(const std::vector<SpaceHeld> held, question.store.OnServer(question.server));
    return Judge(question, volumes, held);
  }
  Check check;
  bool is_reserved = false;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<SpaceHeld> held;
    const auto fits = [&](const std::vector<SpaceHeld>& others) -> Status {
      held = others;
      check = Judge(question, volumes, others);
      return RefusalOf(check);
    };
    const Status reserved =
        question.store.Reserve(*question.owner, question.server, NeedsOf(volumes), fits);
    if (!reserved && check.result != CheckResult::kBlocked) return Fail(reserved.error());
    if (!reserved) break;
    is_reserved = true;
    for (Volume& volume : volumes) {
      // What does not answer this time keeps what it told before.
      if (auto room = volume.measure(ctx)) volume.room = *std::move(room);
      RETURN_IF_ERROR(ctx.Check());
    }
    check = Judge(question, volumes, held);
    if (check.result != CheckResult::kBlocked) return check;
  }
  if (is_reserved) {
    RETURN_IF_ERROR(question.store.Free(question.owner->task, question.owner->hold));
  }
  return check;
}

}  // namespace reprise::restore
