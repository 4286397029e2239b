#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "docker/engine.hpp"

namespace reprise::odoo {

struct HealthOptions {
  int attempts = 30;
  std::chrono::milliseconds interval{2000};
  int http_port = 8069;
  std::string db_name;
};

// Whether Odoo itself answers on the database right now: its login page, asked from inside its own
// container (every Odoo image has Python).
[[nodiscard]] Result<bool> AnswersNow(const Context& ctx, docker::Engine& engine,
                                      const std::string& container, const HealthOptions& options);

// Waits until the container runs, Odoo answers, and its health check (when it has one) agrees: the
// engine says healthy, or the check, run here and now, passes. `answered` is called as soon as the
// first answer came, before the health check agrees. kUnhealthy, with the last 100 log lines as
// context of the message, when the attempts are used up, the health check says unhealthy, or the
// container ends.
[[nodiscard]] Status WaitHealthy(const Context& ctx, docker::Engine& engine,
                                 const std::string& container, const HealthOptions& options,
                                 const std::function<void()>& answered);

}  // namespace reprise::odoo
