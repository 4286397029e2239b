#include "backup/take_incremental.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_set>

#include "backup/composed_members.hpp"
#include "backup/recipe_target.hpp"
#include "base/log.hpp"

namespace reprise::backup {
namespace {

using domain::Backup;

constexpr int kLookBack = 100;         // of an environment's backups, and of its project's
constexpr std::size_t kMostBases = 3;  // each is read for its index

// The newest of the same environment, then the newest of the project's others.
Result<std::vector<Backup>> BasesOf(const IncrementalTake& incremental,
                                    const std::string& db_name) {
  const Backup& backup = incremental.backup;
  catalog::BackupFilter filter{.project_id = backup.project_id,
                               .environment_id = backup.environment_id,
                               .status = domain::BackupStatus::kCompleted};
  ASSIGN_OR_RETURN(auto own, incremental.backups.List(filter, {1, kLookBack}));
  filter.environment_id.reset();
  ASSIGN_OR_RETURN(auto others, incremental.backups.List(filter, {1, kLookBack}));
  std::vector<Backup> bases;
  std::set<std::string> environments;
  for (auto* page : {&own, &others}) {
    for (Backup& base : page->items) {
      if (bases.size() == kMostBases) return bases;
      if (!IsBaseFor(base, backup, db_name)) continue;
      if (!environments.insert(base.environment_id.value).second) continue;
      bases.push_back(std::move(base));
    }
  }
  return bases;
}

// Members of all bases that can be read. One that cannot is as if it were not there: this backup
// then holds anew what it had.
Result<std::vector<ComposedMember>> MembersOfBases(const Context& ctx,
                                                   const IncrementalTake& incremental,
                                                   storage::ObjectStore& store,
                                                   const std::string& db_name) {
  ASSIGN_OR_RETURN(const std::vector<Backup> bases, BasesOf(incremental, db_name));
  std::vector<ComposedMember> members;
  for (const Backup& base : bases) {
    auto found = ReadComposedFilestore(ctx, incremental.raw, store, domain::StorageAddressOf(base));
    RETURN_IF_ERROR(ctx.Check());
    const bool is_as_verified = found && found->manifest_sha256 == base.manifest_sha256 &&
                                !found->manifest_sha256.empty() && found->db_name == db_name;
    if (!is_as_verified) {
      log::Warning(
          "incremental.base_unusable",
          {{"backup", base.id.value},
           {"why", found ? "it is not the one that was verified" : found.error().Sentence()}});
      continue;
    }
    std::move(found->members.begin(), found->members.end(), std::back_inserter(members));
  }
  return members;
}

std::set<std::string> KeysOf(const std::vector<ComposedMember>& members) {
  std::set<std::string> keys;
  for (const ComposedMember& member : members) keys.insert(member.part.key);
  return keys;
}

// Members of which this backup may and will take bytes. Only what it really uses stays in use.
Result<std::vector<ComposedMember>> FindReusable(const Context& ctx,
                                                 const IncrementalTake& incremental,
                                                 storage::ObjectStore& store,
                                                 const std::string& db_name,
                                                 const FilestorePlan& plan) {
  ASSIGN_OR_RETURN(std::vector<ComposedMember> members,
                   MembersOfBases(ctx, incremental, store, db_name));
  // From here on nobody deletes them, or they are not granted.
  ASSIGN_OR_RETURN(const std::set<std::string> granted,
                   incremental.parts.Use(incremental.backup, KeysOf(members), incremental.hold));
  std::erase_if(members,
                [&](const ComposedMember& member) { return !granted.contains(member.part.key); });
  SizesByPath wanted;
  for (const archive::FilestoreFile& file : plan.files) wanted.emplace(file.path, file.size);
  std::vector<ComposedMember> chosen;
  for (const std::size_t i : ChooseMembers(members, wanted)) {
    chosen.push_back(std::move(members[i]));
  }
  RETURN_IF_ERROR(incremental.parts.UseOnly(incremental.backup, KeysOf(chosen), incremental.hold));
  return chosen;
}

// Those that no member has.
std::vector<archive::FilestoreFile> Others(const std::vector<archive::FilestoreFile>& files,
                                           const std::vector<ComposedMember>& members) {
  std::unordered_set<std::string_view> there;
  for (const ComposedMember& member : members) {
    for (const archive::IndexedFile& file : member.packed.files) there.insert(file.path);
  }
  std::vector<archive::FilestoreFile> others;
  for (const archive::FilestoreFile& file : files) {
    if (!there.contains(file.path)) others.push_back(file);
  }
  return others;
}

Status WriteFilestore(const Context& ctx, const Taking& taking, const IncrementalTake& incremental,
                      storage::ObjectStore& store, RecipeTarget& target,
                      archive::BackupWriter& writer, std::vector<std::string>& warnings) {
  ASSIGN_OR_RETURN(const FilestorePlan plan,
                   PlanFilestore(ctx, taking.session, *taking.view, warnings));
  ASSIGN_OR_RETURN(const auto members,
                   FindReusable(ctx, incremental, store, taking.environment.db_name, plan));
  for (const ComposedMember& member : members) {
    RETURN_IF_ERROR(writer.AddPacked(ctx, member.packed));
    target.Reuse(member.part, member.ranges);
  }
  target.BeginPart(RecipeTarget::Holds::kFiles);
  RETURN_IF_ERROR(WriteFiles(ctx, *taking.view, Others(plan.files, members), writer,
                             {0.4, 1, taking.progress}));
  RETURN_IF_ERROR(writer.FlushFiles(ctx));
  RETURN_IF_ERROR(target.EndPart(ctx));
  return taking.view->toolbox.Remove(ctx, taking.view->path);
}

}  // namespace

bool IsBaseFor(const Backup& base, const Backup& backup, const std::string& db_name) {
  return storage::IsRecipeKey(base.storage_key) && base.is_verified && base.include_filestore &&
         base.storage_config_id == backup.storage_config_id &&
         domain::IsSealed(base) == domain::IsSealed(backup) && base.snapshot.db_name == db_name;
}

Status WriteIncremental(const Context& ctx, const Taking& taking,
                        const IncrementalTake& incremental, storage::ObjectStore& store,
                        TakenBackup& taken) {
  const TakeOptions& options = taking.options;
  const std::string& db_name = taking.environment.db_name;
  RETURN_IF_ERROR(incremental.parts.Restart(incremental.backup.id, incremental.hold));
  RecipeTarget target({incremental.parts, incremental.raw, incremental.backup, incremental.hold,
                       options.check_bytes, options.check_owner});
  const auto writer = archive::BackupWriter::Create(target, {.db_name = db_name});
  taking.progress(0.05, "dumping the database");
  target.BeginPart(RecipeTarget::Holds::kDump);
  RETURN_IF_ERROR(WriteDump(ctx, taking.cluster, db_name, taking.session.snapshot(), *writer));
  // Its header goes with the dump, so that there is no part of files where there are no new ones.
  if (taken.manifest.has_filestore) RETURN_IF_ERROR(writer->BeginFilestore(ctx));
  RETURN_IF_ERROR(target.EndPart(ctx));
  if (taking.view != nullptr) {
    taking.progress(0.4, "looking for what is in storage already");
    RETURN_IF_ERROR(
        WriteFilestore(ctx, taking, incremental, store, target, *writer, taken.warnings));
  }
  target.BeginPart(RecipeTarget::Holds::kRest);
  ASSIGN_OR_RETURN(taken.manifest, writer->Finish(ctx, std::move(taken.manifest)));
  RETURN_IF_ERROR(target.EndPart(ctx));
  RETURN_IF_ERROR(target.Close(ctx));
  taken.archive_bytes = target.archive_bytes();
  taking.progress(1, fmt::format("{:.1f} of {:.1f} MB were new",
                                 static_cast<double>(target.written_bytes()) / 1e6,
                                 static_cast<double>(taken.archive_bytes) / 1e6));
  log::Info("incremental.taken", {{"backup", incremental.backup.id.value},
                                  {"archive_bytes", std::to_string(taken.archive_bytes)},
                                  {"written_bytes", std::to_string(target.written_bytes())}});
  return {};
}

}  // namespace reprise::backup
