#include "postgres/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "archive/sql_filter.hpp"
#include "base/counting_reader.hpp"
#include "base/id.hpp"
#include "base/lines.hpp"
#include "base/task_group.hpp"
#include "postgres/extensions.hpp"
#include "postgres/quote.hpp"
#include "postgres/sql_errors.hpp"

namespace reprise::postgres {
namespace {

constexpr std::string_view kDumpPath = "/tmp/reprise.dump";
constexpr std::string_view kListPath = "/tmp/reprise.list";

// Session settings that make a load faster and cost no safety: the side database is thrown away if
// the server dies in the middle.
constexpr std::string_view kSessionOptions =
    "-c synchronous_commit=off -c maintenance_work_mem=256MB -c statement_timeout=0 "
    "-c lock_timeout=0 -c idle_in_transaction_session_timeout=0";

// Writes a stream into a file of the client container.
Status PutFile(const Context& ctx, const docker::ThrowawayContainer& client, ByteReader& content,
               std::string_view path) {
  TailWriter error;
  ASSIGN_OR_RETURN(const int exit_code,
                   client.Exec(ctx,
                               {.argv = {"dd", "bs=1M", "status=none", "iflag=fullblock",
                                         "of=" + std::string(path)}},
                               {.input = &content, .error = &error}));
  if (exit_code == 0) return {};
  if (error.text().find("No space left") != std::string::npos) {
    return Fail(ErrorCode::kNoSpace, "the engine's disk is full: the dump does not fit beside it",
                "free space where Docker keeps its data, then try again");
  }
  return Fail(ErrorCode::kContainerFailed,
              fmt::format("could not write {} in {}: {}", path, client.name(), error.text()));
}

std::string InMegabytes(ByteCount bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
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
  analysis.Spawn(
      [&](const Context& inner) { return cluster_.Execute(inner, side.name, "ANALYZE"); });
  if (options_.inspect) {
    RETURN_IF_ERROR(options_.inspect(limited, cluster_.As(side.loader_role, password)));
  }
  RETURN_IF_ERROR(analysis.Join());
  return HandOver(limited, side);
}

// What ran in the client ends with it, before anybody looks at what was loaded.
Status Loader::LoadDump(const Context& ctx, archive::BackupReader& backup, const SideDatabase& side,
                        const std::string& password, const LoadProgress& progress) {
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

Result<docker::ThrowawayContainer> Loader::StartClient(const Context& ctx) {
  ASSIGN_OR_RETURN(const docker::ContainerInfo server,
                   cluster_.engine().Inspect(ctx, cluster_.container()));
  docker::ContainerSpec spec;
  spec.name = options_.client_name;
  spec.image = server.image_id;
  spec.entrypoint = {"sleep"};
  spec.command = {"infinity"};
  spec.user = "postgres";
  spec.environment = {{"HOME", "/tmp"}};
  spec.labels = options_.labels;
  spec.network_mode = "container:" + server.id;
  spec.working_dir = "/tmp";
  spec.init = true;
  spec.unprivileged = true;
  spec.most_processes = 64;
  return docker::ThrowawayContainer::Start(ctx, cluster_.engine(), spec);
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
  ASSIGN_OR_RETURN(docker::ThrowawayContainer container, StartClient(ctx));
  if (backup.dump_kind() != archive::DumpKind::kCustom) return Client{std::move(container), {}};
  ASSIGN_OR_RETURN(const auto dump, backup.OpenDump(ctx));
  const ByteCount all = backup.dump_bytes().value_or(0);
  CountingReader counted(*dump, [&](ByteCount done) {
    if (all > 0) {
      progress(0.1 * static_cast<double>(done) / static_cast<double>(all),
               fmt::format("{} of {} brought to the server", InMegabytes(done), InMegabytes(all)));
    }
  });
  RETURN_IF_ERROR(PutFile(ctx, container, counted, kDumpPath));

  StringWriter listing;
  TailWriter list_error;
  ASSIGN_OR_RETURN(const int listed,
                   container.Exec(ctx, {.argv = {"pg_restore", "-l", std::string(kDumpPath)}},
                                  {.output = &listing, .error = &list_error}));
  if (listed != 0) return Fail(LoadError("pg_restore", list_error.text()));
  RestoreList contents = ChooseEntries(listing.text());
  StringReader list(contents.list);
  RETURN_IF_ERROR(PutFile(ctx, container, list, kListPath));
  return Client{std::move(container), std::move(contents)};
}

Status Loader::LoadCustom(const Context& ctx, const Client& client, const SideDatabase& side,
                          const docker::EnvironmentVariables& login, const LoadProgress& progress) {
  const RestoreList& contents = client.contents;
  RETURN_IF_ERROR(CreateExtensions(ctx, cluster_, side.name, contents.extensions));
  ASSIGN_OR_RETURN(const int jobs, Jobs(ctx));
  std::size_t seen = 0;
  TailWriter error(32 * 1024);
  LineWriter lines([&](std::string_view line) {
    // With -v each entry is announced: "creating TABLE …", "processing data for table …".
    const bool creating = line.find("pg_restore: creating ") == 0;
    const bool processing = line.find("pg_restore: processing data for ") == 0;
    if (creating || processing) {
      ++seen;
      const auto done = static_cast<double>(std::min(seen, contents.entries));
      progress(0.1 + 0.88 * done / static_cast<double>(std::max<std::size_t>(contents.entries, 1)),
               fmt::format("{} of {} database objects", std::min(seen, contents.entries),
                           contents.entries));
      return;
    }
    [[maybe_unused]] const Status kept = error.Write(Context(), BytesOf(std::string(line) + "\n"));
  });
  ASSIGN_OR_RETURN(const int restored,
                   client.container.Exec(
                       ctx,
                       {.argv = {"pg_restore", "-v", "--no-owner", "--no-privileges",
                                 "--exit-on-error", "-j", std::to_string(jobs), "-L",
                                 std::string(kListPath), "-d", side.name, std::string(kDumpPath)},
                        .environment = login},
                       {.error = &lines}));
  RETURN_IF_ERROR(lines.Close(ctx));
  if (restored != 0) return Fail(LoadError("pg_restore", error.text()));
  return {};
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
    progress(0.98 * std::min(fraction, 1.0),
             all > 0 ? fmt::format("{} of {} of SQL", InMegabytes(done), InMegabytes(all))
                     : fmt::format("{} of SQL", InMegabytes(done)));
  });
  archive::SqlFilter filtered(counted);
  TailWriter error(32 * 1024);
  ASSIGN_OR_RETURN(const int loaded,
                   client.container.Exec(ctx,
                                         {.argv = {"psql", "-X", "-q", "-v", "ON_ERROR_STOP=1",
                                                   "-o", "/dev/null", "-f", "-"},
                                          .environment = login},
                                         {.input = &filtered, .error = &error}));
  if (loaded != 0) return Fail(LoadError("psql", error.text()));
  // psql cannot tell a dump that was cut off between two statements from a whole one; its last line
  // can.
  if (!filtered.complete()) {
    return Fail(ErrorCode::kArchiveCorrupt,
                "the SQL dump ends before its last line (\"PostgreSQL database dump complete\")",
                "the dump was cut off; use another backup");
  }
  return {};
}

// In portions: a transaction locks each table, index and sequence that changes hands, and a server
// has room for some 6,400 locks as it comes. An Odoo with many modules has more.
Status Loader::HandOverTables(const Context& ctx, const SideDatabase& side) {
  constexpr std::size_t kAtATime = 200;
  ASSIGN_OR_RETURN(
      const std::vector<QueryRow> tables,
      cluster_.Query(ctx, side.name,
                     fmt::format("SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN "
                                 "pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN "
                                 "pg_catalog.pg_roles r ON r.oid = c.relowner WHERE r.rolname = {} "
                                 "AND c.relkind IN ('r', 'p', 'v', 'm') ORDER BY c.oid",
                                 QuoteText(side.loader_role))));
  for (std::size_t done = 0; done < tables.size(); done += kAtATime) {
    std::string portion = "BEGIN;\n";
    for (std::size_t i = done; i < std::min(done + kAtATime, tables.size()); ++i) {
      portion += fmt::format("ALTER TABLE {}.{} OWNER TO {};\n", QuoteName(tables[i][0]),
                             QuoteName(tables[i][1]), QuoteName(side.final_owner));
    }
    RETURN_IF_ERROR(cluster_.Execute(ctx, side.name, portion + "COMMIT;"));
  }
  return {};
}

Status Loader::HandOver(const Context& ctx, const SideDatabase& side) {
  RETURN_IF_ERROR(HandOverTables(ctx, side));
  // REASSIGN OWNED takes the database itself along; in the same transaction it is given back, so
  // that nobody ever sees the side database owned by Odoo's role.
  RETURN_IF_ERROR(cluster_.Execute(
      ctx, side.name,
      fmt::format("BEGIN; REASSIGN OWNED BY {0} TO {1}; ALTER DATABASE {2} OWNER TO {0}; COMMIT;",
                  QuoteName(side.loader_role), QuoteName(side.final_owner), QuoteName(side.name))));
  // From here on nothing logs in as the loader any more.
  return cluster_.Execute(ctx, "postgres",
                          fmt::format("ALTER ROLE {} NOLOGIN", QuoteName(side.loader_role)));
}

Status RemoveSide(const Context& ctx, const Cluster& cluster, std::string_view prefix,
                  std::string_view role_prefix) {
  ASSIGN_OR_RETURN(const std::vector<DatabaseInfo> databases, cluster.Databases(ctx));
  for (const DatabaseInfo& database : databases) {
    if (database.name.starts_with(prefix)) {
      RETURN_IF_ERROR(cluster.DropDatabase(ctx, database.name));
    }
  }
  ASSIGN_OR_RETURN(const std::vector<QueryRow> roles,
                   cluster.Query(ctx, "postgres", "SELECT rolname FROM pg_roles"));
  for (const QueryRow& role : roles) {
    if (role.front().starts_with(role_prefix)) {
      RETURN_IF_ERROR(cluster.DropRole(ctx, role.front()));
    }
  }
  return {};
}

}  // namespace reprise::postgres
