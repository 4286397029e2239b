#include "catalog/postgres_connection.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "catalog/postgres_errors.hpp"
#include "catalog/postgres_text.hpp"

namespace reprise::catalog {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// The server ends a statement after 30 s; one that says nothing for longer is not there.
constexpr seconds kSilence{40};

// A session that stalls in a transaction (a paused process) is ended by the server before anybody's
// lease runs out, and what it held is free. A server that was told to commit asynchronously is
// overruled: the journal's promise is that what it answered is on disk.
constexpr std::string_view kSession =
    "SET client_encoding = 'UTF8'; SET statement_timeout = '30s'; SET lock_timeout = '20s';"
    " SET idle_in_transaction_session_timeout = '10s'; SET client_min_messages = 'warning';"
    " SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'";

// Type numbers of PostgreSQL's catalog/pg_type.h.
constexpr Oid kBool = 16;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;
constexpr Oid kFloat4 = 700;
constexpr Oid kFloat8 = 701;
constexpr Oid kNumeric = 1700;

// What we want of a connection unless the URL says otherwise.
constexpr std::array<std::pair<std::string_view, const char*>, 7> kDefaults = {{
    {"connect_timeout", "10"},
    {"fallback_application_name", "reprise"},
    {"keepalives_idle", "10"},
    {"keepalives_interval", "5"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "20000"},
    {"target_session_attrs", "read-write"},
}};

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using ParsedUrl = std::unique_ptr<PQconninfoOption, FreeOptions>;

// libpq's own complaint is not passed on: it quotes the URL, and so the password.
Result<ParsedUrl> ParseUrl(const std::string& url) {
  char* complaint = nullptr;
  ParsedUrl parsed(PQconninfoParse(url.c_str(), &complaint));
  PQfreemem(complaint);
  if (parsed) return parsed;
  return Fail(ErrorCode::kInvalidArgument, "the catalog's URL cannot be read",
              "it looks like postgresql://user@host:5432/reprise; in a password, characters like "
              "@ : / % are written as %40 %3A %2F %25");
}

PGconn* Connect(const ParsedUrl& url) {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const PQconninfoOption* option = url.get(); option->keyword != nullptr; ++option) {
    const char* value = option->val;
    for (const auto& [keyword, preset] : kDefaults) {
      if (value == nullptr && keyword == option->keyword) value = preset;
    }
    if (value == nullptr) continue;
    keywords.push_back(option->keyword);
    values.push_back(value);
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  return PQconnectdbParams(keywords.data(), values.data(), 0);
}

std::string Where(PGconn* handle) {
  const auto text = [](const char* found) { return found == nullptr ? "" : found; };
  return fmt::format("catalog {} on {}:{}", text(PQdb(handle)), text(PQhost(handle)),
                     text(PQport(handle)));
}

std::string OneLine(const char* text) {
  std::string line(text == nullptr ? "" : text);
  while (!line.empty() && line.back() == '\n') line.pop_back();
  for (char& c : line) c = c == '\n' ? ' ' : c;
  return line;
}

// Values as libpq takes them. Texts go as they are (binary), numbers as digits.
class Parameters {
 public:
  explicit Parameters(const std::vector<Value>& values) {
    texts_.reserve(values.size());
    for (const Value& value : values) Add(value);
  }
  [[nodiscard]] int Send(PGconn* handle, const std::string& sql) const {
    std::vector<const char*> pointers;
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      pointers.push_back(is_null_[i] ? nullptr : texts_[i].data());
    }
    return PQsendQueryParams(handle, sql.c_str(), static_cast<int>(texts_.size()), types_.data(),
                             pointers.data(), lengths_.data(), formats_.data(), 0);
  }

 private:
  void Add(const Value& value) {
    constexpr int kAsText = 0;
    constexpr int kAsBytes = 1;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
      Add(kInt8, kAsText, std::to_string(*whole));
    } else if (const auto* real = std::get_if<double>(&value)) {
      Add(kFloat8, kAsText, fmt::format("{}", *real));
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      Add(kText, kAsBytes, StorableText(*text));
    } else {
      Add(0, kAsText, {}, true);  // the server finds its type
    }
  }
  void Add(Oid type, int format, std::string text, bool is_null = false) {
    lengths_.push_back(static_cast<int>(text.size()));
    texts_.push_back(std::move(text));
    is_null_.push_back(is_null);
    types_.push_back(type);
    formats_.push_back(format);
  }
  std::vector<std::string> texts_;
  std::vector<bool> is_null_;
  std::vector<Oid> types_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

Value WholeOrReal(std::string_view digits) {
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
  if (error == std::errc() && end == digits.data() + digits.size()) return whole;
  return std::strtod(std::string(digits).c_str(), nullptr);
}

Value ReadColumn(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) == 1) return std::monostate{};
  const std::string_view text(PQgetvalue(result, row, column),
                              static_cast<std::size_t>(PQgetlength(result, row, column)));
  switch (PQftype(result, column)) {
    case kBool:
      return std::int64_t{text == "t" ? 1 : 0};
    case kInt2:
    case kInt4:
    case kInt8:
    case kNumeric:
      return WholeOrReal(text);
    case kFloat4:
    case kFloat8:
      return std::strtod(std::string(text).c_str(), nullptr);
    default:
      return std::string(text);
  }
}

bool IsFailure(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK;
}

}  // namespace

void PostgresConnection::Clear::operator()(pg_result* result) const { PQclear(result); }

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(const std::string& url) {
  ASSIGN_OR_RETURN(const ParsedUrl parsed, ParseUrl(url));
  PGconn* handle = Connect(parsed);
  if (handle == nullptr) return Fail(ErrorCode::kInternal, "no memory for a connection");
  std::unique_ptr<PostgresConnection> connection(new PostgresConnection(handle, Where(handle)));
  if (PQstatus(handle) != CONNECTION_OK) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("cannot connect to the {}: {}", connection->where_,
                            OneLine(PQerrorMessage(handle))),
                "check that PostgreSQL runs there, that the database exists, and the URL's user "
                "and password (PGPASSWORD or a passfile)");
  }
  PQsetNoticeProcessor(
      handle, [](void*, const char*) {}, nullptr);
  PQsetnonblocking(handle, 1);
  RETURN_IF_ERROR(connection->Run(std::string(kSession)));
  return connection;
}

PostgresConnection::~PostgresConnection() { PQfinish(handle_); }

Result<std::vector<Row>> PostgresConnection::Query(std::string_view sql,
                                                   const std::vector<Value>& values) {
  ASSIGN_OR_RETURN(const Answer answer, Ask(sql, values));
  std::vector<Row> rows;
  const int columns = PQnfields(answer.get());
  for (int row = 0; row < PQntuples(answer.get()); ++row) {
    std::vector<Value> read;
    read.reserve(static_cast<std::size_t>(columns));
    for (int column = 0; column < columns; ++column) {
      read.push_back(ReadColumn(answer.get(), row, column));
    }
    rows.emplace_back(std::move(read));
  }
  return rows;
}

Result<std::int64_t> PostgresConnection::Execute(std::string_view sql,
                                                 const std::vector<Value>& values) {
  ASSIGN_OR_RETURN(const Answer answer, Ask(sql, values));
  const Value changed = WholeOrReal(PQcmdTuples(answer.get()));
  const auto* whole = std::get_if<std::int64_t>(&changed);
  return whole == nullptr ? 0 : *whole;
}

Status PostgresConnection::Run(const std::string& script) {
  if (PQsendQuery(handle_, script.c_str()) != 1) return Fail(Lost(PQerrorMessage(handle_)));
  RETURN_IF_ERROR(Collect());
  return {};
}

Result<PostgresConnection::Answer> PostgresConnection::Ask(std::string_view sql,
                                                           const std::vector<Value>& values) {
  if (Parameters(values).Send(handle_, std::string(sql)) != 1) {
    return Fail(Lost(PQerrorMessage(handle_)));
  }
  return Collect();
}

Result<PostgresConnection::Answer> PostgresConnection::Collect() {
  const SteadyTime deadline = steady_clock::now() + kSilence;
  fault_ = Fault::kNone;
  Answer answer;
  while (true) {
    RETURN_IF_ERROR(AwaitAnswer(deadline));
    Answer next(PQgetResult(handle_));
    if (!next) break;
    if (!answer || !IsFailure(answer.get())) answer = std::move(next);
  }
  if (!answer) return Fail(Lost("it gave no answer"));
  if (IsFailure(answer.get())) return Fail(Refusal(answer.get()));
  return answer;
}

Status PostgresConnection::AwaitAnswer(SteadyTime deadline) {
  while (true) {
    const int unsent = PQflush(handle_);
    if (unsent < 0) return Fail(Lost(PQerrorMessage(handle_)));
    if (unsent == 0 && PQisBusy(handle_) == 0) return {};
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    pollfd wait{PQsocket(handle_), static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN), 0};
    const int ready =
        left <= milliseconds(0) ? 0 : ::poll(&wait, 1, static_cast<int>(left.count()));
    if (ready == 0) return Fail(Lost("it does not answer any more"));
    if (ready < 0 && errno != EINTR) return Fail(Lost("its socket cannot be waited for"));
    if (PQconsumeInput(handle_) == 0) return Fail(Lost(PQerrorMessage(handle_)));
  }
}

Error PostgresConnection::Refusal(const pg_result* result) {
  const auto field = [&](int code) {
    const char* text = PQresultErrorField(result, code);
    return std::string(text == nullptr ? "" : text);
  };
  const PostgresRefusal refusal{field(PG_DIAG_SQLSTATE), field(PG_DIAG_MESSAGE_PRIMARY),
                                field(PG_DIAG_MESSAGE_DETAIL), field(PG_DIAG_TABLE_NAME),
                                field(PG_DIAG_CONSTRAINT_NAME)};
  if (refusal.state.empty() || MeansConnectionLost(refusal.state) ||
      PQstatus(handle_) != CONNECTION_OK) {
    return Lost(refusal.message.empty() ? PQerrorMessage(handle_) : refusal.message.c_str());
  }
  fault_ = IsTransient(refusal.state) ? Fault::kTransient : Fault::kRefused;
  return ErrorOfRefusal(refusal, where_);
}

Error PostgresConnection::Lost(std::string_view how) {
  fault_ = Fault::kLost;
  return {ErrorCode::kUnavailable,
          fmt::format("the connection to the {} was lost: {}", where_,
                      OneLine(std::string(how).c_str())),
          "nothing was changed; try again when PostgreSQL answers there"};
}

bool PostgresConnection::InTransaction() const {
  return PQtransactionStatus(handle_) != PQTRANS_IDLE;
}

bool PostgresConnection::IsFresh() const {
  return fault_ != Fault::kLost && PQstatus(handle_) == CONNECTION_OK && !InTransaction();
}

Result<std::optional<std::string>> PostgresConnection::AwaitNotice(milliseconds howlong,
                                                                   int wake_fd) {
  std::array<pollfd, 2> waits{pollfd{PQsocket(handle_), POLLIN, 0}, pollfd{wake_fd, POLLIN, 0}};
  struct Free {
    void operator()(PGnotify* notice) const { PQfreemem(notice); }
  };
  for (int look = 0; look < 2; ++look) {
    if (PQconsumeInput(handle_) == 0) return Fail(Lost(PQerrorMessage(handle_)));
    const std::unique_ptr<PGnotify, Free> notice(PQnotifies(handle_));
    if (notice) return std::optional<std::string>(notice->extra);
    if (look == 0) ::poll(waits.data(), waits.size(), static_cast<int>(howlong.count()));
  }
  return std::nullopt;
}

}  // namespace reprise::catalog
