#include "catalog/archive_part_store.hpp"

#include <fmt/format.h>

#include <array>

#include "catalog/quota_store.hpp"
#include "catalog/table.hpp"
#include "domain/name_table.hpp"

namespace reprise::catalog {
namespace {

using domain::BackupId;
using State = ArchivePart::State;

constexpr auto kStateNames = domain::MakeNameTable<State>({
    {State::kWriting, "writing"},
    {State::kStored, "stored"},
    {State::kDoubted, "doubted"},
    {State::kDeleting, "deleting"},
});
std::optional<State> ParseState(std::string_view text) { return kStateNames.Parse(text); }

constexpr std::array<std::string_view, 8> kColumns = {
    "id",          "project_id", "made_by", "storage_config_id",
    "storage_key", "bytes",      "state",   "created_at"};
constexpr Table kTable = {"archive_part", "part of a backup", kColumns};

// A use that counts, of the part `archive_part.id`.
constexpr std::string_view kIsNeeded =
    "EXISTS (SELECT 1 FROM archive_part_use u JOIN backup b ON b.id = u.backup_id"
    " WHERE u.part_id = archive_part.id AND b.status IN ('pending', 'running', 'completed'))";
// Uses that count no more, of parts that stay: else a part that lives for years has one of each
// day.
constexpr std::string_view kForgetUses =
    "DELETE FROM archive_part_use WHERE part_id NOT IN"
    " (SELECT id FROM archive_part WHERE state = 'deleting') AND NOT EXISTS"
    " (SELECT 1 FROM backup b WHERE b.id = archive_part_use.backup_id"
    " AND b.status IN ('pending', 'running', 'completed'))";
constexpr std::string_view kIsUsedByFirst =
    "id IN (SELECT part_id FROM archive_part_use WHERE backup_id = $1)";

std::vector<Value> ToValues(const ArchivePart& part) {
  return {part.id,
          part.project_id.value,
          part.made_by.value,
          part.storage_config_id.value,
          part.storage_key,
          static_cast<std::int64_t>(part.bytes),
          std::string(kStateNames.Name(part.state)),
          TimeValue(part.created_at)};
}

Result<ArchivePart> FromRow(const Row& row) {
  RowReader reader(row);
  ArchivePart part;
  part.id = reader.Text();
  part.project_id.value = reader.Text();
  part.made_by.value = reader.Text();
  part.storage_config_id.value = reader.Text();
  part.storage_key = reader.Text();
  part.bytes = static_cast<ByteCount>(reader.Int());
  part.state = reader.Named(ParseState);
  part.created_at = reader.Time();
  RETURN_IF_ERROR(reader.Finish(kTable));
  return part;
}

Result<std::vector<ArchivePart>> Those(Transaction& tx, const std::string& rest,
                                       const std::vector<Value>& values) {
  ASSIGN_OR_RETURN(const std::vector<Row> rows, tx.Query(kTable.SelectSql() + rest, values));
  std::vector<ArchivePart> all;
  for (const Row& row : rows) {
    ASSIGN_OR_RETURN(all.emplace_back(), FromRow(row));
  }
  return all;
}

Status AddUse(Transaction& tx, const std::string& part, const BackupId& backup) {
  RETURN_IF_ERROR(tx.Execute(
      "INSERT INTO archive_part_use (part_id, backup_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
      {part, backup.value}));
  return {};
}

Status DropUse(Transaction& tx, const std::string& part, const BackupId& backup) {
  RETURN_IF_ERROR(tx.Execute("DELETE FROM archive_part_use WHERE part_id = $1 AND backup_id = $2",
                             {part, backup.value}));
  return {};
}

Status SetState(Transaction& tx, const std::string& id, State state) {
  RETURN_IF_ERROR(tx.Execute("UPDATE archive_part SET state = $2 WHERE id = $1",
                             {id, std::string(kStateNames.Name(state))}));
  return {};
}

Status CheckGrantable(const ArchivePart& part, const domain::Backup& backup) {
  if (part.project_id != backup.project_id) {
    return Fail(ErrorCode::kConflict,
                "parts of the archive belong to a backup of another project and go when that does",
                "import the whole archive, as it is downloaded, instead");
  }
  if (part.state == State::kStored || part.state == State::kDoubted) return {};
  return Fail(ErrorCode::kBackupNotAvailable,
              fmt::format("the part {} of the archive is {}", part.storage_key,
                          part.state == State::kDeleting ? "being deleted" : "not whole"),
              "use another backup");
}

Status ClaimIn(Transaction& tx, const std::string& id, const domain::Backup& backup,
               ByteCount bytes, const ArchivePartStore::Hold& hold) {
  RETURN_IF_ERROR(CheckHold(tx, hold));
  if (domain::IsBoundByQuota(backup.type)) RETURN_IF_ERROR(CheckStoredBytes(tx, backup, bytes));
  RETURN_IF_ERROR(tx.Execute("UPDATE archive_part SET bytes = $2 WHERE id = $1",
                             {id, static_cast<std::int64_t>(bytes)}));
  return {};
}

Result<std::vector<ArchivePart>> UsedIn(Transaction& tx, const BackupId& backup) {
  return Those(tx, " WHERE " + std::string(kIsUsedByFirst) + " ORDER BY created_at, id",
               {backup.value});
}

}  // namespace

Status ArchivePartStore::Begin(const ArchivePart& part, const Hold& hold) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(CheckHold(tx, hold));
    ArchivePart row = part;
    row.bytes = 0;
    row.state = State::kWriting;
    row.created_at = clock_.Now();
    ASSIGN_OR_RETURN(const auto former, Those(tx, " WHERE id = $1", {part.id}));
    RETURN_IF_ERROR(
        tx.Execute(former.empty() ? kTable.InsertSql() : kTable.UpdateSql(), ToValues(row)));
    return AddUse(tx, part.id, part.made_by);
  });
}

Status ArchivePartStore::Claim(const std::string& id, const domain::Backup& backup, ByteCount bytes,
                               const Hold& hold) {
  return database_.Write([&](Transaction& tx) { return ClaimIn(tx, id, backup, bytes, hold); });
}

Status ArchivePartStore::ClaimRecipe(const ArchivePart& recipe, const domain::Backup& backup,
                                     ByteCount bytes, const Hold& hold) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(ClaimIn(tx, recipe.id, backup, bytes, hold));
    RETURN_IF_ERROR(tx.Execute("UPDATE backup SET storage_key = $2 WHERE id = $1",
                               {backup.id.value, recipe.storage_key}));
    return {};
  });
}

Status ArchivePartStore::MarkStored(const std::string& id, const Hold& hold) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(CheckHold(tx, hold));
    return SetState(tx, id, State::kStored);
  });
}

Result<std::set<std::string>> ArchivePartStore::Use(const domain::Backup& backup,
                                                    const std::set<std::string>& keys,
                                                    const Hold& hold) {
  using Keys = std::set<std::string>;
  return WriteValue<Keys>(database_, [&](Transaction& tx) -> Result<Keys> {
    RETURN_IF_ERROR(CheckHold(tx, hold));
    ASSIGN_OR_RETURN(
        const auto parts,
        Those(tx, " WHERE project_id = $1 AND storage_config_id = $2 AND state = 'stored'",
              {backup.project_id.value, backup.storage_config_id.value}));
    Keys granted;
    for (const ArchivePart& part : parts) {
      if (!keys.contains(part.storage_key)) continue;
      RETURN_IF_ERROR(AddUse(tx, part.id, backup.id));
      granted.insert(part.storage_key);
    }
    return granted;
  });
}

Status ArchivePartStore::UseFound(const domain::Backup& backup, const std::set<std::string>& keys,
                                  const Hold& hold) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(CheckHold(tx, hold));
    for (const std::string& key : keys) {
      ASSIGN_OR_RETURN(const auto parts, Those(tx, " WHERE storage_key = $1", {key}));
      for (const ArchivePart& part : parts) {
        RETURN_IF_ERROR(CheckGrantable(part, backup));
        RETURN_IF_ERROR(AddUse(tx, part.id, backup.id));
      }
    }
    return {};
  });
}

Status ArchivePartStore::UseOnly(const domain::Backup& backup, const std::set<std::string>& keys,
                                 const Hold& hold) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(CheckHold(tx, hold));
    ASSIGN_OR_RETURN(const auto parts, UsedIn(tx, backup.id));
    for (const ArchivePart& part : parts) {
      if (part.made_by == backup.id || keys.contains(part.storage_key)) continue;
      RETURN_IF_ERROR(DropUse(tx, part.id, backup.id));
    }
    return {};
  });
}

Status ArchivePartStore::Restart(const BackupId& backup, const Hold& hold) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(CheckHold(tx, hold));
    RETURN_IF_ERROR(
        tx.Execute("DELETE FROM archive_part_use WHERE backup_id = $1", {backup.value}));
    return {};
  });
}

Result<std::vector<ArchivePart>> ArchivePartStore::UsedBy(const BackupId& backup) const {
  return ReadValue<std::vector<ArchivePart>>(database_,
                                             [&](Transaction& tx) { return UsedIn(tx, backup); });
}

Status ArchivePartStore::CheckUsableIn(Transaction& transaction, const BackupId& id) {
  ASSIGN_OR_RETURN(const auto parts, UsedIn(transaction, id));
  for (const ArchivePart& part : parts) {
    if (part.state != State::kDeleting) continue;
    return Fail(ErrorCode::kBackupNotAvailable,
                "the part " + part.storage_key + " of the backup is being deleted",
                "make the backup again");
  }
  return {};
}

Result<std::vector<std::string>> ArchivePartStore::Doubt(const domain::Backup& backup,
                                                         const std::set<std::string>& keys) {
  using Names = std::vector<std::string>;
  return WriteValue<Names>(database_, [&](Transaction& tx) -> Result<Names> {
    std::set<std::string> names;
    ASSIGN_OR_RETURN(const auto parts, UsedIn(tx, backup.id));
    for (const ArchivePart& part : parts) {
      if (!keys.contains(part.storage_key)) continue;
      if (part.state == State::kStored) RETURN_IF_ERROR(SetState(tx, part.id, State::kDoubted));
      ASSIGN_OR_RETURN(const std::vector<Row> others,
                       tx.Query("SELECT b.name FROM archive_part_use u"
                                " JOIN backup b ON b.id = u.backup_id WHERE u.part_id = $1"
                                " AND b.id <> $2 AND b.status IN ('running', 'completed')",
                                {part.id, backup.id.value}));
      for (const Row& row : others) names.insert(row.Text(0));
    }
    return Names(names.begin(), names.end());
  });
}

Status ArchivePartStore::Trust(const BackupId& backup) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(
        tx.Execute("UPDATE archive_part SET state = 'stored' WHERE state = 'doubted'"
                   " AND " +
                       std::string(kIsUsedByFirst),
                   {backup.value}));
    return {};
  });
}

Result<std::vector<ArchivePart>> ArchivePartStore::TakeUnused(int most, const std::string& after) {
  using Parts = std::vector<ArchivePart>;
  const std::string unused = " WHERE state = 'deleting' OR NOT " + std::string(kIsNeeded);
  // Looked at first, as there is mostly none and nobody is to wait for a write.
  ASSIGN_OR_RETURN(const Parts seen, ReadValue<Parts>(database_, [&](Transaction& tx) {
                     return Those(tx, unused + " LIMIT 1", {});
                   }));
  if (seen.empty()) return seen;
  return WriteValue<Parts>(database_, [&](Transaction& tx) -> Result<Parts> {
    RETURN_IF_ERROR(tx.Execute("UPDATE archive_part SET state = 'deleting'" + unused, {}));
    RETURN_IF_ERROR(tx.Execute(kForgetUses, {}));
    return Those(tx, " WHERE state = 'deleting' AND id > $1 ORDER BY id LIMIT $2",
                 {after, std::int64_t{most}});
  });
}

Status ArchivePartStore::Remove(const std::string& id) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("DELETE FROM archive_part_use WHERE part_id = $1", {id}));
    RETURN_IF_ERROR(
        tx.Execute("DELETE FROM archive_part WHERE id = $1 AND state = 'deleting'", {id}));
    return {};
  });
}

}  // namespace reprise::catalog
