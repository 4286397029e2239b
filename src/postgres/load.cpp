#include "postgres/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>

#include "archive/dump_measure.hpp"
#include "archive/sql_filter.hpp"
#include "base/counting_reader.hpp"
#include "base/id.hpp"
#include "base/lines.hpp"
#include "base/task_group.hpp"
#include "postgres/extensions.hpp"
#include "postgres/foreign_keys.hpp"
#include "postgres/hand_over.hpp"
#include "postgres/parse_number.hpp"
#include "postgres/quote.hpp"
#include "postgres/split_load.hpp"
#include "postgres/statistics.hpp"

namespace reprise::postgres {
namespace {

constexpr std::string_view kDumpPath = "/tmp/reprise.dump";
constexpr std::string_view kListPath = "/tmp/reprise.list";
constexpr std::string_view kForeignKeysPath = "/tmp/reprise.foreign_keys";

// Session settings that make a load faster and cost no safety: the side database is thrown away if
// the server dies in the middle.
constexpr std::string_view kSessionOptions =
    "-c synchronous_commit=off -c maintenance_work_mem=256MB -c statement_timeout=0 "
    "-c lock_timeout=0 -c idle_in_transaction_session_timeout=0 -c row_security=off "
    "-c search_path=public";

// How far the load is when the dump is where it is loaded from, and when all is loaded.
constexpr double kBrought = 0.1;
constexpr double kLoaded = 0.98;

std::string InMegabytes(ByteCount bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

void TellObjects(const RestoreList& contents, std::size_t done, const LoadProgress& progress) {
  const std::size_t all = contents.entries + contents.foreign_key_entries;
  done = std::min(done, all);
  progress(kBrought + (kLoaded - kBrought) * static_cast<double>(done) /
                          static_cast<double>(std::max<std::size_t>(all, 1)),
           fmt::format("{} of {} database objects", done, all));
}

}  // namespace

Status Loader::Load(const Context& ctx, archive::BackupReader& backup, const SideDatabase& side,
                    const LoadProgress& progress) {
  const Context limited = ctx.WithTimeout(options_.time_limit);
  const std::string password = RandomHex(16);
  Status loaded = LoadDump(limited, backup, side, password, progress);
  if (!loaded && loaded.error().code == ErrorCode::kTimeout && !ctx.Stopped()) {
    return Fail(ErrorCode::kTimeout,
                fmt::format("the database did not load within {} s", options_.time_limit.count()),
                "raise the time limit of a load, or give the server more power");
  }
  RETURN_IF_ERROR(std::move(loaded));
  // Odoo's first queries should not wait for statistics. Before the objects change hands: it calls
  // functions of the dump as the owner of what they index, and Odoo's role may be a superuser.
  TaskGroup analysis(limited);
  analysis.Spawn([&](const Context& inner) {
    return Analyze(inner, cluster_, side.name, static_cast<std::size_t>(options_.jobs));
  });
  if (options_.inspect) {
    const Cluster as_loader = cluster_.As(side.loader_role, password).KeptOpen(limited);
    RETURN_IF_ERROR(options_.inspect(limited, as_loader));
  }
  RETURN_IF_ERROR(analysis.Join());
  return HandOver(limited, cluster_, side.name, side.loader_role, side.final_owner);
}

// What ran in the client ends with it, before anybody looks at what was loaded.
Status Loader::LoadDump(const Context& ctx, archive::BackupReader& backup, const SideDatabase& side,
                        const std::string& password, const LoadProgress& progress) {
  ASSIGN_OR_RETURN(options_.jobs, Jobs(ctx));
  // The dump is brought to the server while the database for it is made. Never broken off: the
  // making would go on behind the back of whoever takes it back.
  std::optional<Client> client;
  TaskGroup bringing(ctx);
  bringing.Spawn([&](const Context& inner) -> Status {
    ASSIGN_OR_RETURN(Client brought, BringClient(inner, backup, progress));
    client.emplace(std::move(brought));
    return {};
  });
  Status created = CreateDatabase(ctx, side, password);
  if (!created) bringing.Stop();
  Status brought = bringing.Join();
  RETURN_IF_ERROR(std::move(created));
  RETURN_IF_ERROR(std::move(brought));
  const docker::EnvironmentVariables login{{"PGHOST", "127.0.0.1"},
                                           {"PGUSER", side.loader_role},
                                           {"PGPASSWORD", password},
                                           {"PGDATABASE", side.name},
                                           {"PGOPTIONS", std::string(kSessionOptions)},
                                           {"PGCLIENTENCODING", "UTF8"}};
  return backup.dump_kind() == archive::DumpKind::kCustom
             ? LoadCustom(ctx, *client, side, login, progress)
             : LoadPlain(ctx, *client, backup, side, login, progress);
}

Result<int> Loader::Jobs(const Context& ctx) const {
  constexpr int kMost = 8;  // connections; each may take maintenance_work_mem
  if (options_.jobs > 0) return options_.jobs;
  ASSIGN_OR_RETURN(const docker::EngineInfo engine, cluster_.engine().Info(ctx));
  return std::clamp(engine.cpus, 1, kMost);
}

Status Loader::CreateDatabase(const Context& ctx, const SideDatabase& side,
                              const std::string& password) {
  const std::string collate = side.collate.empty() ? "C" : side.collate;
  std::string ctype = side.ctype;
  if (ctype.empty()) {
    ASSIGN_OR_RETURN(ctype, cluster_.QueryValue(ctx, "postgres",
                                                "SELECT datctype FROM pg_database "
                                                "WHERE datname = 'template0'"));
  }
  RETURN_IF_ERROR(cluster_.Execute(
      ctx, "postgres",
      fmt::format("CREATE ROLE {0} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION "
                  "CONNECTION LIMIT 16 PASSWORD {1}",
                  QuoteName(side.loader_role), QuoteText(password))));
  return cluster_.Execute(
      ctx, "postgres",
      fmt::format("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE {} "
                  "LC_CTYPE {}",
                  QuoteName(side.name), QuoteName(side.loader_role), QuoteText(collate),
                  QuoteText(ctype)));
}

Result<Loader::Client> Loader::BringClient(const Context& ctx, archive::BackupReader& backup,
                                           const LoadProgress& progress) {
  ASSIGN_OR_RETURN(LoadClient client,
                   LoadClient::Start(ctx, cluster_, options_.client_name, options_.labels));
  if (backup.dump_kind() != archive::DumpKind::kCustom) return Client{std::move(client), {}};
  ASSIGN_OR_RETURN(const auto dump, backup.OpenDump(ctx));
  std::optional<archive::DumpMeasure> measure;
  if (options_.jobs >= kFewestJobsToSplit) measure.emplace(ctx, *dump);
  ByteReader& looked_at = measure ? static_cast<ByteReader&>(*measure) : *dump;
  const ByteCount all = backup.dump_bytes().value_or(0);
  CountingReader counted(looked_at, [&](ByteCount done) {
    if (all > 0) {
      progress(kBrought * static_cast<double>(done) / static_cast<double>(all),
               fmt::format("{} of {} brought to the server", InMegabytes(done), InMegabytes(all)));
    }
  });
  RETURN_IF_ERROR(client.Put(ctx, counted, kDumpPath));
  ASSIGN_OR_RETURN(const std::string listing,
                   client.AskPgRestore(ctx, {"-l", std::string(kDumpPath)}));
  RestoreList contents = ChooseEntries(listing);
  StringReader list(contents.list);
  RETURN_IF_ERROR(client.Put(ctx, list, kListPath));
  if (contents.foreign_key_entries > 0) {
    StringReader foreign_keys(contents.foreign_keys);
    RETURN_IF_ERROR(client.Put(ctx, foreign_keys, kForeignKeysPath));
  }
  if (!measure) return Client{std::move(client), std::move(contents)};
  ASSIGN_OR_RETURN(auto split, TablesToSplit(ctx, client, measure->Take(), contents, options_.jobs,
                                             options_.least_split_bytes));
  return Client{std::move(client), std::move(contents), std::move(split)};
}

Status Loader::LoadCustom(const Context& ctx, const Client& client, const SideDatabase& side,
                          const docker::EnvironmentVariables& login, const LoadProgress& progress) {
  const RestoreList& contents = client.contents;
  RETURN_IF_ERROR(CreateExtensions(ctx, cluster_, side.name, contents.extensions));
  std::size_t seen = 0;
  const auto pg_restore = [&](const Context& inner, const RestoreRun& run) {
    return client.programs.PgRestore(
        inner, PgRestoreArguments(run, side.name, kDumpPath), login, [&](std::string_view line) {
          // With -v each entry is announced: "creating TABLE …", "processing data for table …".
          const bool announces = line.find("pg_restore: creating ") == 0 ||
                                 line.find("pg_restore: processing data for ") == 0;
          if (announces) TellObjects(contents, std::min(++seen, contents.entries), progress);
          return announces;
        });
  };
  if (client.split.empty()) {
    RETURN_IF_ERROR(pg_restore(ctx, {.jobs = options_.jobs, .list = kListPath}));
  } else {
    const Cluster as_loader = cluster_.As(login.at("PGUSER"), login.at("PGPASSWORD"));
    const SplitLoad split{.programs = client.programs,
                          .as_loader = as_loader,
                          .database = side.name,
                          .login = login,
                          .dump_path = kDumpPath,
                          .list_path = kListPath,
                          .jobs = options_.jobs,
                          .pg_restore = pg_restore,
                          .log = [&](const std::string& line) {
                            TellObjects(contents, std::min(++seen, contents.entries), progress);
                            if (options_.log) options_.log(line);
                          }};
    RETURN_IF_ERROR(split.Load(ctx, contents, client.split));
  }
  if (contents.foreign_key_entries == 0) return {};
  return LoadForeignKeys(ctx, client, side, login, progress);
}

// pg_restore adds one foreign key at a time, whatever its jobs are, since each locks both its
// tables. They are added without a look at the rows, which is quick, and then validated side by
// side.
Status Loader::LoadForeignKeys(const Context& ctx, const Client& client, const SideDatabase& side,
                               const docker::EnvironmentVariables& login,
                               const LoadProgress& progress) {
  const RestoreList& contents = client.contents;
  ASSIGN_OR_RETURN(const std::string sql,
                   client.programs.AskPgRestore(
                       ctx, {"--no-owner", "--no-privileges", "-L", std::string(kForeignKeysPath),
                             "-f", "-", std::string(kDumpPath)}));
  // As the loader: what a stranger has filled is looked at without rights.
  const Cluster as_loader = cluster_.As(login.at("PGUSER"), login.at("PGPASSWORD")).KeptOpen(ctx);
  ASSIGN_OR_RETURN(
      const auto partitioned,
      as_loader.Query(ctx, side.name,
                      "SELECT oid FROM pg_catalog.pg_class WHERE relkind = 'p' LIMIT 1"));
  StringReader whole(sql);
  ASSIGN_OR_RETURN(
      const ForeignKeySql split,
      SplitForeignKeys(ctx, whole,
                       partitioned.empty() ? KeysOf::kPlainTables : KeysOf::kPartitionedTables));
  StringReader keys(split.keys);
  RETURN_IF_ERROR(client.programs.Psql(ctx, login, keys));

  ASSIGN_OR_RETURN(const auto rows, as_loader.Query(ctx, side.name, UnvalidatedKeysQuery()));
  if (rows.size() != split.number) {
    return Fail(ErrorCode::kLoadFailed,
                fmt::format("of {} foreign keys that were added, {} are there to be validated",
                            split.number, rows.size()),
                "use another backup, and report this");
  }
  ASSIGN_OR_RETURN(std::vector<WeighedSql> statements, SqlOfValidation(rows));
  std::mutex telling;
  std::size_t done = contents.entries;
  const auto validate = [&](const Context& inner, const std::string& script) {
    LineWriter echo([&](std::string_view keys_of_a_table) {
      const std::scoped_lock lock(telling);
      done += ParseNumber(keys_of_a_table).value_or(0);
      TellObjects(contents, done, progress);
    });
    StringReader text(script);
    return client.programs.Psql(inner, login, text, &echo);
  };
  RETURN_IF_ERROR(RunSideBySide(
      ctx, ShareOut(std::move(statements), static_cast<std::size_t>(options_.jobs)), validate));
  if (split.rest.empty()) return {};
  StringReader rest(split.rest);
  return client.programs.Psql(ctx, login, rest);
}

Status Loader::LoadPlain(const Context& ctx, const Client& client, archive::BackupReader& backup,
                         const SideDatabase& side, const docker::EnvironmentVariables& login,
                         const LoadProgress& progress) {
  {
    ASSIGN_OR_RETURN(const auto preamble, backup.OpenDump(ctx));
    ASSIGN_OR_RETURN(const std::vector<std::string> extensions,
                     archive::ExtensionsInPreamble(ctx, *preamble));
    RETURN_IF_ERROR(CreateExtensions(ctx, cluster_, side.name, extensions));
  }
  ASSIGN_OR_RETURN(const auto dump, backup.OpenDump(ctx));
  const ByteCount all = backup.dump_bytes().value_or(0);
  CountingReader counted(*dump, [&](ByteCount done) {
    const double fraction = all > 0 ? static_cast<double>(done) / static_cast<double>(all) : 0.5;
    progress(kLoaded * std::min(fraction, 1.0),
             all > 0 ? fmt::format("{} of {} of SQL", InMegabytes(done), InMegabytes(all))
                     : fmt::format("{} of SQL", InMegabytes(done)));
  });
  archive::SqlFilter filtered(counted);
  RETURN_IF_ERROR(client.programs.Psql(ctx, login, filtered));
  // psql cannot tell a dump that was cut off between two statements from a whole one; its last line
  // can.
  if (!filtered.complete()) {
    return Fail(ErrorCode::kArchiveCorrupt,
                "the SQL dump ends before its last line (\"PostgreSQL database dump complete\")",
                "the dump was cut off; use another backup");
  }
  return {};
}

}  // namespace reprise::postgres
