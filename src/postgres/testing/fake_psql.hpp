#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "docker/fake_engine.hpp"
#include "docker/testing/psql_questions.hpp"

namespace reprise::postgres::testing {

// Stands for the programs in a database container: psql answers by what a test says, everything
// else ends well and prints nothing. Arranged by one thread; answers to any. Must outlive the
// engine's calls.
class FakePsql {
 public:
  struct Answer {
    std::string output = {};
    int exit_code = 0;
    std::string error = {};
  };
  struct Call {
    docker::ExecSpec spec;
    std::string container;
    std::string sql;
  };
  using Program = std::function<Answer(const Call&)>;

  explicit FakePsql(docker::FakeEngine& engine) {
    engine.OnExec([this](const Context& ctx, std::string_view container,
                         const docker::ExecSpec& spec,
                         const docker::ExecStreams& streams) -> Result<int> {
      return Run(ctx, container, spec, streams);
    });
  }

  // Answers, in the shape that psql prints, every SQL that contains `part`. A later one goes first.
  void On(std::string part, Answer answer) { On(std::move(part), Always(std::move(answer))); }
  void On(std::string part, Program program) {
    answers_.insert(answers_.begin(), {std::move(part), std::move(program)});
  }
  // The same for another program, by its name, or that of a script: sh -c SCRIPT NAME …
  void OnProgram(std::string name, Answer answer) {
    programs_.insert(programs_.begin(), {std::move(name), Always(std::move(answer))});
  }
  void OnProgram(std::string name, Program program) {
    programs_.insert(programs_.begin(), {std::move(name), std::move(program)});
  }
  // The rows as psql -A -t prints them.
  static Answer Rows(const std::vector<std::vector<std::string>>& rows) {
    std::string output;
    for (const auto& row : rows) {
      if (&row != &rows.front()) output.push_back('\x1e');
      for (std::size_t i = 0; i < row.size(); ++i) output += (i == 0 ? "" : "\x1f") + row[i];
    }
    return {rows.empty() ? output : output + "\n"};
  }
  // A list of databases, as Cluster::Databases asks for it; all owned by "odoo" and open.
  void SetDatabases(const std::vector<std::string>& names) {
    std::vector<std::vector<std::string>> rows;
    rows.reserve(names.size());
    for (const std::string& name : names) {
      rows.push_back({name, "16384", "odoo", "t", "UTF8", "C.UTF-8", "C.UTF-8"});
    }
    On("FROM pg_database WHERE NOT datistemplate", Rows(rows));
  }

  [[nodiscard]] std::vector<Call> calls() const {
    const std::scoped_lock lock(mutex_);
    return calls_;
  }
  // Every SQL that psql got, in order.
  [[nodiscard]] std::vector<std::string> Sql() const {
    std::vector<std::string> all;
    for (const Call& call : calls()) {
      if (call.spec.argv.front() == "psql") all.push_back(call.sql);
    }
    return all;
  }

 private:
  static Program Always(Answer answer) {
    return [answer = std::move(answer)](const Call&) { return answer; };
  }
  // Records the call and looks the answer up; without one: nothing, exit code 0.
  Answer AnswerTo(const Call& call) {
    Program meant = Always({});
    {
      const std::scoped_lock lock(mutex_);
      calls_.push_back(call);
      const std::string& tool = NameOf(call.spec.argv);
      const bool is_psql = tool == "psql";
      for (const auto& [part, program] : is_psql ? answers_ : programs_) {
        if (is_psql ? call.sql.find(part) == std::string::npos : tool != part) continue;
        meant = program;
        break;
      }
    }
    return meant(call);
  }
  // A script has the name that it is given: sh -c SCRIPT NAME …
  static const std::string& NameOf(const std::vector<std::string>& argv) {
    return argv.front() == "sh" && argv.size() > 3 ? argv[3] : argv.front();
  }
  static Status Write(const Context& ctx, ByteWriter* to, const std::string& text) {
    return to == nullptr || text.empty() ? Status() : to->Write(ctx, BytesOf(text));
  }
  Result<int> Run(const Context& ctx, std::string_view container, const docker::ExecSpec& spec,
                  const docker::ExecStreams& streams) {
    Call call{spec, std::string(container), {}};
    if (docker::testing::IsAskedInTurn(spec)) {
      const auto ask = [&](const std::string& sql, ByteWriter& to) -> Result<int> {
        call.sql = sql;
        const Answer answer = AnswerTo(call);
        RETURN_IF_ERROR(Write(ctx, streams.error, answer.error));
        RETURN_IF_ERROR(Write(ctx, &to, answer.output));
        return answer.exit_code;
      };
      return docker::testing::AnswerInTurn(ctx, streams, ask);
    }
    if (streams.input != nullptr) {
      ASSIGN_OR_RETURN(call.sql, ReadAll(ctx, *streams.input, ByteCount{1} << 30U));
    }
    const Answer answer = AnswerTo(call);
    RETURN_IF_ERROR(Write(ctx, streams.output, answer.output));
    RETURN_IF_ERROR(Write(ctx, streams.error, answer.error));
    return answer.exit_code;
  }
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, Program>> answers_;
  std::vector<std::pair<std::string, Program>> programs_;
  std::vector<Call> calls_;
};

}  // namespace reprise::postgres::testing
