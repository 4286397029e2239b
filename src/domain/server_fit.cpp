#include "domain/server_fit.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace reprise::domain {
namespace {

constexpr double kGigabyte = 1e9;
constexpr std::uint64_t kImages = 3'000'000'000;  // of Odoo, PostgreSQL and PgBouncer
constexpr std::uint64_t kLoadedPerDumpByte = 8;   // a database on disk against its compressed dump

void CompareBytes(std::string_view what, std::uint64_t free, std::uint64_t needed,
                  std::vector<std::string>& short_of) {
  if (free >= needed) return;
  short_of.push_back(fmt::format("{}: {:.1f} GB are free, {:.1f} GB are needed", what,
                                 static_cast<double>(free) / kGigabyte,
                                 static_cast<double>(needed) / kGigabyte));
}

std::vector<std::string> Shortages(const ServerRoom& needed, const ServerRoom& free) {
  std::vector<std::string> short_of;
  if (free.cpus < needed.cpus) {
    short_of.push_back(
        fmt::format("CPU: {:.1f} are free, {:.0f} are needed", free.cpus, needed.cpus));
  }
  CompareBytes("memory", free.memory_bytes, needed.memory_bytes, short_of);
  CompareBytes("disk", free.disk_bytes, needed.disk_bytes, short_of);
  return short_of;
}

}  // namespace

std::string_view NameOf(ServerFit fit) {
  switch (fit) {
    case ServerFit::kRecommended:
      return "recommended";
    case ServerFit::kLowResources:
      return "low_resources";
    case ServerFit::kTooSmall:
      return "too_small";
  }
  return "";
}

ServerNeeds NeedsOf(const Backup& backup) {
  const std::uint64_t data = static_cast<std::uint64_t>(backup.database_size) * kLoadedPerDumpByte +
                             static_cast<std::uint64_t>(backup.filestore_size);
  ServerNeeds needs;
  // The product page's, and room for the data to grow to twice its size.
  needs.wanted = {2, 4'000'000'000, std::max<std::uint64_t>(20'000'000'000, kImages + 2 * data)};
  needs.least = {0, 500'000'000, data + data / 10 + 500'000'000};
  return needs;
}

ServerVerdict JudgeServer(const ServerNeeds& needs, const ServerRoom& free) {
  ServerVerdict verdict;
  verdict.short_of = Shortages(needs.least, free);
  if (!verdict.short_of.empty()) {
    verdict.fit = ServerFit::kTooSmall;
    return verdict;
  }
  verdict.short_of = Shortages(needs.wanted, free);
  if (!verdict.short_of.empty()) verdict.fit = ServerFit::kLowResources;
  return verdict;
}

}  // namespace reprise::domain
