#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "domain/ids.hpp"

namespace reprise::domain {

enum class EnvironmentType { kDevelopment, kStaging, kProduction, kTesting };
enum class EnvironmentStatus { kDeploying, kRunning, kStopped, kRestoring, kError, kDeleted };
// Whether Reprise made the containers (and may remove them) or was told of them.
enum class EnvironmentOrigin { kAdopted, kDeployed };

// The trio of containers of one Odoo, as names on its server. `pgbouncer` may be empty.
struct EnvironmentContainers {
  std::string odoo;
  std::string db;
  std::string pgbouncer;
};

struct EnvironmentImages {
  std::string odoo;
  std::string db;
  std::string pgbouncer;
};

// An Odoo environment: what is backed up and what is restored into.
struct Environment {
  EnvironmentId id;
  ProjectId project_id;
  ServerId server_id;
  std::string name;
  EnvironmentType type = EnvironmentType::kDevelopment;
  EnvironmentStatus status = EnvironmentStatus::kDeploying;
  EnvironmentOrigin origin = EnvironmentOrigin::kAdopted;
  std::string odoo_version;  // "14.0"; empty while unknown
  std::string db_name;       // often with hyphens: always quote
  std::string db_user;       // the role that Odoo logs in as
  std::string db_admin;      // a role that may create databases and extensions
  std::string data_dir;      // inside the Odoo container; filestores are in data_dir/filestore/<db>
  EnvironmentContainers containers;
  EnvironmentImages images;
  std::vector<std::string> volumes;  // that Reprise made for it
  std::string network;               // that Reprise made for it
  std::string url;                   // where Odoo answers, "http://127.0.0.1:18069"; may be empty
  std::string error_message;
  std::optional<Instant> expires_at;  // when it removes itself; only of one that MayExpire
  Instant created_at;
  Instant updated_at;
};

// Whether it may remove itself: Reprise made it, and it is no production.
[[nodiscard]] bool MayExpire(const Environment& environment);

[[nodiscard]] std::string_view NameOf(EnvironmentType type);
[[nodiscard]] std::string_view NameOf(EnvironmentStatus status);
[[nodiscard]] std::string_view NameOf(EnvironmentOrigin origin);
[[nodiscard]] std::optional<EnvironmentType> ParseEnvironmentType(std::string_view text);
[[nodiscard]] std::optional<EnvironmentStatus> ParseEnvironmentStatus(std::string_view text);
[[nodiscard]] std::optional<EnvironmentOrigin> ParseEnvironmentOrigin(std::string_view text);

// A name a person gives to an environment: 1 to 63 of a–z, A–Z, 0–9, "_", "-", "." and spaces,
// beginning with a letter or digit. kInvalidArgument otherwise.
[[nodiscard]] Status CheckEnvironmentName(std::string_view name);

}  // namespace reprise::domain
