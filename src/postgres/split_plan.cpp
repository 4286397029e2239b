#include "postgres/split_plan.hpp"

#include <algorithm>

#include "base/lines.hpp"

namespace reprise::postgres {
namespace {

// It becomes a variable of a program, which Linux takes up to 128 KiB.
constexpr std::size_t kMostStatement = 48UL * 1024;

// "COPY public.mail_message (id, body) FROM stdin;\n", as pg_dump writes it.
bool IsPlainCopy(std::string_view statement) {
  constexpr std::string_view kEnd = " FROM stdin;\n";
  return statement.starts_with("COPY ") && statement.ends_with(kEnd) &&
         statement.size() <= kMostStatement &&
         statement.find_first_of(std::string_view("\n\0", 2)) == statement.size() - 1;
}

}  // namespace

std::vector<SplitTable> ChooseTablesToSplit(const archive::CustomDumpInfo& dump, int jobs,
                                            ByteCount least) {
  constexpr int kMostConnections = 8;
  if (jobs < kFewestJobsToSplit || dump.encoding != "SET client_encoding = 'UTF8';\n") return {};
  double all = 0;
  for (const archive::CustomDumpData& data : dump.data) {
    all += static_cast<double>(data.bytes.value_or(0));
  }
  std::vector<const archive::CustomDumpData*> large;
  for (const archive::CustomDumpData& data : dump.data) {
    const ByteCount bytes = data.bytes.value_or(0);
    const bool is_waited_for = static_cast<double>(bytes) * jobs > all && bytes > least;
    if (is_waited_for && data.desc == "TABLE DATA" && IsPlainCopy(data.copy)) {
      large.push_back(&data);
    }
  }
  std::stable_sort(large.begin(), large.end(),
                   [](const auto* a, const auto* b) { return a->bytes > b->bytes; });
  std::vector<SplitTable> tables;
  int left = std::min(jobs, kMostConnections) - 1;
  for (const archive::CustomDumpData* data : large) {
    const double share = static_cast<double>(data->bytes.value_or(0)) / all;
    const int connections = std::min(std::max(2, static_cast<int>(share * jobs)), left);
    if (connections < 2) break;
    left -= connections;
    tables.push_back({data->dump_id, connections, data->schema, data->name,
                      data->copy.substr(0, data->copy.size() - 1)});
  }
  return tables;
}

std::string WithoutEntries(std::string_view list, const std::vector<SplitTable>& tables) {
  std::string rest;
  for (const std::string& line : SplitLines(list)) {
    const std::string_view number = std::string_view(line).substr(0, line.find(';'));
    const bool is_left_out = std::any_of(
        tables.begin(), tables.end(),
        [&](const SplitTable& table) { return number == std::to_string(table.dump_id); });
    if (!is_left_out) rest += line + '\n';
  }
  return rest;
}

}  // namespace reprise::postgres
