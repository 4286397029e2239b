#include "catalog/storage_store.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/json_fields.hpp"
#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

using domain::StorageConfig;
using domain::StorageConfigId;

constexpr std::array<std::string_view, 10> kColumns = {
    "id",       "organization_id", "name",       "provider",   "is_default",
    "settings", "sealed_secrets",  "created_at", "updated_at", "encrypts_archives"};
constexpr Table kTable = {"storage_config", "storage", kColumns};

std::string SettingsToJson(const std::map<std::string, std::string>& settings) {
  boost::json::object object;
  for (const auto& [name, value] : settings) object[name] = value;
  return boost::json::serialize(object);
}

Result<std::map<std::string, std::string>> SettingsFromJson(std::string_view text) {
  ASSIGN_OR_RETURN(const boost::json::value parsed, ParseJson(text));
  std::map<std::string, std::string> settings;
  const boost::json::object* object = parsed.if_object();
  if (object == nullptr) return Fail(ErrorCode::kInternal, "settings are no object");
  for (const auto& [name, value] : *object) {
    if (value.is_string()) settings[std::string(name)] = std::string(value.get_string());
  }
  return settings;
}

std::vector<Value> ToValues(const StorageConfig& config) {
  return {config.id.value,
          config.organization_id.value,
          config.name,
          std::string(NameOf(config.provider)),
          std::int64_t{config.is_default},
          SettingsToJson(config.settings),
          config.sealed_secrets,
          TimeValue(config.created_at),
          TimeValue(config.updated_at),
          std::int64_t{config.encrypts_archives}};
}

Result<StorageConfig> FromRow(const Row& row) {
  RowReader reader(row);
  StorageConfig config;
  config.id.value = reader.Text();
  config.organization_id.value = reader.Text();
  config.name = reader.Text();
  config.provider = reader.Named(domain::ParseStorageProvider);
  config.is_default = reader.Bool();
  config.settings = reader.Parsed(SettingsFromJson);
  config.sealed_secrets = reader.Text();
  config.created_at = reader.Time();
  config.updated_at = reader.Time();
  config.encrypts_archives = reader.Bool();
  RETURN_IF_ERROR(reader.Finish(kTable));
  return config;
}

Status MakeRoomForDefault(Transaction& tx, const StorageConfig& config) {
  if (!config.is_default) return {};
  RETURN_IF_ERROR(
      tx.Execute("UPDATE storage_config SET is_default = 0 WHERE organization_id = $1 AND id <> $2",
                 {config.organization_id.value, config.id.value}));
  return {};
}

Status CheckName(Transaction& tx, const StorageConfig& config) {
  ASSIGN_OR_RETURN(
      const std::vector<Row> taken,
      tx.Query("SELECT 1 FROM storage_config WHERE organization_id = $1 AND name = $2 AND id <> $3",
               {config.organization_id.value, config.name, config.id.value}));
  if (taken.empty()) return {};
  return Fail(ErrorCode::kNameTaken,
              fmt::format("the organization has a storage \"{}\" already", config.name),
              "choose another name");
}

Result<StorageUsage> UsageIn(Transaction& tx, const StorageConfigId& id) {
  ASSIGN_OR_RETURN(const std::vector<Row> rows,
                   tx.Query("SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN storage_key LIKE"
                            " '%/' || id || '.recipe%' THEN 0 ELSE compressed_size END), 0)"
                            " + COALESCE((SELECT SUM(bytes) FROM archive_part"
                            " WHERE storage_config_id = $1), 0) AS BIGINT)"
                            " FROM backup WHERE storage_config_id = $1 AND status <> 'deleted'",
                            {id.value}));
  return StorageUsage{rows.front().Int(0), rows.front().Int(1)};
}

}  // namespace

Status StorageStore::Insert(const StorageConfig& config) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(CheckName(tx, config));
    RETURN_IF_ERROR(MakeRoomForDefault(tx, config));
    RETURN_IF_ERROR(tx.Execute(kTable.InsertSql(), ToValues(config)));
    return {};
  });
}

Result<StorageConfig> StorageStore::Get(const StorageConfigId& id) const {
  return ReadValue<StorageConfig>(database_, [&](Transaction& tx) -> Result<StorageConfig> {
    ASSIGN_OR_RETURN(const Row row, GetRow(tx, kTable, id.value));
    return FromRow(row);
  });
}

Result<Page<StorageConfig>> StorageStore::List(const StorageFilter& filter,
                                               PageRequest page) const {
  Conditions conditions;
  conditions.In("organization_id", filter.among);
  return ListPage(database_, kTable, conditions, page, FromRow);
}

Result<StorageConfig> StorageStore::Update(const StorageConfigId& id,
                                           const std::function<Status(StorageConfig&)>& change) {
  return WriteValue<StorageConfig>(database_, [&](Transaction& tx) -> Result<StorageConfig> {
    ASSIGN_OR_RETURN(const Row row, GetRow(tx, kTable, id.value));
    ASSIGN_OR_RETURN(StorageConfig config, FromRow(row));
    RETURN_IF_ERROR(change(config));
    RETURN_IF_ERROR(CheckName(tx, config));
    RETURN_IF_ERROR(MakeRoomForDefault(tx, config));
    RETURN_IF_ERROR(tx.Execute(kTable.UpdateSql(), ToValues(config)));
    return config;
  });
}

Status StorageStore::Delete(const StorageConfigId& id) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(GetRow(tx, kTable, id.value));
    ASSIGN_OR_RETURN(const StorageUsage usage, UsageIn(tx, id));
    if (usage.objects > 0) {
      return Fail(ErrorCode::kConflict,
                  fmt::format("{} backups live in this storage", usage.objects),
                  "delete them first, or keep the storage and make another one the default");
    }
    ASSIGN_OR_RETURN(const std::vector<Row> uploads,
                     tx.Query("SELECT file_name FROM upload WHERE storage_config_id = $1"
                              " AND status <> 'ended' LIMIT 1",
                              {id.value}));
    if (!uploads.empty()) {
      return Fail(ErrorCode::kConflict,
                  fmt::format("an upload of \"{}\" comes into this storage", uploads[0].Text(0)),
                  "give it up, or wait until it has ended or expired");
    }
    // Parts of backups that are gone: with the storage goes the way to remove them.
    RETURN_IF_ERROR(
        tx.Execute("DELETE FROM archive_part_use WHERE part_id IN"
                   " (SELECT id FROM archive_part WHERE storage_config_id = $1)",
                   {id.value}));
    RETURN_IF_ERROR(
        tx.Execute("DELETE FROM archive_part WHERE storage_config_id = $1", {id.value}));
    RETURN_IF_ERROR(tx.Execute("DELETE FROM storage_config WHERE id = $1", {id.value}));
    return {};
  });
}

Result<StorageUsage> StorageStore::Usage(const StorageConfigId& id) const {
  return ReadValue<StorageUsage>(database_, [&](Transaction& tx) { return UsageIn(tx, id); });
}

}  // namespace reprise::catalog
