#pragma once

#include <chrono>
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
// container costs 40 to 100 ms, to ask one that runs less than one. What a question sets (SET,
// BEGIN) holds for the next. Its first failure ends it. One thread.
class PsqlSession {
 public:
  // Starts it. That it cannot be started, or may not log in, the first question tells. `ctx` ends
  // what is asked; the engine is borrowed.
  PsqlSession(const Context& ctx, docker::Engine& engine, std::string container,
              docker::EnvironmentVariables login);
  ~PsqlSession();
  PsqlSession(const PsqlSession&) = delete;
  PsqlSession& operator=(const PsqlSession&) = delete;

  // kDatabaseFailed with the server's words; kPayloadTooLarge as AnswerWriter has it.
  [[nodiscard]] Result<std::vector<QueryRow>> Query(const Context& ctx, std::string_view sql);

 private:
  Result<std::vector<QueryRow>> Ask(const Context& ctx, std::string_view sql);

  const std::string mark_;  // ends each answer; nobody can guess it, so no row can contain it
  Pipe input_;
  Pipe output_;
  bool has_failed_ = false;
  TaskGroup group_;  // last: its thread uses the pipes
};

// Sessions that nobody asks at the moment, by database. Thread-safe.
class IdleSessions {
 public:
  explicit IdleSessions(const Context& ctx) : ctx_(ctx) {}

  // One that was asked a moment ago; null when there is none. Servers end those that idle for long.
  [[nodiscard]] std::unique_ptr<PsqlSession> Take(const std::string& database);
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
