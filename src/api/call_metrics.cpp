#include "api/call_metrics.hpp"

#include <unistd.h>

#include <fstream>

#include "api/route_support.hpp"
#include "catalog/statistics.hpp"

namespace reprise::api {
namespace {

// Of this process, as the kernel counts it.
double ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  double all = 0;
  double resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

Result<Response> Tell(const MetricsParts& parts, const Request& request) {
  QueryFields query(request);
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  MetricsText own;
  own.Family("reprise_open_streams", "gauge", "Live streams that this process feeds.");
  own.Sample({}, static_cast<double>(parts.open_streams()));
  own.Family("reprise_storage_read_bytes_total", "counter",
             "Bytes of archives that this process has read from storage.");
  own.Sample({}, static_cast<double>(parts.storage_bytes_read()));
  own.Family("process_resident_memory_bytes", "gauge", "Memory of this process.");
  own.Sample({}, ResidentBytes());
  parts.call_times.Tell(own);
  parts.catalog_times.Tell(own);
  MetricsText shared;
  RETURN_IF_ERROR(catalog::TellStatistics(parts.database, parts.clock.Now(), shared));
  return Response{200,
                  {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
                  own.text() + shared.text()};
}

}  // namespace

void AddMetricsRoute(Router& router, const MetricsParts& parts) {
  router.Add("GET", "/metrics", Rule::System(domain::Permission::kSystemAuditView),
             [parts](const Context&, const Request& request) { return Tell(parts, request); });
  router.TimeWith(parts.call_times);
}

}  // namespace reprise::api
