#include "postgres/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "archive/dump_measure.hpp"
#include "archive/sql_filter.hpp"
#include "base/counting_reader.hpp"
#include "base/id.hpp"
#include "base/lines.hpp"
#include "base/task_group.hpp"
#include "postgres/extensions.hpp"
#include "postgres/foreign_keys.hpp"
#include "postgres/load_watch.hpp"
#include "postgres/quote.hpp"
#include "postgres/split_load.hpp"

namespace reprise::postgres {
namespace {

constexpr std::string_view kDumpPath = "/tmp/reprise.dump";
constexpr std::string_view kListPath = "/tmp/reprise.list";
constexpr std::string_view kForeignKeysPath = "/tmp/reprise.foreign_keys";

std::string CommentsPath(std::size_t part) { return fmt::format("/tmp/reprise.comments.{}", part); }

// Session settings that make a load faster and cost no safety: the side database is thrown away if
// the server dies in the middle.
constexpr std::string_view kSessionOptions =
    "-c synchronous_commit=off -c maintenance_work_mem=256MB -c statement_timeout=0 "
    "-c lock_timeout=0 -c idle_in_transaction_session_timeout=0 -c row_security=off "
    "-c search_path=public";

// How far the load is when the dump is where it is loaded from, and when all is loaded.
constexpr double kBrought = 0.1;
constexpr double kLoaded = 0.98;
constexpr std::chrono::seconds kWatchPause{1};

std::string InMegabytes(ByteCount bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

// Of all objects, foreign keys are what comes last.
void TellStanding(const RestoreList& contents, const Standing& now, const LoadProgress& progress) {
  const std::size_t all = contents.entries + contents.foreign_key_entries;
  const double share =
      std::min(1.0, static_cast<double>(now.objects) /
                        static_cast<double>(std::max<std::size_t>(contents.seen, 1)));
  const double done = share * static_cast<double>(contents.entries);
  progress(
      kBrought + (kLoaded - kBrought) * done / static_cast<double>(std::max<std::size_t>(all, 1)),
      fmt::format("{:.0f} of {} database objects, {}", done, all, InMegabytes(now.bytes)));
}

Result<KeyOids> NotValidNow(const Context& ctx, const Cluster& cluster,
                            const std::string& database) {
  ASSIGN_OR_RETURN(const auto rows, cluster.Query(ctx, database, UnvalidatedKeysQuery()));
  KeyOids keys;
  for (const QueryRow& row : rows) {
    if (row.size() != kOidOfKey + 1) {
      return Fail(ErrorCode::kDatabaseFailed, "an unreadable list of foreign keys");
    }
    keys.push_back(row[kOidOfKey]);
  }
  return keys;
}

}  // namespace

Result<KeyOids> Loader::Load(const Context& ctx, archive::BackupReader& backup,
                             const SideDatabase& side, const LoadProgress& progress) {
  const Context limited = ctx.WithTimeout(options_.time_limit);
  const std::string password = RandomHex(16);
  const Cluster as_loader = cluster_.As(side.loader_role, password);
  TaskGroup looking(limited);
  const Target target{.side = side,
                      .as_loader = as_loader,
                      .login = {{"PGHOST", "127.0.0.1"},
                                {"PGUSER", side.loader_role},
                                {"PGPASSWORD", password},
                                {"PGDATABASE", side.name},
                                {"PGOPTIONS", std::string(kSessionOptions)},
                                {"PGCLIENTENCODING", "UTF8"}},
                      .rows_are_there =
                          [&] {
                            if (!options_.inspect) return;
                            looking.Spawn([&](const Context& inner) {
                              return options_.inspect(inner, as_loader.KeptOpen(inner));
                            });
                          },
                      .progress = progress};
  const auto load_and_look = [&]() -> Result<KeyOids> {
    ASSIGN_OR_RETURN(KeyOids left_not_valid, LoadDump(limited, backup, target));
    RETURN_IF_ERROR(looking.Join());
    if (options_.change) {
      RETURN_IF_ERROR(options_.change(limited, as_loader.KeptOpen(limited)));
    }
    return left_not_valid;
  };
  Result<KeyOids> loaded = load_and_look();
  if (loaded || loaded.error().code != ErrorCode::kTimeout || ctx.Stopped()) return loaded;
  return Fail(ErrorCode::kTimeout,
              fmt::format("the database did not load within {} s", options_.time_limit.count()),
              "raise the time limit of a load, or give the server more power");
}

Status Loader::LoadAndFinish(const Context& ctx, archive::BackupReader& backup,
                             const SideDatabase& side, const LoadProgress& progress) {
  ASSIGN_OR_RETURN(KeyOids left_not_valid, Load(ctx, backup, side, progress));
  return FinishLoad(ctx, cluster_, side,
                    {.jobs = options_.jobs,
                     .time_limit = options_.time_limit,
                     .left_not_valid = std::move(left_not_valid)});
}

// What ran in the client ends with it, before anybody changes what was loaded.
Result<KeyOids> Loader::LoadDump(const Context& ctx, archive::BackupReader& backup,
                                 const Target& target) {
  ASSIGN_OR_RETURN(options_.jobs, SessionsFor(ctx, cluster_, options_.jobs));
  // The dump is brought to the server while the database for it is made. Never broken off: the
  // making would go on behind the back of whoever takes it back.
  std::optional<Client> client;
  TaskGroup bringing(ctx);
  bringing.Spawn([&](const Context& inner) -> Status {
    ASSIGN_OR_RETURN(Client brought, BringClient(inner, backup, target.progress));
    client.emplace(std::move(brought));
    return {};
  });
  Status created = CreateDatabase(ctx, target);
  if (!created) bringing.Stop();
  Status brought = bringing.Join();
  RETURN_IF_ERROR(std::move(created));
  RETURN_IF_ERROR(std::move(brought));
  std::string foreign_keys;
  TaskGroup asking(ctx);
  asking.Spawn([&](const Context& inner) -> Status {
    ASSIGN_OR_RETURN(foreign_keys, PrepareWhatComesLast(inner, *client));
    return {};
  });
  if (backup.dump_kind() == archive::DumpKind::kCustom) {
    RETURN_IF_ERROR(LoadCustom(ctx, *client, target));
  } else {
    RETURN_IF_ERROR(LoadPlain(ctx, *client, backup, target));
  }
  target.rows_are_there();
  RETURN_IF_ERROR(asking.Join());
  RETURN_IF_ERROR(AddComments(ctx, *client, target));
  if (client->contents.foreign_key_entries > 0)
    return AddForeignKeys(ctx, *client, target, foreign_keys);
  return NotValidNow(ctx, target.as_loader, target.side.name);
}

Status Loader::CreateDatabase(const Context& ctx, const Target& target) {
  const SideDatabase& side = target.side;
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
                  QuoteName(side.loader_role), QuoteText(target.login.at("PGPASSWORD")))));
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
  if (!measure) return Client{std::move(client), std::move(contents)};
  ASSIGN_OR_RETURN(auto split, TablesToSplit(ctx, client, measure->Take(), contents, options_.jobs,
                                             options_.least_split_bytes));
  return Client{std::move(client), std::move(contents), std::move(split)};
}

Status Loader::LoadCustom(const Context& ctx, const Client& client, const Target& target) {
  const RestoreList& contents = client.contents;
  RETURN_IF_ERROR(CreateExtensions(ctx, cluster_, target.side.name, contents.extensions));
  TaskGroup watching(ctx);
  watching.Spawn([&](const Context& inner) -> Status {
    WatchLoad(inner, cluster_, target.side.name, kWatchPause,
              [&](const Standing& now) { TellStanding(contents, now, target.progress); });
    return {};
  });
  const auto pg_restore = [&](const Context& inner, const RestoreRun& run) {
    return PgRestore(inner, client, target, run);
  };
  if (client.split.empty()) return pg_restore(ctx, {.jobs = options_.jobs, .list = kListPath});
  const SplitLoad split{.programs = client.programs,
                        .as_loader = target.as_loader,
                        .database = target.side.name,
                        .login = target.login,
                        .dump_path = kDumpPath,
                        .list_path = kListPath,
                        .jobs = options_.jobs,
                        .pg_restore = pg_restore,
                        .log = [&](const std::string& line) {
                          if (options_.log) options_.log(line);
                        }};
  return split.Load(ctx, contents, client.split);
}

Status Loader::PgRestore(const Context& ctx, const Client& client, const Target& target,
                         const RestoreRun& run) {
  return client.programs.PgRestore(ctx, PgRestoreArguments(run, target.side.name, kDumpPath),
                                   target.login);
}

// Brings the lists of comments and of foreign keys; gives the SQL of the keys.
Result<std::string> Loader::PrepareWhatComesLast(const Context& ctx, const Client& client) {
  const RestoreList& contents = client.contents;
  for (std::size_t i = 0; i < contents.comments.size(); ++i) {
    StringReader list(contents.comments[i]);
    RETURN_IF_ERROR(client.programs.Put(ctx, list, CommentsPath(i)));
  }
  if (contents.foreign_key_entries == 0) return std::string();
  StringReader list(contents.foreign_keys);
  RETURN_IF_ERROR(client.programs.Put(ctx, list, kForeignKeysPath));
  return client.programs.AskPgRestore(
      ctx, {"--no-owner", "--no-privileges", "-L", std::string(kForeignKeysPath), "-f", "-",
            std::string(kDumpPath)});
}

// pg_restore commits each entry by itself, which costs a comment ten times what it takes.
Status Loader::AddComments(const Context& ctx, const Client& client, const Target& target) {
  for (std::size_t i = 0; i < client.contents.comments.size(); ++i) {
    const std::string path = CommentsPath(i);
    RETURN_IF_ERROR(PgRestore(ctx, client, target, {.in_one_transaction = true, .list = path}));
  }
  return {};
}

// Without a look at the rows (FinishLoad). Comments and what PostgreSQL takes only as it is come
// after them, and with them the keys that are not valid in the dump.
Result<KeyOids> Loader::AddForeignKeys(const Context& ctx, const Client& client,
                                       const Target& target, const std::string& sql) {
  // As the loader: what a stranger has filled is looked at without rights.
  const Cluster as_loader = target.as_loader.KeptOpen(ctx);
  ASSIGN_OR_RETURN(
      const auto partitioned,
      as_loader.Query(ctx, target.side.name,
                      "SELECT oid FROM pg_catalog.pg_class WHERE relkind = 'p' LIMIT 1"));
  StringReader whole(sql);
  ASSIGN_OR_RETURN(
      const ForeignKeySql split,
      SplitForeignKeys(ctx, whole,
                       partitioned.empty() ? KeysOf::kPlainTables : KeysOf::kPartitionedTables));
  StringReader keys(split.keys);
  RETURN_IF_ERROR(client.programs.Psql(ctx, target.login, keys));

  ASSIGN_OR_RETURN(const auto added, NotValidNow(ctx, as_loader, target.side.name));
  if (added.size() != split.number) {
    return Fail(ErrorCode::kLoadFailed,
                fmt::format("of {} foreign keys that were added, {} are there to be validated",
                            split.number, added.size()),
                "use another backup, and report this");
  }
  const std::size_t all = client.contents.entries + client.contents.foreign_key_entries;
  target.progress(kLoaded, fmt::format("{0} of {0} database objects", all));
  if (split.rest.empty()) return KeyOids{};
  StringReader rest(split.rest);
  RETURN_IF_ERROR(client.programs.Psql(ctx, target.login, rest));
  ASSIGN_OR_RETURN(KeyOids left, NotValidNow(ctx, as_loader, target.side.name));
  left.erase(std::remove_if(left.begin(), left.end(),
                            [&](const std::string& key) {
                              return std::find(added.begin(), added.end(), key) != added.end();
                            }),
             left.end());
  return left;
}

Status Loader::LoadPlain(const Context& ctx, const Client& client, archive::BackupReader& backup,
                         const Target& target) {
  {
    ASSIGN_OR_RETURN(const auto preamble, backup.OpenDump(ctx));
    ASSIGN_OR_RETURN(const std::vector<std::string> extensions,
                     archive::ExtensionsInPreamble(ctx, *preamble));
    RETURN_IF_ERROR(CreateExtensions(ctx, cluster_, target.side.name, extensions));
  }
  ASSIGN_OR_RETURN(const auto dump, backup.OpenDump(ctx));
  const ByteCount all = backup.dump_bytes().value_or(0);
  CountingReader counted(*dump, [&](ByteCount done) {
    const double fraction = all > 0 ? static_cast<double>(done) / static_cast<double>(all) : 0.5;
    target.progress(kLoaded * std::min(fraction, 1.0),
                    all > 0 ? fmt::format("{} of {} of SQL", InMegabytes(done), InMegabytes(all))
                            : fmt::format("{} of SQL", InMegabytes(done)));
  });
  archive::SqlFilter filtered(counted);
  RETURN_IF_ERROR(client.programs.Psql(ctx, target.login, filtered));
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
