#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "postgres/cluster.hpp"
#include "restore/order.hpp"

namespace reprise::restore {

// Records of one of Odoo's main models that will be gone after the restore.
struct ModelLoss {
  std::string model;                    // "sale.order"
  std::string label;                    // "sales orders"
  std::optional<std::int64_t> created;  // nullopt: could not be counted in time
  std::int64_t changed = 0;             // older ones that were changed since
  std::string last_id;                  // of the newest one, its name and when it was created (UTC)
  std::string last_name;
  std::string last_at;
};

// What will be lost: everything that is newer than the backup, where the backup is of the target
// itself; all that the target holds, where it is of another environment; nothing in a new one.
struct Losses {
  enum class Basis { kNothing, kNewer, kEverything, kUnknown };
  Basis basis = Basis::kNothing;
  std::string since;  // kNewer: the moment of the backup, UTC
  std::vector<ModelLoss> models;
  std::string why_unknown;

  [[nodiscard]] std::int64_t created() const;
  [[nodiscard]] std::int64_t changed() const;
  [[nodiscard]] bool complete() const;  // every model could be counted
};

// Asks the live database: read-only, a few seconds a model at most, and never more than counts and
// names of ordinary tables. What cannot be counted is said so; that is no failure.
[[nodiscard]] Result<Losses> CountLosses(const Context& ctx, const postgres::Cluster& cluster,
                                         const Order& order, const std::string& snapshot_at);

[[nodiscard]] std::string SentenceOf(const Losses& losses, const std::string& target_name);

}  // namespace reprise::restore
