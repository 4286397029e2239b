#include "domain/environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "domain/name_table.hpp"

namespace reprise::domain {
namespace {

constexpr auto kEnvironmentTypeNames = MakeNameTable<EnvironmentType>({
    {EnvironmentType::kDevelopment, "development"},
    {EnvironmentType::kStaging, "staging"},
    {EnvironmentType::kProduction, "production"},
    {EnvironmentType::kTesting, "testing"},
});

constexpr auto kEnvironmentStatusNames = MakeNameTable<EnvironmentStatus>({
    {EnvironmentStatus::kDeploying, "deploying"},
    {EnvironmentStatus::kRunning, "running"},
    {EnvironmentStatus::kStopped, "stopped"},
    {EnvironmentStatus::kRestoring, "restoring"},
    {EnvironmentStatus::kError, "error"},
    {EnvironmentStatus::kDeleted, "deleted"},
});

constexpr auto kEnvironmentOriginNames = MakeNameTable<EnvironmentOrigin>({
    {EnvironmentOrigin::kAdopted, "adopted"},
    {EnvironmentOrigin::kDeployed, "deployed"},
});

}  // namespace

std::string_view NameOf(EnvironmentType value) { return kEnvironmentTypeNames.Name(value); }
std::string_view NameOf(EnvironmentStatus value) { return kEnvironmentStatusNames.Name(value); }
std::string_view NameOf(EnvironmentOrigin value) { return kEnvironmentOriginNames.Name(value); }

std::optional<EnvironmentType> ParseEnvironmentType(std::string_view text) {
  return kEnvironmentTypeNames.Parse(text);
}
std::optional<EnvironmentStatus> ParseEnvironmentStatus(std::string_view text) {
  return kEnvironmentStatusNames.Parse(text);
}
std::optional<EnvironmentOrigin> ParseEnvironmentOrigin(std::string_view text) {
  return kEnvironmentOriginNames.Parse(text);
}

bool MayExpire(const Environment& environment) {
  return environment.origin == EnvironmentOrigin::kDeployed &&
         environment.type != EnvironmentType::kProduction;
}

Status CheckEnvironmentName(std::string_view name) {
  const auto allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' ||
           c == ' ';
  };
  if (name.empty() || name.size() > 63 ||
      std::isalnum(static_cast<unsigned char>(name.front())) == 0 || name.back() == ' ' ||
      !std::all_of(name.begin(), name.end(), allowed)) {
    return Fail(
        ErrorCode::kInvalidArgument, fmt::format("\"{}\" cannot be the name", name),
        "use 1 to 63 letters, digits, \"-\", \"_\", \".\" or spaces, beginning with a letter "
        "or digit");
  }
  return {};
}

}  // namespace reprise::domain
