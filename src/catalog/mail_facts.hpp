#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "catalog/database.hpp"

namespace reprise::catalog {

// What a person wants to know of a task that has ended: by names, not by ids.
struct MailFacts {
  std::string kind;  // "backup"
  std::string status;
  std::string environment;  // "": there is none any more
  std::string backup;
  std::string project;
  std::string organization;
  std::string outcome;  // of a restore: "swapped"
  std::string error;
  std::string hint;
  std::string step;
  std::optional<Instant> started_at;
  std::optional<Instant> completed_at;
};

// kNotFound when there is no such task.
[[nodiscard]] Result<MailFacts> MailFactsOf(Database& database, const std::string& task_id);

}  // namespace reprise::catalog
