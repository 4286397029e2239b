#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "catalog/database.hpp"

struct sqlite3;

namespace reprise::catalog {

// One connection to an SQLite file, for one thread at a time. Failures are told in our codes: a
// taken unique key is kConflict and names its columns, a full disk kNoSpace.
class SqliteConnection {
 public:
  enum class Access { kReadWrite, kReadOnly };

  // Opens (and with kReadWrite makes) the file. Changes nothing in it.
  [[nodiscard]] static Result<std::unique_ptr<SqliteConnection>> Open(const std::string& path,
                                                                      Access access);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  [[nodiscard]] Result<std::vector<Row>> Query(std::string_view sql,
                                               const std::vector<Value>& values);
  [[nodiscard]] Result<std::int64_t> Execute(std::string_view sql,
                                             const std::vector<Value>& values);
  // Runs a text of several statements without values.
  [[nodiscard]] Status Run(const std::string& script);
  // False when none was begun, and after SQLite has rolled one back by itself (disk full).
  [[nodiscard]] bool InTransaction() const;

 private:
  SqliteConnection(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  [[nodiscard]] Error LastError(int code) const;

  sqlite3* handle_;
  std::string path_;
};

// Begins with `begin`, runs `work`, commits when it is ok, else rolls back. An exception of `work`
// is kInternal.
[[nodiscard]] Status RunTransaction(SqliteConnection& connection, const std::string& begin,
                                    const std::function<Status(Transaction&)>& work);

}  // namespace reprise::catalog
