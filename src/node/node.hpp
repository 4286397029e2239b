#pragma once

#include "base/error.hpp"
#include "cli/cli.hpp"

// The top floor: one process of Reprise, put together from all rooms below.
namespace reprise::node {

// `reprise serve` and `reprise worker`. `serve` alone is everything on one machine: API and page,
// workers, sweeps, SQLite, a local storage folder. Blocks until SIGTERM or SIGINT.
[[nodiscard]] Status Run(const cli::ServeOptions& options);

// `reprise migrate`: brings the catalog's schema up to date.
[[nodiscard]] Status Migrate(const cli::MigrateOptions& options);

// `reprise export`: the catalog in one file, while others go on working with it.
[[nodiscard]] Status Export(const cli::ExportOptions& options);

// `reprise import-state`: a new catalog of what `export` wrote, in a data folder or a PostgreSQL
// database that has none.
[[nodiscard]] Status ImportState(const cli::ImportStateOptions& options);

}  // namespace reprise::node
