#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/context.hpp"
#include "base/error.hpp"

namespace reprise {

// Work that runs side by side and ends together. The first failure stops the others; so does the
// context it was made with. The destructor stops and joins: make it the last field of its owner.
class TaskGroup {
 public:
  explicit TaskGroup(const Context& ctx);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Runs `work` on a thread of its own, with a context that ends with the group.
  void Spawn(std::function<Status(const Context&)> work);
  // Waits for all; the first failure in time, if any.
  [[nodiscard]] Status Join();
  void Stop() { stop_.request_stop(); }

 private:
  Context ctx_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_;
  std::mutex mutex_;
  std::optional<Error> first_error_;
  std::vector<std::jthread> threads_;
};

}  // namespace reprise
