#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace reprise::storage {

// Cuts a connection that stays silent while somebody waits for it: for libraries that go on waiting
// for ever. A thread of its own; any thread may begin and end to wait.
class LineWatch {
 public:
  // `socket` is open until the watch is gone. Silent is a line on which no byte has come and none
  // was taken by the other side for that long.
  LineWatch(int socket, std::chrono::seconds silence);

  class Waiting {
   public:
    explicit Waiting(LineWatch& watch) : watch_(watch) { watch_.Change(1); }
    ~Waiting() { watch_.Change(-1); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    LineWatch& watch_;
  };

 private:
  void Change(int by);
  void Run(const std::stop_token& stop);
  // Bytes that have come and bytes that the other side has taken.
  [[nodiscard]] std::uint64_t Moved() const;

  const int socket_;
  const std::chrono::seconds silence_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  int waiting_ = 0;
  std::jthread thread_;
};

}  // namespace reprise::storage
