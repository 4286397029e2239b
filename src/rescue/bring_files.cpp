#include "rescue/bring_files.hpp"

#include <fmt/format.h>

#include <set>

#include "base/id.hpp"
#include "base/log.hpp"
#include "domain/names.hpp"
#include "odoo/toolbox.hpp"
#include "rescue/tolerant_archive.hpp"
#include "restore/before_steps.hpp"
#include "restore/restore_session.hpp"
#include "restore/staged_files.hpp"

namespace reprise::rescue {
namespace {

using restore::RestoreSession;

constexpr std::chrono::minutes kCleaning{1};

using Outcomes = std::map<std::string, FileOutcome>;

// Streams the wanted files out of the archive into a folder beside the live filestore; those that
// came whole. Of the others `outcomes` says why.
Result<std::vector<std::string>> Fetch(const Context& ctx, const odoo::Toolbox& toolbox,
                                       const std::string& staging, archive::BackupReader& reader,
                                       const std::set<std::string>& wanted, Outcomes& outcomes) {
  TolerantArchive tolerant(reader);
  std::vector<std::string> fetched;
  const auto damaged = [](const std::string& why) {
    return fmt::format("its file is damaged in the backup{}: use another backup", why);
  };
  const auto streamed = restore::FetchFiles(
      ctx, toolbox, staging, tolerant,
      [&](const archive::FilestoreFile& file) { return wanted.contains(file.path); },
      [&](const archive::FilestoreFile& file, const std::string& sha1) -> Status {
        if (file.path.ends_with("/" + sha1)) {
          fetched.push_back(file.path);
        } else {
          outcomes[file.path].error = damaged("");
        }
        return {};
      });
  if (!streamed) return Fail(streamed.error());
  for (const std::string& path : wanted) {
    const auto why = tolerant.WhyNot(path);
    if (why) outcomes[path].error = damaged(fmt::format(" ({})", why->message));
  }
  return fetched;
}

// Odoo must be able to put files of its own into the folders that this makes.
Status LinkInto(const Context& ctx, const odoo::Toolbox& toolbox, const std::string& staging,
                const std::string& live, const odoo::FileOwner& owner,
                const std::vector<std::string>& paths) {
  std::set<std::string> folders{live};
  for (const std::string& path : paths) folders.insert(live + "/" + path.substr(0, 2));
  for (const std::string& folder : folders) {
    ASSIGN_OR_RETURN(const bool is_there, toolbox.Exists(ctx, folder));
    if (is_there) continue;
    RETURN_IF_ERROR(toolbox.MakeDirectoryOf(ctx, folder, owner));
  }
  RETURN_IF_ERROR(toolbox.Link(ctx, staging, live, paths));
  return toolbox.Flush(ctx, live, paths);
}

Result<std::vector<std::string>> Bring(const Context& ctx, const RescueDesk& desk,
                                       const OpenMount& open, const odoo::Toolbox& toolbox,
                                       const std::set<std::string>& wanted, Outcomes& outcomes) {
  const domain::Environment& target = open.environment;
  ASSIGN_OR_RETURN(const domain::Backup backup, desk.parts().backups.Get(open.mount.backup_id));
  ASSIGN_OR_RETURN(const auto archive, restore::OpenVerified(ctx, desk.parts().store, backup));
  const std::string staging = RestoreSession::FilestoreOf(
      target, fmt::format("{}{}", domain::SideDatabasePrefix(target.db_name, open.mount.id.value),
                          RandomHex(4)));
  RETURN_IF_ERROR(toolbox.MakeDirectory(ctx, staging));
  const auto work = [&]() -> Result<std::vector<std::string>> {
    ASSIGN_OR_RETURN(const odoo::FileOwner owner, toolbox.OwnerOf(ctx, target.data_dir));
    ASSIGN_OR_RETURN(auto fetched, Fetch(ctx, toolbox, staging, *archive.reader, wanted, outcomes));
    RETURN_IF_ERROR(toolbox.ChangeOwnerOfTree(ctx, staging, owner));
    RETURN_IF_ERROR(toolbox.Flush(ctx, staging, fetched));
    RETURN_IF_ERROR(desk.parts().service.CheckLiveIsFree(target.id));  // a restore may have begun
    RETURN_IF_ERROR(LinkInto(ctx, toolbox, staging, open.LiveFilestore(), owner, fetched));
    return fetched;
  };
  auto done = work();
  // Also when the call's time is over, or its caller has gone.
  const Status removed = toolbox.Remove(Context().WithTimeout(kCleaning), staging);
  if (!removed) {  // unmounting removes it
    log::Warning("mount.staged_left",
                 {{"directory", staging}, {"error", removed.error().Sentence()}});
  }
  return done;
}

}  // namespace

Result<Outcomes> BringFiles(const Context& ctx, const RescueDesk& desk, const OpenMount& open,
                            const std::vector<Attachment>& attachments) {
  Outcomes files;
  std::set<std::string> wanted;
  std::vector<std::string> there;
  for (const Attachment& one : attachments) {
    if (one.store_name.empty() || files.contains(one.store_name)) continue;
    FileOutcome& outcome = files[one.store_name];
    if (one.has_live_file) {
      outcome.file = BroughtFile::kThere;
      there.push_back(one.store_name);
    } else {
      outcome.error = "the backup has its row, but not its file";
      wanted.insert(one.store_name);
    }
  }
  if (files.empty()) return files;
  const odoo::Glimpse::Helper helper = desk.NewHelper();
  ASSIGN_OR_RETURN(const odoo::Toolbox toolbox,
                   odoo::Toolbox::Start(ctx, *open.engine, open.environment.containers.odoo,
                                        helper.name, helper.labels));
  const std::string live = open.LiveFilestore();
  RETURN_IF_ERROR(
      toolbox.Hash(ctx, live, there, [&](const std::string& path, const std::string& sha1) {
        if (!path.ends_with("/" + sha1)) files[path].file = BroughtFile::kDamaged;
      }));
  if (wanted.empty()) return files;
  ASSIGN_OR_RETURN(const auto brought, Bring(ctx, desk, open, toolbox, wanted, files));
  for (const std::string& path : brought) files[path] = {BroughtFile::kBrought, ""};
  return files;
}

}  // namespace reprise::rescue
