#include "postgres/psql_session.hpp"

#include <fmt/format.h>

#include <array>

#include "base/id.hpp"
#include "base/lines.hpp"
#include "postgres/answer_writer.hpp"
#include "postgres/sql_errors.hpp"

namespace reprise::postgres {
namespace {

constexpr char kFieldSeparator = '\x1f';
constexpr char kRecordSeparator = '\x1e';
constexpr std::chrono::seconds kMostIdle{5};

}  // namespace

std::vector<std::string> PsqlCommand() {
  return {"psql",
          "-X",
          "-q",
          "-v",
          "ON_ERROR_STOP=1",
          "-A",
          "-t",
          "-F",
          std::string(1, kFieldSeparator),
          "-R",
          std::string(1, kRecordSeparator)};
}

std::vector<QueryRow> RowsOf(std::string_view answer) {
  std::vector<QueryRow> rows;
  if (answer.empty()) return rows;
  // One row of one empty value is a line feed alone.
  if (answer.ends_with('\n')) answer.remove_suffix(1);
  for (const std::string& record : Split(answer, kRecordSeparator)) {
    rows.push_back(Split(record, kFieldSeparator));
  }
  return rows;
}

PsqlSession::PsqlSession(const Context& ctx, docker::Engine& engine, std::string container,
                         docker::EnvironmentVariables login)
    : mark_(fmt::format("--reprise-{}--", RandomHex(16))), group_(ctx) {
  std::vector<std::string> command = PsqlCommand();
  command.emplace_back("-n");  // no line editing: it is fed question by question
  group_.Spawn([this, &engine, container = std::move(container),
                psql = docker::ExecSpec{.argv = std::move(command),
                                        .environment = std::move(login)}](const Context& inner) {
    TailWriter error;
    const auto exit_code =
        engine.Exec(inner, container, psql,
                    {.input = &input_.reader(), .output = &output_.writer(), .error = &error});
    const Error failure = exit_code ? PsqlError(error.text(), container) : exit_code.error();
    output_.FailWriter(failure);
    input_.FailReader(failure);
    return Status();
  });
}

PsqlSession::~PsqlSession() {
  // End of input ends psql, and with it what was begun and not committed.
  [[maybe_unused]] const Status closed = input_.writer().Close(Context());
  output_.FailReader(Error{ErrorCode::kCancelled, "closed"});
  if (has_failed_) group_.Stop();  // psql may be in the middle of a long answer
  [[maybe_unused]] const Status joined = group_.Join();
}

Result<std::vector<QueryRow>> PsqlSession::Query(const Context& ctx, std::string_view sql) {
  auto rows = Ask(ctx, sql);
  has_failed_ = has_failed_ || !rows;
  return rows;
}

Result<std::vector<QueryRow>> PsqlSession::Ask(const Context& ctx, std::string_view sql) {
  const Status asked =
      input_.writer().Write(ctx, BytesOf(fmt::format("{}\n;\nSELECT '{}';\n", sql, mark_)));
  RETURN_IF_ERROR(asked);
  const std::string end = mark_ + "\n";
  AnswerWriter answer;
  std::array<std::byte, 64 * 1024> buffer{};
  while (!answer.text().ends_with(end)) {
    ASSIGN_OR_RETURN(const std::size_t count, output_.reader().Read(ctx, buffer));
    if (count == 0) return Fail(ErrorCode::kDatabaseFailed, "psql ended before its answer");
    RETURN_IF_ERROR(answer.Write(ctx, ConstByteSpan(buffer).first(count)));
  }
  return RowsOf(std::string_view(answer.text()).substr(0, answer.text().size() - end.size()));
}

std::unique_ptr<PsqlSession> IdleSessions::Take(const std::string& database) {
  std::vector<Idle> stale;  // ended when nobody waits for the lock
  const std::scoped_lock lock(mutex_);
  const auto now = Clock::now();
  for (auto found = idle_.find(database); found != idle_.end(); found = idle_.find(database)) {
    Idle idle = std::move(found->second);
    idle_.erase(found);
    if (now - idle.since < kMostIdle) return std::move(idle.session);
    stale.push_back(std::move(idle));
  }
  return nullptr;
}

void IdleSessions::GiveBack(const std::string& database, std::unique_ptr<PsqlSession> session) {
  const std::scoped_lock lock(mutex_);
  idle_.emplace(database, Idle{std::move(session), Clock::now()});
}

}  // namespace reprise::postgres
