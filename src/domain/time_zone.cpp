#include "domain/time_zone.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <exception>

namespace reprise::domain {
namespace {

const date::time_zone& ZoneOf(const void* zone) {
  return *static_cast<const date::time_zone*>(zone);
}

Instant ToInstant(date::sys_seconds seconds) {
  return Instant(std::chrono::duration_cast<std::chrono::microseconds>(seconds.time_since_epoch()));
}

}  // namespace

Result<TimeZone> TimeZone::Find(std::string_view name) {
  const auto unknown = [&] {
    Error error{ErrorCode::kInvalidArgument,
                fmt::format("there is no time zone \"{}\"", std::string(name)),
                "use a name of the IANA database, such as Europe/Madrid or UTC"};
    error.field = "/time_zone";
    return Fail(std::move(error));
  };
  if (name.empty() || name.size() > 64) return unknown();
  try {
    return TimeZone(std::string(name), date::locate_zone(std::string(name)));
  } catch (const std::exception&) {
    return unknown();
  }
}

TimeZone TimeZone::Utc() { return {"UTC", date::locate_zone("UTC")}; }

WallMinute TimeZone::WallAt(Instant when) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  const auto local = ZoneOf(zone_).to_local(date::sys_seconds(seconds.time_since_epoch()));
  return WallMinute(std::chrono::floor<std::chrono::minutes>(local.time_since_epoch()));
}

TimeZone::Moments TimeZone::MomentsOf(WallMinute wall) const {
  const date::local_seconds local{std::chrono::seconds(wall.time_since_epoch())};
  const date::local_info info = ZoneOf(zone_).get_info(local);
  const auto with = [&](const date::sys_info& rule) {
    return ToInstant(date::sys_seconds(local.time_since_epoch() - rule.offset));
  };
  switch (info.result) {
    case date::local_info::nonexistent:
      return {Shown::kNever, ToInstant(info.first.end), {}};
    case date::local_info::ambiguous:
      return {Shown::kTwice, with(info.first), with(info.second)};
    default:
      return {Shown::kOnce, with(info.first), {}};
  }
}

}  // namespace reprise::domain
