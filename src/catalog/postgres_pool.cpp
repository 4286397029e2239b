#include "catalog/postgres_pool.hpp"

#include <fmt/format.h>

#include <chrono>

namespace reprise::catalog {
namespace {

constexpr std::chrono::seconds kPatience{15};

}  // namespace

Result<PostgresPool::Loan> PostgresPool::Take() {
  std::unique_ptr<PostgresConnection> idle;
  {
    std::unique_lock lock(mutex_);
    if (!returned_.wait_for(lock, kPatience, [&] { return lent_ < kMost; })) {
      return Fail(ErrorCode::kUnavailable,
                  fmt::format("all {} connections to the catalog are in use", kMost),
                  "try again; if it stays so, look for what waits in pg_stat_activity");
    }
    ++lent_;
    if (!idle_.empty()) {
      idle = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (idle) return Loan(*this, std::move(idle));
  auto opened = PostgresConnection::Open(url_);
  if (opened) return Loan(*this, *std::move(opened));
  const std::scoped_lock lock(mutex_);
  --lent_;
  returned_.notify_one();
  return Fail(opened.error());
}

void PostgresPool::GiveBack(std::unique_ptr<PostgresConnection> connection) {
  const std::scoped_lock lock(mutex_);
  --lent_;
  // One that was lost was mostly lost with all others: they would only cost a failure each.
  if (!connection->IsFresh()) idle_.clear();
  if (connection->IsFresh() && idle_.size() < kMostIdle) idle_.push_back(std::move(connection));
  returned_.notify_one();
}

}  // namespace reprise::catalog
