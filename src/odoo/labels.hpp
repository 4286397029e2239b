#pragma once

#include "docker/engine.hpp"
#include "domain/ids.hpp"

namespace reprise::odoo {

// Marks of what Reprise made in an engine, by which it is found again.
inline constexpr const char* kEnvironmentLabel = "reprise.environment";  // id; part of a trio
inline constexpr const char* kTaskLabel = "reprise.task";                // id; a helper of a task
inline constexpr const char* kInstallationLabel = "reprise.installation";
// Microseconds since 1970: a helper of no task, which nobody needs any more from then on.
inline constexpr const char* kExpiresLabel = "reprise.expires";

// Whose helpers they are: of one attempt at one task.
struct HelperOwner {
  std::string installation;
  domain::TaskId task;
  std::int64_t epoch = 0;

  [[nodiscard]] docker::Labels labels() const {
    return {{kInstallationLabel, installation}, {kTaskLabel, task.value}};
  }
  // "reprise_1a2b3c4d_2_toolbox"
  [[nodiscard]] std::string Name(std::string_view role) const;
};

}  // namespace reprise::odoo
