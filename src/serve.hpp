#pragma once

#include "cli/cli.hpp"

namespace reprise {

// `reprise serve`: everything on one machine – API, one worker, scheduler of sweeps, SQLite, a
// local storage folder. Blocks until SIGTERM or SIGINT; says the exit code.
[[nodiscard]] int Serve(const cli::ServeOptions& options);

}  // namespace reprise
