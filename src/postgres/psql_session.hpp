#pragma once

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/pipe.hpp"
#include "base/task_group.hpp"
#include "docker/engine.hpp"

namespace reprise::postgres {

using QueryRow = std::vector<std::string>;  // NULL reads as ""

// The psql that Reprise asks: its answer has no headings, and separators that no text has; the
// first error ends it.
[[nodiscard]] std::vector<std::string> PsqlCommand();
// The rows of such an answer.
[[nodiscard]] std::vector<QueryRow> RowsOf(std::string_view answer);

// A psql that is kept open and asked one question after the other: to start a program in a
// container costs 40 to 100 ms, to ask one that runs a millisecond. A question is whole statements,
// with every quote and \if closed, of less than 1 MiB. Its first failure ends it. One thread.
class PsqlSession {
 public:
  // What a question leaves to the next. What it began, set, listens to or has made for the session
  // only is gone, and a transaction that is still open is a failure; or all of it stays.
  enum class Between { kForget, kRemember };
  struct Limits {
    Between between = Between::kForget;
    std::size_t most_answer = std::size_t{64} << 20U;  // bytes of an answer
  };

  // Starts it. That it cannot be started, or may not log in, the first question tells. `ctx` ends
  // what is asked; the engine is borrowed.
  PsqlSession(const Context& ctx, docker::Engine& engine, std::string container,
              docker::EnvironmentVariables login, Limits limits);
  // Waits for psql to end, but not for one that does not.
  ~PsqlSession();
  PsqlSession(const PsqlSession&) = delete;
  PsqlSession& operator=(const PsqlSession&) = delete;

  // kDatabaseFailed with the server's words; kPayloadTooLarge for a longer answer.
  [[nodiscard]] Result<std::vector<QueryRow>> Query(const Context& ctx, std::string_view sql);

 private:
  Result<std::vector<QueryRow>> Ask(const Context& ctx, std::string_view sql);

  // Ends each answer. Drawn by lot, and known to psql only: the server never sees it, so no row and
  // nothing that runs in the server can hold it.
  const std::string mark_;
  const Limits limits_;
  Pipe input_;
  Pipe output_;
  bool has_failed_ = false;
  std::promise<void> end_;
  TaskGroup group_;  // last: its thread uses the others
};

// Sessions that nobody asks at the moment, by database. Thread-safe.
class IdleSessions {
 public:
  explicit IdleSessions(const Context& ctx) : ctx_(ctx) {}

  // One that still answers; null when there is none.
  [[nodiscard]] std::unique_ptr<PsqlSession> Take(const Context& ctx, const std::string& database);
  void GiveBack(const std::string& database, std::unique_ptr<PsqlSession> session);
  // How long sessions may live that are to be given back.
  [[nodiscard]] const Context& context() const { return ctx_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Idle {
    std::unique_ptr<PsqlSession> session;
    Clock::time_point since;
  };

  const Context ctx_;
  std::mutex mutex_;
  std::multimap<std::string, Idle> idle_;
};

}  // namespace reprise::postgres
