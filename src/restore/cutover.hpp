#pragma once

#include <string>

#include "odoo/health.hpp"
#include "odoo/toolbox.hpp"
#include "postgres/swap.hpp"
#include "restore/restore_session.hpp"

namespace reprise::restore {

// What the acts below are done with. Borrowed.
struct CutoverTools {
  docker::Engine& engine;  // of the target's server
  const Clock& clock;
  const odoo::HealthOptions& health;  // attempts and interval
};

[[nodiscard]] inline CutoverTools CutoverWith(const RestoreSession& session) {
  return {session.engine(), session.parts().clock, session.parts().settings.health};
}

// The only acts that touch what a live environment runs on. Each looks before it acts, so each can
// be called again after a crash anywhere in it.

// Stops Odoo (so that its restart policy does not bring it back) and PgBouncer.
[[nodiscard]] Status TakeDown(const Context& ctx, const CutoverTools& tools,
                              const domain::Environment& target, jobs::StepRun& run);
// Starts PgBouncer and Odoo and gives Odoo its restart policy back. Does not wait for an answer.
[[nodiscard]] Status BringUp(const Context& ctx, const CutoverTools& tools,
                             const domain::Environment& target, jobs::StepRun& run);
// Waits until Odoo is healthy and the database answers with users; records when Odoo first
// answered.
[[nodiscard]] Status WaitUntilUp(const Context& ctx, const CutoverTools& tools,
                                 const domain::Environment& target, jobs::StepRun& run);

// Database and filestore change places with their counterparts under the same names:
// live → outgoing, incoming → live. Where `incoming` has no filestore directory, the live one
// stays. Whether there is a database `outgoing` now.
[[nodiscard]] Result<bool> Exchange(const Context& ctx, const postgres::Cluster& cluster,
                                    const domain::Environment& target,
                                    const postgres::SwapNames& names, const odoo::Toolbox& toolbox);

// Both: stops Odoo, and exchanges database and filestore while PgBouncer stops. What PgBouncer
// still holds is ended by the fence of the exchange, and what it opens anew ends with it.
[[nodiscard]] Result<bool> TakeDownAndExchange(const Context& ctx, const CutoverTools& tools,
                                               const postgres::Cluster& cluster,
                                               const domain::Environment& target,
                                               const postgres::SwapNames& names,
                                               const odoo::Toolbox& toolbox, jobs::StepRun& run);

// Seconds between Odoo's stop and its first answer; nullopt while one is unknown.
[[nodiscard]] std::optional<double> DowntimeOf(const jobs::StepRun& run);

}  // namespace reprise::restore
