#include "postgres/load_watch.hpp"

#include <algorithm>

#include "postgres/parse_number.hpp"

namespace reprise::postgres {
namespace {

// From 16384 on they are nobody's but the user's. The index of a TOAST table is no entry of a dump.
constexpr std::string_view kStanding =
    "SELECT (SELECT count(*) FROM pg_catalog.pg_class WHERE oid >= 16384 AND relkind IN "
    "('r', 'p', 'v', 'm', 'S', 'i', 'I') AND relnamespace <> 'pg_toast'::regnamespace)"
    " + (SELECT count(*) FROM pg_catalog.pg_attrdef),"
    " pg_catalog.pg_database_size(pg_catalog.current_database())";

}  // namespace

void WatchLoad(const Context& ctx, const Cluster& cluster, const std::string& database,
               std::chrono::milliseconds pause, const std::function<void(const Standing&)>& tell) {
  const Cluster asked = cluster.KeptOpen(ctx);
  Standing last;
  while (ctx.Sleep(pause)) {
    const auto rows = asked.Query(ctx, database, kStanding);
    if (!rows || rows->size() != 1 || rows->front().size() != 2) continue;
    const auto objects = ParseNumber(rows->front()[0]);
    const auto bytes = ParseNumber(rows->front()[1]);
    if (!objects || !bytes) continue;
    const Standing now{std::max(last.objects, static_cast<std::size_t>(*objects)), *bytes};
    if (now != last) tell(now);
    last = now;
  }
}

}  // namespace reprise::postgres
