#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "catalog/setting_store.hpp"
#include "catalog/state_file.hpp"
#include "node/data_folder.hpp"
#include "node/node.hpp"

namespace reprise::node {
namespace {

namespace fs = std::filesystem;
using catalog::BareCatalog;
using catalog::StateHeader;

// Sealed with secret.key into each state file, so that the wrong key is noticed before it is used.
constexpr std::string_view kKeyCheck = "state_file";
constexpr std::string_view kKeyWord = "reprise";

std::string FirstLineOf(const fs::path& file) {
  const Result<std::string> text = ReadTextFile(file, 4096);
  return text ? text->substr(0, text->find_first_of("\r\n")) : std::string();
}

// What of the data folder goes into the header.
Status DescribeFolder(const fs::path& data, const cli::ExportOptions& options,
                      StateHeader& header) {
  const fs::path key = data / "secret.key";
  header.installation = FirstLineOf(data / "installation.id");
  if (fs::exists(key)) {
    ASSIGN_OR_RETURN(const access::SecretBox box, access::SecretBox::FromFile(key));
    header.key_check = box.Seal(kKeyWord, kKeyCheck);
    if (options.with_secret_key) header.secret_key = FirstLineOf(key);
    return {};
  }
  if (!options.with_secret_key) return {};
  return Fail(ErrorCode::kNotFound, fmt::format("there is no {}", key.string()),
              "name the data folder of a node that serves with --data");
}

// Nodes that share a catalog have their installation's id there.
Result<std::string> SharedInstallation(BareCatalog& catalog) {
  std::string id;
  const auto ask = [&](catalog::Transaction& transaction) -> Status {
    const auto rows =
        transaction.Query("SELECT value FROM setting WHERE name = 'installation'", {});
    if (rows && !rows->empty()) id = rows->front().Text(0);
    return {};
  };
  RETURN_IF_ERROR(catalog.Read(ask));
  return id;
}

std::string DefaultName(Instant now) {
  std::string time = FormatInstant(now).substr(0, 19);
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return fmt::format("reprise-state-{}Z.jsonl", time);
}

// Puts secret.key where it belongs, or says why it must be there first.
Status CheckSecretKey(const StateHeader& header, const fs::path& file,
                      const cli::ImportStateOptions& options) {
  if (!fs::exists(file)) {
    if (!header.secret_key.empty()) {
      return WriteTextFile(file, header.secret_key + "\n", FileMode::kPrivate);
    }
    if (header.sealed == 0 || options.without_secret_key) return {};
    return Fail(ErrorCode::kConflict,
                fmt::format("{} values in the state file are sealed (second factors, credentials "
                            "of storages, keys of servers, secrets of webhooks), and {} is not "
                            "there to open them",
                            header.sealed, file.string()),
                "copy secret.key of the old host there first; if it is lost, "
                "--without-secret-key goes on, and they must be entered anew");
  }
  ASSIGN_OR_RETURN(const access::SecretBox box, access::SecretBox::FromFile(file));
  if (header.key_check.empty() || box.Open(header.key_check, kKeyCheck)) return {};
  return Fail(ErrorCode::kConflict,
              fmt::format("{} is not the key of the state file's catalog", file.string()),
              "put secret.key of the old host in its place, or remove it");
}

struct Place {
  fs::path data;
  std::string url;

  [[nodiscard]] Result<std::unique_ptr<BareCatalog>> Open(catalog::Absent absent) const {
    if (!url.empty()) return catalog::OpenBarePostgres(url);
    return catalog::OpenBareSqlite((data / "catalog.db").string(), absent);
  }
};

// What a node looks for beside the catalog, or in it.
Status KeepInstallation(const Place& place, const std::string& installation) {
  if (installation.empty()) return {};
  if (place.url.empty()) {
    return WriteTextFile(place.data / "installation.id", installation, FileMode::kShared);
  }
  ASSIGN_OR_RETURN(const OpenCatalog open, OpenCatalogOf(place.data, place.url));
  RETURN_IF_ERROR(catalog::SettingStore(*open.database).Ensure("installation", installation));
  return {};
}

}  // namespace

Status Export(const cli::ExportOptions& options) {
  const Place place{fs::absolute(options.data), options.catalog.url};
  const Instant now = SystemClock().Now();
  StateHeader header{.program = REPRISE_VERSION, .exported_at = FormatInstant(now)};
  RETURN_IF_ERROR(DescribeFolder(place.data, options, header));
  ASSIGN_OR_RETURN(const auto catalog, place.Open(catalog::Absent::kRefuse));
  if (!place.url.empty()) {
    ASSIGN_OR_RETURN(header.installation, SharedInstallation(*catalog));
  }
  const fs::path out = fs::absolute(options.out.empty() ? DefaultName(now) : options.out);
  ASSIGN_OR_RETURN(const auto file, CreateFileAtomically(out, FileMode::kPrivate));
  ASSIGN_OR_RETURN(const catalog::StateSummary summary,
                   catalog::ExportState(Context(), *catalog, header, *file));
  RETURN_IF_ERROR(file->Close(Context()));
  fmt::print("{}: {} rows of schema version {}\n", out.string(), summary.rows,
             summary.header.schema);
  if (summary.header.sealed > 0) {
    fmt::print("{}\n", options.with_secret_key
                           ? "secret.key is in it: keep it as you keep passwords"
                           : "secret.key is not in it: keep a copy of that elsewhere");
  }
  return {};
}

Status ImportState(const cli::ImportStateOptions& options) {
  const Place place{fs::absolute(options.data), options.catalog.url};
  ASSIGN_OR_RETURN(const auto file, OpenFile(options.file));
  RangeReader first(*file, 0, file->size());
  ASSIGN_OR_RETURN(const StateHeader header, catalog::ReadStateHeader(Context(), first));
  RETURN_IF_ERROR(MakeFolder(place.data));
  std::optional<FileLock> lock;
  if (place.url.empty()) {
    ASSIGN_OR_RETURN(FileLock taken, FileLock::Take(place.data / "lock"));
    lock.emplace(std::move(taken));
  }
  RETURN_IF_ERROR(CheckSecretKey(header, place.data / "secret.key", options));
  catalog::StateSummary summary;
  {
    ASSIGN_OR_RETURN(const auto catalog, place.Open(catalog::Absent::kMake));
    RangeReader lines(*file, 0, file->size());
    ASSIGN_OR_RETURN(summary, catalog::ImportState(Context(), lines, *catalog));
  }
  lock.reset();
  RETURN_IF_ERROR(KeepInstallation(place, header.installation));
  ASSIGN_OR_RETURN(const OpenCatalog open, OpenCatalogOf(place.data, place.url));
  fmt::print("{} rows of {} are in the catalog, whose schema is at version {}\n", summary.rows,
             header.exported_at, open.change.to);
  if (summary.ended > 0) {
    fmt::print("{} tasks that ran then were ended: look at what they worked on\n", summary.ended);
  }
  return {};
}

}  // namespace reprise::node
