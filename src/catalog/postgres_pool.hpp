#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "catalog/postgres_connection.hpp"

namespace reprise::catalog {

// Connections to one server, opened when needed and kept for the next who asks. Never more than
// kMost at a time: who comes then waits. Thread-safe.
class PostgresPool {
 public:
  static constexpr std::size_t kMost = 24;
  static constexpr std::size_t kMostIdle = 6;

  explicit PostgresPool(std::string url) : url_(std::move(url)) {}

  // A borrowed connection; goes back by itself, or is closed when it is not fit for another.
  class Loan {
   public:
    Loan(PostgresPool& pool, std::unique_ptr<PostgresConnection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Loan(Loan&&) = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan() {
      if (connection_) pool_->GiveBack(std::move(connection_));
    }
    [[nodiscard]] PostgresConnection& operator*() const { return *connection_; }
    [[nodiscard]] PostgresConnection* operator->() const { return connection_.get(); }

   private:
    PostgresPool* pool_;
    std::unique_ptr<PostgresConnection> connection_;
  };
  // kUnavailable when none can be opened, or all stay in use.
  [[nodiscard]] Result<Loan> Take();
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  void GiveBack(std::unique_ptr<PostgresConnection> connection);

  const std::string url_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::size_t lent_ = 0;
  std::vector<std::unique_ptr<PostgresConnection>> idle_;
};

}  // namespace reprise::catalog
