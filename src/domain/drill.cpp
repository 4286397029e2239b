#include "domain/drill.hpp"

#include "domain/name_table.hpp"

namespace reprise::domain {
namespace {

constexpr auto kStatusNames = MakeNameTable<DrillStatus>({
    {DrillStatus::kPending, "pending"},
    {DrillStatus::kRunning, "running"},
    {DrillStatus::kPassed, "passed"},
    {DrillStatus::kFailed, "failed"},
    {DrillStatus::kCancelled, "cancelled"},
});

}  // namespace

std::string_view NameOf(DrillStatus value) { return kStatusNames.Name(value); }
std::optional<DrillStatus> ParseDrillStatus(std::string_view text) {
  return kStatusNames.Parse(text);
}

}  // namespace reprise::domain
