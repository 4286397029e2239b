#include "domain/mount.hpp"

#include "domain/name_table.hpp"

namespace reprise::domain {
namespace {

constexpr auto kMountStatusNames = MakeNameTable<MountStatus>({
    {MountStatus::kMounting, "mounting"},
    {MountStatus::kMounted, "mounted"},
    {MountStatus::kUnmounting, "unmounting"},
    {MountStatus::kEnded, "ended"},
    {MountStatus::kFailed, "failed"},
});

}  // namespace

std::string_view NameOf(MountStatus value) { return kMountStatusNames.Name(value); }
std::optional<MountStatus> ParseMountStatus(std::string_view text) {
  return kMountStatusNames.Parse(text);
}

}  // namespace reprise::domain
