#include <fmt/format.h>

#include <cmath>
#include <system_error>

#include "access/secret_box.hpp"
#include "backup/storage_service.hpp"
#include "base/hex.hpp"
#include "catalog/migrations.hpp"
#include "catalog/postgres_connection.hpp"
#include "catalog/server_store.hpp"
#include "catalog/shared_time.hpp"
#include "catalog/sqlite_connection.hpp"
#include "catalog/storage_store.hpp"
#include "docker/engine.hpp"
#include "docker/unix_engine.hpp"
#include "doctor/checks.hpp"
#include "servers/server_engines.hpp"

// What the catalog says, and what it leads to: engines, servers, storages.
namespace reprise::doctor {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{20};
constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kMostSkew = 5 * kSecond;

void AddVersion(std::int64_t found, const std::string& where, CatalogState& state) {
  const auto known = static_cast<std::int64_t>(catalog::Migrations().size());
  if (found > known) {
    state.findings.push_back(Bad(
        "catalog",
        fmt::format("{} has schema version {}, this program knows up to {}", where, found, known),
        "start the newer reprise that wrote it"));
  } else if (found < known) {
    state.findings.push_back(Warn(
        "catalog", fmt::format("{} has schema version {} of {}", where, found, known),
        "\"reprise migrate\" brings it up to date, and so does the next start; copy it first"));
  } else {
    state.is_current = true;
    state.findings.push_back(Ok("catalog", fmt::format("{} has schema version {}", where, found)));
  }
}

// An event of tomorrow: the clock was put back, and leases and schedules go wrong.
template <class Connection>
void AddNewest(Connection& connection, Instant now, CatalogState& state) {
  if (!state.is_current) return;
  const auto rows = connection.Query("SELECT COALESCE(MAX(at), 0) FROM event", {});
  if (!rows || rows->empty()) return;
  const std::int64_t ahead = rows->front().Int(0) - ToMicros(now);
  if (ahead <= kMostSkew) return;
  state.findings.push_back(
      Bad("clock",
          fmt::format("the catalog's newest event is of {}, {} s from now",
                      FormatInstant(FromMicros(rows->front().Int(0))), ahead / kSecond),
          "this machine's clock is behind, or was ahead before: set it right"));
}

}  // namespace

CatalogState CheckSqlite(const fs::path& file, Instant now) {
  CatalogState state;
  std::error_code error;
  if (!fs::exists(file, error)) {
    state.is_new = true;
    state.findings.push_back(
        Warn("catalog", fmt::format("there is no catalog {} yet", file.string()),
             "\"reprise serve\" makes it; where there was one, put back your copy"));
    return state;
  }
  using catalog::SqliteConnection;
  const auto opened = SqliteConnection::Open(file.string(), SqliteConnection::Access::kReadOnly);
  if (!opened) {
    state.findings.push_back(Bad("catalog", opened.error()));
    return state;
  }
  const auto checked = (*opened)->Query("PRAGMA quick_check(1)", {});
  if (!checked || checked->empty() || checked->front().Text(0) != "ok") {
    state.findings.push_back(
        Bad("catalog",
            fmt::format("{} is damaged: {}", file.string(),
                        checked ? checked->front().Text(0) : checked.error().message),
            "stop reprise and put back a copy of the data folder"));
    return state;
  }
  const auto version = (*opened)->Query("SELECT COALESCE(MAX(version), 0) FROM schema_version", {});
  if (!version) {
    state.findings.push_back(Bad("catalog", fmt::format("{} is no catalog", file.string()),
                                 "name the right folder with --data"));
    return state;
  }
  AddVersion(version->front().Int(0), file.string(), state);
  AddNewest(**opened, now, state);
  return state;
}

CatalogState CheckPostgres(const std::string& url, Instant now) {
  CatalogState state;
  const auto opened = catalog::PostgresConnection::Open(url);
  if (!opened) {
    state.findings.push_back(Bad("catalog", opened.error()));
    return state;
  }
  const auto there = (*opened)->Query("SELECT to_regclass('schema_version') IS NOT NULL", {});
  if (!there) {
    state.findings.push_back(Bad("catalog", there.error()));
    return state;
  }
  const auto version = (*opened)->Query("SELECT COALESCE(MAX(version), 0) FROM schema_version", {});
  if (!version) {
    state.is_new = true;
    state.findings.push_back(Warn("catalog", "the database holds no catalog yet",
                                  R"("reprise serve" or "reprise migrate" makes it)"));
    return state;
  }
  AddVersion(version->front().Int(0), "the catalog", state);
  const auto told = (*opened)->Query(catalog::kServerTimeSql, {});
  const std::int64_t apart = told ? told->front().Int(0) - ToMicros(now) : 0;
  if (std::abs(apart) > kMostSkew) {
    state.findings.push_back(
        Bad("clock",
            fmt::format("the catalog's server and this machine are {} s apart",
                        std::abs(apart) / kSecond),
            "set both clocks by the same time servers (chrony, systemd-timesyncd)"));
  }
  AddNewest(**opened, now, state);
  return state;
}

Finding CheckEngine(const Context& ctx, const std::string& docker) {
  const auto engine = docker::ConnectUnix(docker);
  const auto info = engine->Info(ctx.WithTimeout(kPatience));
  if (!info) return Bad("engine", info.error());
  constexpr double kLeastApi = 1.41;
  const double api = std::strtod(info->api_version.c_str(), nullptr);
  // "1.9" is less than "1.41" as a version, and more as a number.
  const bool is_short = info->api_version.size() < std::string_view("1.41").size();
  const std::string told = fmt::format("Docker Engine {} (API {}) answers, with {} cores",
                                       info->version, info->api_version, info->cpus);
  if (is_short || api < kLeastApi) {
    return Bad("engine", told, "Reprise needs API 1.41: install Docker Engine 20.10 or newer");
  }
  return Ok("engine", told);
}

namespace {

using OptionalBox = std::optional<access::SecretBox>;

Findings CheckServers(const Context& ctx, const Installation& installation,
                      catalog::Database& database, const OptionalBox& box) {
  Findings findings;
  catalog::TenancyStore tenancy(database);
  catalog::ServerStore servers(database);
  servers::ServerEngines engines({tenancy, servers, box ? &*box : nullptr, installation.docker});
  const auto all = tenancy.ListServers({}, {1, 100});
  if (!all) return {Bad("servers", all.error())};
  int enrolled = 0;
  for (const catalog::Server& server : all->items) {
    const auto how = servers.Access(server.id);
    if (!how || !*how) continue;
    ++enrolled;
    const auto engine = engines.Of(server.id);
    const auto info = engine ? (*engine)->Info(ctx.WithTimeout(kPatience))
                             : Result<docker::EngineInfo>(tl::unexpected(engine.error()));
    const std::string name = "server " + server.name;
    findings.push_back(
        info ? Ok(name, fmt::format("it answers, with Docker Engine {}", info->version))
             : Bad(name, info.error()));
  }
  findings.push_back(CheckSsh(enrolled > 0));
  return findings;
}

Findings CheckStorages(const Context& ctx, const Installation& installation,
                       catalog::Database& database, const OptionalBox& box) {
  Findings findings;
  catalog::StorageStore configs(database);
  const SystemClock clock;
  const backup::Sealer sealer{
      [&](std::string_view text, std::string_view whose) {
        return box ? box->Seal(text, whose) : std::string();
      },
      [&](std::string_view sealed, std::string_view whose) -> Result<std::string> {
        if (box) return box->Open(sealed, whose);
        return Fail(ErrorCode::kNotFound,
                    "its credentials are sealed with secret.key, which is gone",
                    "put secret.key back");
      }};
  catalog::ArchiveKeyStore key_rows(database);
  backup::ArchiveKeys keys({key_rows, clock, sealer});
  backup::StorageService service({.configs = configs,
                                  .clock = clock,
                                  .sealer = sealer,
                                  .keys = keys,
                                  .private_endpoints = installation.allow_private_storage
                                                           ? storage::PrivateEndpoints::kAllow
                                                           : storage::PrivateEndpoints::kRefuse});
  const auto storages = configs.List({}, {1, 100});
  if (!storages) return {Bad("storages", storages.error())};
  for (const domain::StorageConfig& config : storages->items) {
    const std::string name = "storage " + config.name;
    const auto steps = service.Test(ctx.WithTimeout(kPatience), config.id);
    if (!steps) {
      findings.push_back(Bad(name, steps.error()));
      continue;
    }
    Finding finding = Ok(name, "it can be written, read, listed and deleted from");
    for (const storage::CheckStep& step : *steps) {
      if (step.failure && finding.level == Level::kOk) finding = Bad(name, *step.failure);
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace

Findings CheckReachable(const Context& ctx, const Installation& installation,
                        catalog::Database& database) {
  OptionalBox box;
  if (const auto key = ReadKeyFile(fs::path(installation.data) / "secret.key", 32, "")) {
    box.emplace(*key);
  }
  Findings findings = CheckServers(ctx, installation, database, box);
  for (Finding& finding : CheckStorages(ctx, installation, database, box)) {
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace reprise::doctor
