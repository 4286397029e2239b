#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/context.hpp"
#include "base/memory_file.hpp"

namespace reprise {

// A program of the system that runs beside us, without a shell, with nothing to read, and not a
// moment longer than this object or this process, however that ends. Thread-safe.
class ChildProcess {
 public:
  // `argv[0]` is looked up in PATH. It must hold no secret: everybody sees it. kNotFound when there
  // is no such program.
  [[nodiscard]] static Result<std::unique_ptr<ChildProcess>> Start(std::vector<std::string> argv);
  // Ends it (SIGKILL) and waits until it is gone.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] bool Runs() const;
  // Its exit code, once it has ended; 128 and the number of the signal that ended it.
  [[nodiscard]] Result<int> Wait(const Context& ctx) const;
  // What it has printed by now: the last 64 KiB.
  [[nodiscard]] std::string Output() const;
  [[nodiscard]] std::string Complaints() const;  // standard error

 private:
  ChildProcess(MemoryFile output, MemoryFile complaints)
      : output_(std::move(output)), complaints_(std::move(complaints)) {}
  // Both on the child's own thread: the kernel ends the child with the thread that started it.
  void Live(const std::vector<std::string>& argv);
  void Tell(int error, int pid);

  MemoryFile output_;
  MemoryFile complaints_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  bool started_ = false;
  int start_error_ = 0;
  int pid_ = -1;
  std::optional<int> exit_code_;
  std::jthread thread_;
};

}  // namespace reprise
