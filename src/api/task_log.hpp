#pragma once

#include <string>

#include "domain/task.hpp"

namespace reprise::api {

// One event of a task as a line of its log, with the time before it and a line feed behind it;
// empty for events that only carry progress.
[[nodiscard]] std::string LogLine(const domain::TaskEvent& event);

}  // namespace reprise::api
