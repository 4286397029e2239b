#include "backup/url_imports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "backup/store_archive.hpp"
#include "base/json_fields.hpp"
#include "catalog/quota_store.hpp"
#include "odoo/space.hpp"
#include "storage/url_reader.hpp"

namespace reprise::backup {
namespace {

namespace json = boost::json;
using domain::Backup;

constexpr int kAttempts = 3;  // from the first byte on

// Tells how far it is after each piece.
class WatchedReader final : public ByteReader {
 public:
  WatchedReader(storage::UrlReader& from, const TakeProgress& progress)
      : from_(from), progress_(progress) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    ASSIGN_OR_RETURN(const std::size_t count, from_.Read(ctx, into));
    const double done = Megabytes(from_.offset());
    if (const auto size = from_.size(); size && *size > 0) {
      progress_(std::min(1.0, done / Megabytes(*size)),
                fmt::format("{:.1f} of {:.1f} MB fetched", done, Megabytes(*size)));
    } else {
      progress_(0, fmt::format("{:.1f} MB fetched", done));
    }
    return count;
  }

 private:
  storage::UrlReader& from_;
  const TakeProgress& progress_;
};

}  // namespace

struct UrlImports::Attempt {
  const Backup& backup;
  const ArchiveAtUrl& archive;
  const domain::OrganizationId& organization;
  const TakeProgress& progress;
  const OwnerCheck& check_owner;
  const std::optional<catalog::TaskHold>& hold;
  bool may_begin_anew = false;

  [[nodiscard]] std::string Where() const { return storage::TellableUrl(archive.source.url); }
};

std::string UrlImports::Sealed(const domain::BackupId& id, const ArchiveAtUrl& archive) const {
  const auto& headers = archive.source.headers;
  const json::object text{{"url", archive.source.url},
                          {"headers", json::array(headers.begin(), headers.end())},
                          {"sha256", archive.sha256}};
  return parts_.sealer.seal(json::serialize(text), id.value);
}

Result<bool> UrlImports::Has(const domain::BackupId& id) const {
  ASSIGN_OR_RETURN(const auto sealed, parts_.sources.Find(id));
  return sealed.has_value();
}

Result<ArchiveAtUrl> UrlImports::SourceOf(const domain::BackupId& id) const {
  ASSIGN_OR_RETURN(const auto sealed, parts_.sources.Find(id));
  if (!sealed || sealed->empty()) {
    return Fail(ErrorCode::kNotFound, "the address of the archive is not known any more",
                "import it again");
  }
  ASSIGN_OR_RETURN(const std::string text, parts_.sealer.open(*sealed, id.value));
  ASSIGN_OR_RETURN(const json::value parsed, ParseJson(text));
  ArchiveAtUrl archive;
  try {
    const json::object& told = parsed.as_object();
    archive.source.url = told.at("url").as_string();
    for (const json::value& header : told.at("headers").as_array()) {
      archive.source.headers.emplace_back(header.as_string());
    }
    archive.sha256 = told.at("sha256").as_string();
  } catch (const std::exception& wrong) {
    return Fail(ErrorCode::kInternal,
                fmt::format("the address of the archive cannot be read: {}", wrong.what()));
  }
  return archive;
}

// What the organization may store, and the free space of the installation's own folder; other
// storages do not tell theirs, and refuse what they cannot take.
Status UrlImports::CheckRoom(const Context& ctx, const Backup& backup,
                             const std::optional<ByteCount>& size) {
  if (!size) return {};
  ASSIGN_OR_RETURN(const catalog::StoredBytesRoom room, parts_.backups.RoomFor(backup));
  RETURN_IF_ERROR(room.Check(*size));
  if (!backup.storage_config_id.empty()) return {};
  ASSIGN_OR_RETURN(const auto free, parts_.store.FreeSpace(ctx));
  if (!free || *size <= *free) return {};
  return Fail(ErrorCode::kNoSpace,
              fmt::format("the archive has {:.1f} MB, the storage has room for {:.1f}",
                          Megabytes(*size), Megabytes(*free)),
              "make room, or import it into another storage");
}

Status UrlImports::FetchOnce(const Context& ctx, Attempt& attempt) {
  attempt.may_begin_anew = false;
  attempt.progress(0, "connecting");
  ASSIGN_OR_RETURN(const auto reader,
                   storage::UrlReader::Open(ctx, attempt.archive.source, parts_.rules));
  RETURN_IF_ERROR(CheckRoom(ctx, attempt.backup, reader->size()));
  const Backup& backup = attempt.backup;
  ArrivalRoom room(
      ctx, parts_.room, parts_.clock,
      {.owner = {backup.task_id, attempt.hold, fmt::format("the import \"{}\"", backup.name)},
       .project = backup.project_id,
       .storage_config = backup.storage_config_id,
       .needs = {{odoo::space_part::kArchive, "the archive"}},
       .fix = "make room, or import it into another storage"});
  RETURN_IF_ERROR(room.Begin(reader->size()));
  WatchedReader watched(*reader, attempt.progress);
  Status stored = StoreArchive(
      ctx, {.backups = parts_.backups, .store = parts_.store, .keys = parts_.keys},
      {.backup = backup,
       .organization = attempt.organization,
       .sha256 = attempt.archive.sha256,
       .where = "what lies at " + attempt.Where(),
       .hint_when_unknown = "give the address of the archive itself, not that of a page about it",
       .room = room,
       .check_owner = attempt.check_owner,
       .hold = attempt.hold},
      watched);
  attempt.may_begin_anew = reader->BrokeOff();
  return stored;
}

Status UrlImports::Fetch(const Context& ctx, const domain::BackupId& id,
                         const TakeProgress& progress, const OwnerCheck& check_owner,
                         const std::optional<catalog::TaskHold>& hold) {
  ASSIGN_OR_RETURN(const Backup backup,
                   parts_.backups.UpdateWith(id, catalog::WhileHeld(hold, [](Backup& row) {
                                               row.status = domain::BackupStatus::kRunning;
                                               return Status();
                                             })));
  if (!backup.sha256.empty()) return {};  // by an attempt that died right afterwards
  ASSIGN_OR_RETURN(const ArchiveAtUrl archive, SourceOf(id));
  ASSIGN_OR_RETURN(const catalog::Project project, parts_.tenancy.GetProject(backup.project_id));
  Attempt attempt{backup, archive, project.organization_id, progress, check_owner, hold};
  const Context limited = ctx.WithTimeout(parts_.longest);
  for (int number = 1;; ++number) {
    Status fetched = FetchOnce(limited, attempt);
    if (fetched) return fetched;
    RETURN_IF_ERROR(ctx.Check());
    if (fetched.error().code == ErrorCode::kTimeout) {
      return Fail(ErrorCode::kTimeout,
                  fmt::format("the archive at {} did not come whole within {} hours",
                              attempt.Where(), parts_.longest.count() / 3600),
                  "put it into a storage and import it by its key");
    }
    if (!attempt.may_begin_anew || number == kAttempts) return fetched;
  }
}

}  // namespace reprise::backup
