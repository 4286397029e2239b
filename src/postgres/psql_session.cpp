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
// A server that has restarted, or somebody who ended its sessions, shows only when it is asked.
constexpr std::chrono::milliseconds kSurelyThere{500};
constexpr std::chrono::seconds kMostWaitForEnd{5};

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
                         docker::EnvironmentVariables login, Limits limits)
    : mark_(fmt::format("--reprise-{}--", RandomHex(16))), limits_(limits), group_(ctx) {
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
    end_.set_value();
    return Status();
  });
}

PsqlSession::~PsqlSession() {
  // End of input ends psql, and with it what was begun and not committed.
  [[maybe_unused]] const Status closed = input_.writer().Close(Context());
  output_.FailReader(Error{ErrorCode::kCancelled, "closed"});
  // psql may be in the middle of a long answer, or its engine may have fallen silent.
  const bool ends =
      !has_failed_ && end_.get_future().wait_for(kMostWaitForEnd) == std::future_status::ready;
  if (!ends) group_.Stop();
  [[maybe_unused]] const Status joined = group_.Join();
}

Result<std::vector<QueryRow>> PsqlSession::Query(const Context& ctx, std::string_view sql) {
  auto rows = Ask(ctx, sql);
  has_failed_ = has_failed_ || !rows;
  return rows;
}

Result<std::vector<QueryRow>> PsqlSession::Ask(const Context& ctx, std::string_view sql) {
  const std::string_view forget =
      limits_.between == Between::kForget ? "DISCARD ALL;\n" : std::string_view();
  RETURN_IF_ERROR(
      input_.writer().Write(ctx, BytesOf(fmt::format("{}\n;\n{}\\echo {}\n", sql, forget, mark_))));
  const std::string end = mark_ + "\n";
  AnswerWriter answer(limits_.most_answer);
  std::array<std::byte, 64 * 1024> buffer{};
  while (!answer.text().ends_with(end)) {
    ASSIGN_OR_RETURN(const std::size_t count, output_.reader().Read(ctx, buffer));
    if (count == 0) return Fail(ErrorCode::kDatabaseFailed, "psql ended before its answer");
    RETURN_IF_ERROR(answer.Write(ctx, ConstByteSpan(buffer).first(count)));
  }
  return RowsOf(std::string_view(answer.text()).substr(0, answer.text().size() - end.size()));
}

std::unique_ptr<PsqlSession> IdleSessions::Take(const Context& ctx, const std::string& database) {
  while (true) {
    Idle idle;
    {
      const std::scoped_lock lock(mutex_);
      const auto found = idle_.find(database);
      if (found == idle_.end()) return nullptr;
      idle = std::move(found->second);
      idle_.erase(found);
    }
    const bool answers =
        Clock::now() - idle.since < kSurelyThere || idle.session->Query(ctx, "SELECT 1");
    if (answers) return std::move(idle.session);
  }
}

void IdleSessions::GiveBack(const std::string& database, std::unique_ptr<PsqlSession> session) {
  const std::scoped_lock lock(mutex_);
  idle_.emplace(database, Idle{std::move(session), Clock::now()});
}

}  // namespace reprise::postgres
