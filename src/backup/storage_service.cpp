#include "backup/storage_service.hpp"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/id.hpp"
#include "base/json_fields.hpp"
#include "base/log.hpp"
#include "domain/backup.hpp"
#include "storage/sealed_store.hpp"
#include "storage/store_factory.hpp"

namespace reprise::backup {
namespace {

using domain::StorageConfig;
using domain::StorageConfigId;

constexpr std::array<std::string_view, 5> kWhere = {"endpoint", "bucket", "prefix", "folder",
                                                    "host"};

std::string ToJson(const Texts& texts) {
  boost::json::object object;
  for (const auto& [name, value] : texts) object[name] = value;
  return boost::json::serialize(object);
}

void Merge(const Texts& change, Texts& into) {
  for (const auto& [name, value] : change) {
    if (value.empty()) {
      into.erase(name);
    } else {
      into[name] = value;
    }
  }
}

bool MovesElsewhere(const Texts& before, const Texts& after) {
  for (const std::string_view name : kWhere) {
    const auto old_one = before.find(std::string(name));
    const auto new_one = after.find(std::string(name));
    const bool had = old_one != before.end();
    const bool has = new_one != after.end();
    if (had != has || (had && old_one->second != new_one->second)) return true;
  }
  return false;
}

}  // namespace

Result<Texts> StorageService::SecretsOf(const StorageConfig& config) const {
  Texts secrets;
  if (config.sealed_secrets.empty()) return secrets;
  ASSIGN_OR_RETURN(const std::string text,
                   parts_.sealer.open(config.sealed_secrets, config.id.value));
  ASSIGN_OR_RETURN(const boost::json::value parsed, ParseJson(text));
  const boost::json::object* object = parsed.if_object();
  if (object == nullptr) return Fail(ErrorCode::kInternal, "the sealed credentials are no object");
  for (const auto& [name, value] : *object) {
    if (value.is_string()) secrets[std::string(name)] = std::string(value.get_string());
  }
  return secrets;
}

Result<std::shared_ptr<storage::ObjectStore>> StorageService::Make(const StorageConfig& config,
                                                                   int attempts) const {
  ASSIGN_OR_RETURN(Texts secrets, SecretsOf(config));
  ASSIGN_OR_RETURN(std::shared_ptr<storage::ObjectStore> store,
                   storage::MakeStore({std::string(NameOf(config.provider)), config.settings,
                                       std::move(secrets), attempts},
                                      parts_.clock, parts_.private_endpoints));
  return std::make_shared<storage::SealedStore>(
      std::move(store), parts_.keys.RingOf(config.organization_id),
      storage::SealedStore::Options{std::string(domain::kSealedEnding)});
}

Status StorageService::Apply(const StorageChange& change, StorageConfig& config) const {
  if (change.name) config.name = *change.name;
  if (change.is_default) config.is_default = *change.is_default;
  if (change.encrypts_archives) config.encrypts_archives = *change.encrypts_archives;
  Merge(change.settings, config.settings);
  if (!change.secrets.empty()) {
    ASSIGN_OR_RETURN(Texts secrets, SecretsOf(config));
    Merge(change.secrets, secrets);
    config.sealed_secrets =
        secrets.empty() ? "" : parts_.sealer.seal(ToJson(secrets), config.id.value);
  }
  config.updated_at = parts_.clock.Now();
  RETURN_IF_ERROR(Make(config));
  return {};
}

Result<StorageConfig> StorageService::Create(StorageConfig config, const StorageChange& with) {
  config.id.value = NewUuid();
  config.created_at = parts_.clock.Now();
  RETURN_IF_ERROR(Apply(with, config));
  if (config.encrypts_archives) RETURN_IF_ERROR(parts_.keys.EnsureOne(config.organization_id));
  RETURN_IF_ERROR(parts_.configs.Insert(config));
  return config;
}

Result<StorageConfig> StorageService::Change(const StorageConfigId& id,
                                             const StorageChange& change) {
  ASSIGN_OR_RETURN(const catalog::StorageUsage usage, parts_.configs.Usage(id));
  {
    const std::scoped_lock lock(mutex_);
    known_.erase(id.value);
  }
  if (change.encrypts_archives.value_or(false)) {
    ASSIGN_OR_RETURN(const StorageConfig config, parts_.configs.Get(id));
    RETURN_IF_ERROR(parts_.keys.EnsureOne(config.organization_id));
  }
  return parts_.configs.Update(id, [&](StorageConfig& row) -> Status {
    const Texts before = row.settings;
    RETURN_IF_ERROR(Apply(change, row));
    if (usage.objects == 0 || !MovesElsewhere(before, row.settings)) return {};
    return Fail(ErrorCode::kConflict,
                "backups live in this storage, and would not be found at another place",
                "make another storage for new backups, and make that one the default");
  });
}

Result<std::vector<storage::CheckStep>> StorageService::Test(const Context& ctx,
                                                             const StorageConfigId& id) {
  ASSIGN_OR_RETURN(const StorageConfig config, parts_.configs.Get(id));
  // Somebody is waiting for the answer.
  ASSIGN_OR_RETURN(const auto store, Make(config, 2));
  return storage::CheckStore(ctx, *store, config.encrypts_archives ? domain::kSealedEnding : "");
}

Result<std::shared_ptr<storage::ObjectStore>> StorageService::Find(const Context& ctx,
                                                                   std::string_view name) {
  RETURN_IF_ERROR(ctx.Check());
  ASSIGN_OR_RETURN(const StorageConfig config, parts_.configs.Get({std::string(name)}));
  {
    const std::scoped_lock lock(mutex_);
    const auto found = known_.find(name);
    if (found != known_.end() && found->second.updated_at == config.updated_at) {
      return found->second.store;
    }
  }
  ASSIGN_OR_RETURN(auto store, Make(config));
  const std::scoped_lock lock(mutex_);
  known_[config.id.value] = {config.updated_at, store};
  return store;
}

void StorageService::RemoveAbandoned(const Context& ctx) {
  const Instant before = parts_.clock.Now() - std::chrono::hours(72);
  for (int page = 1;; ++page) {
    const auto configs = parts_.configs.List({}, {page, 100});
    if (!configs || configs->items.empty()) return;
    for (const StorageConfig& config : configs->items) {
      const auto store = Find(ctx, config.id.value);
      const auto removed = store ? (*store)->RemoveAbandoned(ctx, before) : Fail(store.error());
      if (!removed && !ctx.Stopped()) {
        log::Warning("storage.abandoned",
                     {{"storage", config.id.value}, {"why", removed.error().Sentence()}});
      }
    }
  }
}

}  // namespace reprise::backup
