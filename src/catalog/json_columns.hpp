#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "domain/backup.hpp"
#include "domain/environment.hpp"
#include "domain/restore_point.hpp"

namespace reprise::catalog {

// Values that stand in one text column as JSON: they are read and written whole and never searched.
// Reading takes a missing field as its default, so that fields can be added without a migration.
[[nodiscard]] std::string ImagesToJson(const domain::EnvironmentImages& images);
[[nodiscard]] Result<domain::EnvironmentImages> ImagesFromJson(std::string_view text);
[[nodiscard]] std::string TextsToJson(const std::vector<std::string>& texts);
[[nodiscard]] Result<std::vector<std::string>> TextsFromJson(std::string_view text);
[[nodiscard]] std::string SnapshotToJson(const domain::EnvironmentSnapshot& snapshot);
[[nodiscard]] Result<domain::EnvironmentSnapshot> SnapshotFromJson(std::string_view text);
[[nodiscard]] std::string RequestToJson(const domain::RestoreRequest& request);
[[nodiscard]] Result<domain::RestoreRequest> RequestFromJson(std::string_view text);
[[nodiscard]] std::string SettingsToJson(const domain::SafeCopySettings& settings);
[[nodiscard]] Result<domain::SafeCopySettings> SettingsFromJson(std::string_view text);

}  // namespace reprise::catalog
