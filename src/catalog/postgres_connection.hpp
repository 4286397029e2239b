#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "catalog/database.hpp"

struct pg_conn;
struct pg_result;

namespace reprise::catalog {

// One connection to a PostgreSQL server, for one thread at a time. Every call ends: the server's
// own limits end a statement, and where the server itself does not answer, the connection is given
// up. Failures are told in our codes, as SqliteConnection does. Texts are stored as UTF-8 without
// zero bytes, which is all that PostgreSQL takes: other bytes are stored as U+FFFD.
class PostgresConnection {
 public:
  // kUnavailable when there is no server or it takes no writers, kPermissionDenied when it refuses
  // us. Tells of the server by host, port and database, never more of `url`.
  [[nodiscard]] static Result<std::unique_ptr<PostgresConnection>> Open(const std::string& url);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  [[nodiscard]] Result<std::vector<Row>> Query(std::string_view sql,
                                               const std::vector<Value>& values);
  [[nodiscard]] Result<std::int64_t> Execute(std::string_view sql,
                                             const std::vector<Value>& values);
  // Runs a text of several statements without values.
  [[nodiscard]] Status Run(const std::string& script);

  // What the last failure means for the transaction in which it happened.
  enum class Fault {
    kNone,
    kRefused,    // asking again will be answered the same
    kTransient,  // rolled back by the server for another's sake
    kLost,       // the connection is gone
  };
  [[nodiscard]] Fault fault() const { return fault_; }
  [[nodiscard]] bool InTransaction() const;
  // Whether another may have it: alive, and in no transaction.
  [[nodiscard]] bool IsFresh() const;
  // Waits for a notification: its text; nullopt when `howlong` is over or `wake_fd` is readable;
  // kUnavailable when the connection is gone.
  [[nodiscard]] Result<std::optional<std::string>> AwaitNotice(std::chrono::milliseconds howlong,
                                                               int wake_fd);

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  using Answer = std::unique_ptr<pg_result, Clear>;
  using SteadyTime = std::chrono::steady_clock::time_point;

  PostgresConnection(pg_conn* handle, std::string where)
      : handle_(handle), where_(std::move(where)) {}
  // The answer to what was sent: the first failure, else the last of several.
  [[nodiscard]] Result<Answer> Collect();
  [[nodiscard]] Status AwaitAnswer(SteadyTime deadline);
  [[nodiscard]] Result<Answer> Ask(std::string_view sql, const std::vector<Value>& values);
  [[nodiscard]] Error Refusal(const pg_result* result);
  [[nodiscard]] Error Lost(std::string_view how);

  pg_conn* handle_;
  std::string where_;  // "catalog on db1:5432"
  Fault fault_ = Fault::kNone;
};

}  // namespace reprise::catalog
