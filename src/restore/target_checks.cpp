#include "restore/target_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <iterator>
#include <set>

#include "archive/custom_dump.hpp"
#include "base/task_group.hpp"
#include "postgres/extensions.hpp"
#include "postgres/quote.hpp"

namespace reprise::restore {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostNamed = 12;  // modules in a sentence; the details have all

std::string Named(const std::vector<std::string>& names) {
  const auto shown = std::min(names.size(), kMostNamed);
  return fmt::format("{}{}",
                     fmt::join(names.begin(), names.begin() + static_cast<long>(shown), ", "),
                     names.size() > shown ? fmt::format(" and {} more", names.size() - shown) : "");
}

// Of the modules that are missing, those that the live database has installed as well: the target
// works without them today.
Result<std::set<std::string>> InstalledLive(const Context& ctx, const TargetLook& look) {
  const postgres::Cluster& cluster = look.cluster;
  std::set<std::string> installed;
  ASSIGN_OR_RETURN(const auto live, cluster.FindDatabase(ctx, look.order.target.db_name));
  if (!live || !live->allows_connections) return installed;
  const auto rows = cluster.Query(ctx, look.order.target.db_name,
                                  "SELECT name FROM ONLY public.ir_module_module WHERE state = "
                                  "'installed'");
  if (!rows) return installed;  // no Odoo database yet
  for (const postgres::QueryRow& row : *rows) installed.insert(row.front());
  return installed;
}

// The oldest PostgreSQL whose pg_restore reads an archive of this version; 0 when any does.
int OldestReader(const std::string& archive_version) {
  if (archive_version.starts_with("1.16")) return 17;
  if (archive_version.starts_with("1.15")) return 16;
  if (archive_version.starts_with("1.14")) return 12;
  return 0;
}

Result<int> OldestReaderOf(const Context& ctx, archive::BackupReader& reader) {
  if (reader.dump_kind() != archive::DumpKind::kCustom) return 0;
  ASSIGN_OR_RETURN(const auto dump, reader.OpenDump(ctx));
  const auto info = archive::ReadCustomDumpToc(ctx, *dump);
  if (info) return OldestReader(info->archive_version);
  // A newer one than we know: whoever loads it will tell.
  if (info.error().code == ErrorCode::kIncompatible) return 0;
  return Fail(info.error());
}

json::array ArrayOf(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

}  // namespace

Result<Check> CheckContainers(const Context& ctx, const TargetLook& look) {
  const domain::Environment& target = look.order.target;
  for (const std::string& container :
       {target.containers.odoo, target.containers.db, target.containers.pgbouncer}) {
    if (container.empty()) continue;
    auto info = look.engine.Inspect(ctx, container);
    if (!info && info.error().code == ErrorCode::kContainerMissing) {
      return Blocked(
          "containers", ErrorCode::kContainerMissing,
          fmt::format("the container {} of \"{}\" is gone", container, target.name),
          "bring it back, adopt the environment anew, or restore into a new environment");
    }
    if (!info) return Fail(info.error());
    if (container == target.containers.db && !info->state.running) {
      return Blocked("containers", ErrorCode::kContainerFailed,
                     fmt::format("the database container {} does not run", container),
                     fmt::format("start it: docker start {}", container));
    }
  }
  return Passed("containers", fmt::format("the containers of \"{}\" are there, and its PostgreSQL "
                                          "runs",
                                          target.name));
}

Result<Check> CheckOdoo(const TargetLook& look, const odoo::Installation& installation) {
  const std::string& wanted = look.order.backup.snapshot.odoo_version;
  json::object details{{"backup", wanted}, {"target", installation.version}};
  if (wanted.empty()) {
    return Warned("odoo_version",
                  "the backup does not say which Odoo version it is of; the check of the "
                  "registry will tell whether it fits",
                  "make sure that it is of the same major version as the target")
        .With(std::move(details));
  }
  return CheckOf("odoo_version", CheckMajor(wanted, installation.version, look.order.target.name),
                 fmt::format("backup and target are of Odoo {}", odoo::MajorOf(wanted)))
      .With(std::move(details));
}

Result<Check> CheckModules(const Context& ctx, const TargetLook& look, const odoo::Glimpse& glimpse,
                           const odoo::Installation& installation) {
  constexpr const char* kName = "modules";
  const auto& modules = look.order.backup.snapshot.modules;
  if (modules.empty()) {
    return Passed(kName,
                  "the backup does not list its modules; loading Odoo's registry before the swap "
                  "will tell whether all are there");
  }
  const auto addons = glimpse.ReadAddons(ctx, installation);
  if (!addons && addons.error().code != ErrorCode::kContainerFailed) return Fail(addons.error());
  if (!addons) {
    return Warned(kName,
                  "the target's Odoo could not be asked for its modules: " + addons.error().message,
                  "nothing need be done: loading its registry before the swap will tell");
  }
  std::vector<std::string> missing;
  for (const auto& [name, version] : modules) {
    if (!std::binary_search(addons->modules.begin(), addons->modules.end(), name)) {
      missing.push_back(name);
    }
  }
  json::object details{{"in_backup", modules.size()},
                       {"missing", ArrayOf(missing)},
                       {"addons_path", ArrayOf(addons->paths)}};
  if (missing.empty()) {
    return Passed(kName, fmt::format("all {} modules of the backup are in the target's image",
                                     modules.size()))
        .With(std::move(details));
  }
  const std::string sentence = fmt::format(
      "{} of {} modules of the backup are not where the target's Odoo looks for them: "
      "{} (looked in {})",
      missing.size(), modules.size(), Named(missing), fmt::join(addons->paths, ", "));
  ASSIGN_OR_RETURN(const std::set<std::string> live, InstalledLive(ctx, look));
  const bool lives_without = std::all_of(missing.begin(), missing.end(),
                                         [&](const auto& name) { return live.contains(name); });
  if (lives_without) {
    return Warned(kName, sentence + "; what is live lacks them as well",
                  "add them to the image or its addons path when they are wanted again")
        .With(std::move(details));
  }
  return Blocked(kName, ErrorCode::kIncompatible, sentence,
                 "use an image of Odoo that has them, or mount them into one of these folders, "
                 "then try again")
      .With(std::move(details));
}

Result<Check> CheckPostgres(const Context& ctx, const TargetLook& look) {
  constexpr const char* kName = "postgres_version";
  ASSIGN_OR_RETURN(const int number, look.cluster.VersionNumber(ctx));
  const int server = number / 10000;
  const std::string& dumped = look.reader.manifest().postgres_version;
  const int from = odoo::MajorOf(dumped);
  ASSIGN_OR_RETURN(const int oldest, OldestReaderOf(ctx, look.reader));
  json::object details{{"backup", dumped},
                       {"target", fmt::format("{}.{}", server, number % 10000)}};
  if (oldest > server) {
    return Blocked(kName, ErrorCode::kIncompatible,
                   fmt::format("the dump was made by pg_dump of PostgreSQL {} or newer, and {} has "
                               "PostgreSQL {}, whose pg_restore cannot read it",
                               oldest, look.order.target.containers.db, server),
                   fmt::format("restore into an environment with PostgreSQL {} or newer, or into a "
                               "new one",
                               std::max(from, oldest)))
        .With(std::move(details));
  }
  if (from > server) {
    return Warned(kName,
                  fmt::format("the backup is of PostgreSQL {}, the target has the older {}; most "
                              "such dumps load, and one that does not leaves the target as it is",
                              from, server),
                  fmt::format("if it does not load, use PostgreSQL {} or newer", from))
        .With(std::move(details));
  }
  return Passed(kName,
                from == 0
                    ? fmt::format("the target has PostgreSQL {}; the dump does not say what "
                                  "it is of",
                                  server)
                    : fmt::format("a dump of PostgreSQL {} loads into PostgreSQL {}", from, server))
      .With(std::move(details));
}

Result<Check> CheckDumpExtensions(const Context& ctx, const TargetLook& look) {
  const std::vector<std::string>& names = look.reader.manifest().extensions;
  const Status fits = postgres::CheckExtensions(ctx, look.cluster, names);
  if (!fits && fits.error().code != ErrorCode::kIncompatible) return Fail(fits.error());
  return CheckOf("extensions", fits,
                 names.empty() ? "the backup names no PostgreSQL extension"
                               : fmt::format("the target's PostgreSQL has the extensions of the "
                                             "backup: {}",
                                             fmt::join(names, ", ")))
      .With({{"in_backup", ArrayOf(names)}});
}

Result<Check> CheckCollation(const Context& ctx, const TargetLook& look) {
  constexpr const char* kName = "collation";
  const postgres::Cluster& cluster = look.cluster;
  const std::string& db_name = look.order.target.db_name;
  ASSIGN_OR_RETURN(const auto live, cluster.FindDatabase(ctx, db_name));
  if (!live) {
    return Passed(kName, "there is no live database to sort as; the restored one will sort as C");
  }
  json::object details{{"collate", live->collate}, {"ctype", live->ctype}};
  ASSIGN_OR_RETURN(const int number, cluster.VersionNumber(ctx));
  constexpr int kFirstWithVersions = 150000;
  if (number >= kFirstWithVersions) {
    ASSIGN_OR_RETURN(
        const auto rows,
        cluster.Query(ctx, "postgres",
                      fmt::format("SELECT datcollversion, "
                                  "pg_catalog.pg_database_collation_actual_version(oid) FROM "
                                  "pg_catalog.pg_database WHERE datname = {}",
                                  postgres::QuoteText(db_name))));
    const bool moved = !rows.empty() && rows.front().size() == 2 && !rows.front()[0].empty() &&
                       rows.front()[0] != rows.front()[1];
    if (moved) {
      return Warned(kName,
                    fmt::format("the operating system of {} sorts {} by other rules (version {}) "
                                "than when the live database was made ({}); what is restored is "
                                "sorted anew",
                                look.order.target.containers.db, live->collate, rows.front()[1],
                                rows.front()[0]),
                    "nothing for this restore; should the present data stay: REINDEX it, then "
                    "ALTER DATABASE … REFRESH COLLATION VERSION")
          .With(std::move(details));
    }
  }
  return Passed(kName,
                fmt::format("the restored database will sort as the live one ({})", live->collate))
      .With(std::move(details));
}

namespace {

Status CheckDatabaseServer(const Context& ctx, const TargetLook& look, std::vector<Check>& checks) {
  ASSIGN_OR_RETURN(Check server, CheckPostgres(ctx, look));
  checks.push_back(std::move(server));
  ASSIGN_OR_RETURN(Check extensions, CheckDumpExtensions(ctx, look));
  checks.push_back(std::move(extensions));
  ASSIGN_OR_RETURN(Check collation, CheckCollation(ctx, look));
  checks.push_back(std::move(collation));
  return {};
}

}  // namespace

Result<std::vector<Check>> CheckTarget(const Context& ctx, const TargetLook& target) {
  TargetLook look = target;
  look.cluster = target.cluster.KeptOpen(ctx);
  std::vector<Check> checks;
  ASSIGN_OR_RETURN(Check containers, CheckContainers(ctx, look));
  checks.push_back(std::move(containers));
  if (checks.back().result == CheckResult::kBlocked) return checks;
  // All are asked at once: most of it is waiting for programs in the containers.
  std::vector<Check> of_postgres;
  std::optional<Check> space;
  TaskGroup group(ctx);
  group.Spawn([&](const Context& inner) { return CheckDatabaseServer(inner, look, of_postgres); });
  ASSIGN_OR_RETURN(
      const odoo::Glimpse glimpse,
      odoo::Glimpse::Into(ctx, look.engine, look.order.target.containers.odoo, look.helper));
  TaskGroup measuring(ctx);  // it looks through `glimpse`, so it ends before that
  measuring.Spawn([&](const Context& inner) -> Status {
    ASSIGN_OR_RETURN(space, CheckSpace(inner, look, glimpse, look.owner));
    return {};
  });
  ASSIGN_OR_RETURN(const odoo::Installation installation, glimpse.ReadInstallation(ctx));
  ASSIGN_OR_RETURN(Check version, CheckOdoo(look, installation));
  checks.push_back(std::move(version));
  ASSIGN_OR_RETURN(Check modules, CheckModules(ctx, look, glimpse, installation));
  // The modules of another major tell nothing.
  if (checks.back().result != CheckResult::kBlocked) checks.push_back(std::move(modules));
  RETURN_IF_ERROR(group.Join());
  RETURN_IF_ERROR(measuring.Join());
  std::move(of_postgres.begin(), of_postgres.end(), std::back_inserter(checks));
  const bool is_refused = WorstOf(checks) == CheckResult::kBlocked;
  if (is_refused && look.owner) {
    RETURN_IF_ERROR(look.space.Free(look.owner->task, look.owner->hold));
  }
  checks.push_back(*std::move(space));
  return checks;
}

}  // namespace reprise::restore
