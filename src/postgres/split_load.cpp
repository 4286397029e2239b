#include "postgres/split_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "archive/printable.hpp"
#include "base/task_group.hpp"
#include "postgres/split_copy.hpp"

namespace reprise::postgres {
namespace {

constexpr std::string_view kRestPath = "/tmp/reprise.rest.list";

struct SplitCopy {
  SplitTable table;
  std::string statement;
  std::uint64_t rows = 0;
};

// As the database has them by now.
Result<std::vector<SplitCopy>> DescribeCopies(const Context& ctx, const SplitLoad& load,
                                              const std::vector<SplitTable>& tables) {
  std::vector<SplitCopy> copies;
  for (const SplitTable& table : tables) {
    ASSIGN_OR_RETURN(auto statement, OwnCopyStatement(ctx, load.as_loader, load.database, table));
    if (statement) copies.push_back({table, std::move(*statement)});
  }
  return copies;
}

Status RunCopy(const Context& ctx, const SplitLoad& load, SplitCopy& copy) {
  ASSIGN_OR_RETURN(const LoadClient::Ended ended,
                   load.programs.Run(ctx, SplitCopyCommand(copy.table, load.dump_path),
                                     SplitCopyEnvironment(copy.table, copy.statement, load.login)));
  ASSIGN_OR_RETURN(copy.rows, RowsOfSplitCopy(copy.table, ended));
  return {};
}

Status LoadData(const Context& ctx, const SplitLoad& load, const RestoreList& contents,
                std::vector<SplitCopy>& copies) {
  std::vector<SplitTable> split;
  int jobs = load.jobs;
  for (const SplitCopy& copy : copies) {
    split.push_back(copy.table);
    jobs -= copy.table.connections;
  }
  StringReader rest(WithoutEntries(contents.list, split));
  RETURN_IF_ERROR(load.programs.Put(ctx, rest, kRestPath));
  TaskGroup side_by_side(ctx);
  side_by_side.Spawn([&, jobs](const Context& inner) {
    return load.pg_restore(inner,
                           {.sections = {"data"}, .jobs = std::max(jobs, 1), .list = kRestPath});
  });
  for (SplitCopy& copy : copies) {
    side_by_side.Spawn([&](const Context& inner) { return RunCopy(inner, load, copy); });
  }
  return side_by_side.Join();
}

}  // namespace

std::vector<std::string> PgRestoreArguments(const RestoreRun& run, const std::string& database,
                                            std::string_view dump_path) {
  std::vector<std::string> arguments = {"--no-owner", "--no-privileges", "--exit-on-error"};
  for (const std::string& section : run.sections) arguments.push_back("--section=" + section);
  if (run.in_one_transaction) {
    arguments.emplace_back("--single-transaction");
  } else {
    arguments.insert(arguments.end(), {"-j", std::to_string(run.jobs)});
  }
  arguments.insert(arguments.end(),
                   {"-L", std::string(run.list), "-d", database, std::string(dump_path)});
  return arguments;
}

Status SplitLoad::Load(const Context& ctx, const RestoreList& contents,
                       const std::vector<SplitTable>& tables) const {
  RETURN_IF_ERROR(pg_restore(ctx, {.sections = {"pre-data"}, .list = list_path}));
  ASSIGN_OR_RETURN(std::vector<SplitCopy> copies, DescribeCopies(ctx, *this, tables));
  if (copies.empty()) {
    return pg_restore(ctx, {.sections = {"data", "post-data"}, .jobs = jobs, .list = list_path});
  }
  RETURN_IF_ERROR(LoadData(ctx, *this, contents, copies));
  for (const SplitCopy& copy : copies) {
    log(fmt::format("the {} rows of {} were loaded over {} connections", copy.rows,
                    archive::Printable(copy.table.schema + "." + copy.table.name),
                    copy.table.connections));
  }
  return pg_restore(ctx, {.sections = {"post-data"}, .jobs = jobs, .list = list_path});
}

Result<std::vector<SplitTable>> TablesToSplit(const Context& ctx, const LoadClient& programs,
                                              const std::optional<archive::CustomDumpInfo>& dump,
                                              const RestoreList& contents, int jobs,
                                              ByteCount least) {
  if (!dump) return std::vector<SplitTable>();
  std::vector<SplitTable> tables = ChooseTablesToSplit(*dump, jobs, least);
  std::erase_if(tables, [&](const SplitTable& table) {
    return WithoutEntries(contents.list, {table}) == contents.list;
  });
  if (tables.empty()) return tables;
  ASSIGN_OR_RETURN(const bool can, CanSplitCopy(ctx, programs));
  if (!can) tables.clear();
  return tables;
}

}  // namespace reprise::postgres
