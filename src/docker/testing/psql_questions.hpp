#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "docker/engine.hpp"

namespace reprise::docker::testing {

// A psql that is kept open (postgres/psql_session.hpp).
[[nodiscard]] inline bool IsAskedInTurn(const ExecSpec& spec) {
  return spec.argv.front() == "psql" &&
         std::find(spec.argv.begin(), spec.argv.end(), "-n") != spec.argv.end();
}

// Stands for such a psql: `ask` answers each question, as Result<int>(const std::string& sql,
// ByteWriter& answer) with psql's exit code, until its input ends or one ends psql.
template <class Ask>
Result<int> AnswerInTurn(const Context& ctx, const ExecStreams& streams, Ask ask) {
  constexpr std::string_view kMark = "\n\\echo ";
  std::string pending;
  std::vector<std::byte> buffer(4096);
  while (true) {
    ASSIGN_OR_RETURN(const std::size_t count, streams.input->Read(ctx, buffer));
    if (count == 0) return 0;
    pending += TextOf(ConstByteSpan(buffer).first(count));
    for (std::size_t at = pending.find(kMark); at != std::string::npos; at = pending.find(kMark)) {
      const std::size_t end = pending.find('\n', at + kMark.size());
      if (end == std::string::npos) break;
      const std::string mark = pending.substr(at + kMark.size(), end - at - kMark.size());
      std::string question = pending.substr(0, at);
      for (const std::string_view after : {"\nDISCARD ALL;", "\n;"}) {
        if (question.ends_with(after)) question.resize(question.size() - after.size());
      }
      pending.erase(0, end + 1);
      StringWriter answer;
      ASSIGN_OR_RETURN(const int exit_code, ask(question, answer));
      if (exit_code != 0) return exit_code;
      const bool is_ended = answer.text().empty() || answer.text().ends_with('\n');
      RETURN_IF_ERROR(streams.output->Write(
          ctx, BytesOf(answer.text() + (is_ended ? "" : "\n") + mark + "\n")));
    }
  }
}

}  // namespace reprise::docker::testing
