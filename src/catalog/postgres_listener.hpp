#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "catalog/database.hpp"

namespace reprise::catalog {

// Hears what other processes announce (LISTEN), on a connection and a thread of its own, and tells
// the subscribers. Comes back by itself when the connection is lost, and then says "".
class PostgresListener {
 public:
  static constexpr std::string_view kChannel = "reprise";

  // Messages that begin with `own` and a space are our own and not told.
  PostgresListener(std::string url, std::string own);
  ~PostgresListener();
  PostgresListener(const PostgresListener&) = delete;
  PostgresListener& operator=(const PostgresListener&) = delete;
  // The listener must outlive it.
  [[nodiscard]] std::unique_ptr<Subscription> Subscribe(const Database::Heard& heard);

 private:
  class Ear;
  void Run(const std::stop_token& stop);
  // One connection's time.
  [[nodiscard]] Status Listen(const std::stop_token& stop);
  void Tell(std::string_view message);

  const std::string url_;
  const std::string own_;
  int wake_fd_;  // an eventfd: readable once we stop
  std::mutex mutex_;
  std::vector<Ear*> ears_;  // under mutex_
  std::jthread thread_;     // last: stops before the rest goes
};

}  // namespace reprise::catalog
