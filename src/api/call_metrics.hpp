#pragma once

#include <functional>

#include "api/router.hpp"
#include "base/metrics.hpp"
#include "base/stream.hpp"
#include "catalog/database.hpp"

namespace reprise::api {

// What /metrics tells of. Borrowed; outlives the router.
struct MetricsParts {
  catalog::Database& database;
  const Clock& clock;
  const DurationHistogram& catalog_times;
  DurationHistogram& call_times;  // the router fills it
  std::function<std::size_t()> open_streams;
  std::function<ByteCount()> storage_bytes_read;
};

// Adds /metrics, for who may see what the whole installation does, and lets the router time calls.
void AddMetricsRoute(Router& router, const MetricsParts& parts);

}  // namespace reprise::api
