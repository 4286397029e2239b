#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/drill_store.hpp"
#include "catalog/retention_store.hpp"
#include "catalog/schedule_store.hpp"
#include "domain/protection.hpp"

namespace reprise::upkeep {

// How well one environment is protected.
struct Protection {
  domain::Environment environment;
  domain::ProtectionState state = domain::ProtectionState::kUnprotected;
  std::vector<std::string> reasons;                  // sentences; empty when all is well
  std::optional<catalog::BackupMark> last_backup;    // completed
  std::optional<catalog::BackupMark> last_verified;  // completed and verified
  std::optional<domain::Drill> last_drill;           // that has passed or failed
  int schedules = 0;                                 // that are on
  std::optional<Instant> next_run_at;                // of the first of them
  bool is_window_missed = false;        // the last time that was due brought no verified backup
  std::vector<domain::DaySquare> days;  // oldest first, the last one is today
};

// "Is everything protected?" Reads only.
class ProtectionService {
 public:
  static constexpr int kDays = 30;

  struct Parts {
    catalog::EnvironmentStore& environments;
    catalog::RetentionStore& retention;
    catalog::ScheduleStore& schedules;
    catalog::DrillStore& drills;
    const Clock& clock;
  };
  explicit ProtectionService(Parts parts) : parts_(parts) {}

  [[nodiscard]] Result<Protection> Of(const domain::Environment& environment,
                                      const domain::TimeZone& zone) const;
  [[nodiscard]] Result<catalog::Page<Protection>> List(const catalog::EnvironmentFilter& filter,
                                                       catalog::PageRequest page,
                                                       const domain::TimeZone& zone) const;

 private:
  Parts parts_;
};

}  // namespace reprise::upkeep
