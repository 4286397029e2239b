#include "doctor/doctor.hpp"

#include <sodium.h>

#include <cstdlib>
#include <iterator>

#include "doctor/checks.hpp"

namespace reprise::doctor {
namespace {

void Append(Findings& to, Findings more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

std::string_view NameOf(Level level) {
  return level == Level::kOk ? "ok" : level == Level::kWarn ? "warn" : "fail";
}

Finding Ok(std::string name, std::string sentence) {
  return {std::move(name), Level::kOk, std::move(sentence), ""};
}
Finding Warn(std::string name, std::string sentence, std::string fix) {
  return {std::move(name), Level::kWarn, std::move(sentence), std::move(fix)};
}
Finding Bad(std::string name, std::string sentence, std::string fix) {
  return {std::move(name), Level::kFail, std::move(sentence), std::move(fix)};
}
Finding Bad(std::string name, const Error& error) {
  return {std::move(name), Level::kFail, error.Sentence(), error.hint};
}

std::vector<Finding> Examine(const Context& ctx, const Installation& installation) {
  if (sodium_init() < 0) std::abort();
  const Instant now = SystemClock().Now();
  const std::filesystem::path data = installation.data;
  const bool is_shared = !installation.catalog_url.empty();
  Findings findings = CheckFolder("data", data, true);
  Append(findings, CheckFolder("archives", installation.storage, false));
  CatalogState catalog = is_shared ? CheckPostgres(installation.catalog_url, now)
                                   : CheckSqlite(data / "catalog.db", now);
  Append(findings, std::move(catalog.findings));
  Append(findings, CheckKeys(data, is_shared, catalog.is_new));
  findings.push_back(CheckEngine(ctx, installation.docker));
  if (catalog.is_current) {
    const auto database = is_shared ? catalog::OpenPostgres(installation.catalog_url)
                                    : catalog::OpenSqlite((data / "catalog.db").string());
    Append(findings, database ? CheckReachable(ctx, installation, **database)
                              : Findings{Bad("catalog", database.error())});
  } else {
    findings.push_back(CheckSsh(false));
  }
  findings.push_back(CheckClock(now));
  findings.push_back(CheckPort(installation.host, installation.port));
  findings.push_back(CheckFileLimit());
  return findings;
}

}  // namespace reprise::doctor
