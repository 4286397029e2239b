#include <fmt/format.h>

#include <map>
#include <set>

#include "domain/names.hpp"
#include "restore/staged_files.hpp"
#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

std::string InMegabytes(ByteCount bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

// Builds the backup's filestore in a directory beside the live one. Names are hashes of contents: a
// file that the target has under the same name, with the same hash, is hard-linked; only the rest
// is fetched from the archive. Taken back by removing the directory.
class StageFilestoreStep final : public RestoreStep {
 public:
  using RestoreStep::RestoreStep;
  [[nodiscard]] std::string_view name() const override { return step::kStageFilestore; }
  [[nodiscard]] std::vector<std::string_view> after() const override { return {step::kDownload}; }
  [[nodiscard]] double weight() const override { return 15; }

  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    ASSIGN_OR_RETURN(const domain::Environment target, session().Target());
    ASSIGN_OR_RETURN(const odoo::Toolbox toolbox,
                     odoo::Toolbox::Start(ctx, session().engine(), target.containers.odoo,
                                          session().Owner(run), "files"));
    const std::string staging = StagingDirectory(session(), target);
    const std::string live = RestoreSession::FilestoreOf(target, target.db_name);
    RETURN_IF_ERROR(toolbox.MakeDirectory(ctx, RestoreSession::FilestoreRoot(target)));
    session().RememberHashed({});
    RETURN_IF_ERROR(toolbox.Remove(ctx, staging));
    RETURN_IF_ERROR(toolbox.MakeDirectory(ctx, staging));
    ASSIGN_OR_RETURN(const auto open, session().OpenBackup(ctx));

    ASSIGN_OR_RETURN(const Shared shared, LinkShared(ctx, toolbox, live, staging, *open.reader));
    run.Progress(0.1, fmt::format("{} files are in place already", shared.size()));
    Staged staged;
    ASSIGN_OR_RETURN(const HashedFrom hashed_from,
                     Fetch(ctx, toolbox, staging, *open.reader, shared, run, staged));
    RETURN_IF_ERROR(toolbox.RemoveFiles(ctx, staging, Surplus(shared, staged)));
    ASSIGN_OR_RETURN(const odoo::FileOwner owner, toolbox.OwnerOf(ctx, target.data_dir));
    RETURN_IF_ERROR(toolbox.ChangeOwner(ctx, RestoreSession::FilestoreRoot(target), owner));
    RETURN_IF_ERROR(toolbox.ChangeOwnerOfTree(ctx, staging, owner));
    // Before the swap all of it is on the disk: a power cut after it must not cost files.
    RETURN_IF_ERROR(toolbox.Flush(ctx, staging, staged.fetched));
    run.Log(fmt::format("{} files linked from the live filestore, {} files ({}) fetched",
                        staged.linked.size(), staged.fetched.size(),
                        InMegabytes(staged.fetched_bytes)));
    std::set<std::string> hashed = std::move(staged.linked);
    if (hashed_from == HashedFrom::kFile) {
      hashed.insert(staged.fetched.begin(), staged.fetched.end());
    }
    session().RememberHashed(std::move(hashed));
    return {};
  }

  [[nodiscard]] Status TakeBack(const Context& ctx, jobs::StepRun& run) override {
    ASSIGN_OR_RETURN(const auto target, session().TargetIfMade());
    if (!target || target->containers.odoo.empty()) return {};
    return RemoveStaged(ctx, session().engine(), *target, session().Owner(run),
                        session().restore().id.value);
  }

 private:
  // Files that were linked from the target; their content was hashed since.
  using Shared = std::map<std::string, ByteCount>;

  struct Staged {
    std::set<std::string> linked;  // a filter may be asked twice of a file
    std::vector<std::string> fetched;
    ByteCount fetched_bytes = 0;
  };

  // Files of the live filestore that the backup may have as well.
  static Result<std::vector<std::string>> FindCandidates(const Context& ctx,
                                                         const odoo::Toolbox& toolbox,
                                                         const std::string& live,
                                                         archive::BackupReader& reader) {
    ASSIGN_OR_RETURN(const auto there, toolbox.List(ctx, live));
    Shared sizes;
    for (const archive::FilestoreFile& file : there) sizes.emplace(file.path, file.size);
    std::vector<std::string> candidates;
    if (const auto listing = reader.filestore_listing()) {
      for (const archive::FilestoreFile& file : *listing) {
        const auto found = sizes.find(file.path);
        if (found != sizes.end() && found->second == file.size) candidates.push_back(file.path);
      }
    } else {
      for (const auto& [path, size] : sizes) candidates.push_back(path);
    }
    return candidates;
  }

  // First linked, then looked at: Odoo serves meanwhile, and its garbage collector removes files
  // from the live filestore at any moment, but not from the staging directory.
  static Result<Shared> LinkShared(const Context& ctx, const odoo::Toolbox& toolbox,
                                   const std::string& live, const std::string& staging,
                                   archive::BackupReader& reader) {
    ASSIGN_OR_RETURN(const auto candidates, FindCandidates(ctx, toolbox, live, reader));
    RETURN_IF_ERROR(toolbox.Link(ctx, live, staging, candidates));
    ASSIGN_OR_RETURN(const auto linked, toolbox.List(ctx, staging));
    Shared shared;
    std::vector<std::string> paths;
    for (const archive::FilestoreFile& file : linked) {
      shared.emplace(file.path, file.size);
      paths.push_back(file.path);
    }
    std::vector<std::string> damaged;
    RETURN_IF_ERROR(
        toolbox.HashOwn(ctx, staging, paths, [&](const std::string& path, const std::string& sha1) {
          if (!path.ends_with("/" + sha1)) damaged.push_back(path);
        }));
    RETURN_IF_ERROR(toolbox.RemoveFiles(ctx, staging, damaged));
    for (const std::string& path : damaged) shared.erase(path);
    return shared;
  }

  // What was linked and is not in the backup: only for an archive that has no list of its files.
  static std::vector<std::string> Surplus(const Shared& shared, const Staged& staged) {
    const std::set<std::string_view> fetched(staged.fetched.begin(), staged.fetched.end());
    std::vector<std::string> surplus;
    for (const auto& [path, size] : shared) {
      if (!staged.linked.contains(path) && !fetched.contains(path)) surplus.push_back(path);
    }
    return surplus;
  }

  // Streams what is not shared out of the archive into the staging directory; each file has to hash
  // to its name.
  Result<HashedFrom> Fetch(const Context& ctx, const odoo::Toolbox& toolbox,
                           const std::string& staging, archive::BackupReader& reader,
                           const Shared& shared, jobs::StepRun& run, Staged& staged) {
    const auto wanted = [&](const archive::FilestoreFile& file) {
      const auto found = shared.find(file.path);
      if (found == shared.end() || found->second != file.size) return true;
      staged.linked.insert(file.path);
      return false;
    };
    const double all =
        static_cast<double>(std::max<ByteCount>(session().backup().filestore_size, 1));
    const auto came = [&](const archive::FilestoreFile& file, const std::string& sha1) -> Status {
      if (!file.path.ends_with("/" + sha1)) {
        return Fail(
            ErrorCode::kProofFailed,
            fmt::format("the filestore file {} of the backup is damaged: its content hashes "
                        "to {}",
                        file.path, sha1),
            "use another backup");
      }
      staged.fetched.push_back(file.path);
      staged.fetched_bytes += file.size;
      run.Progress(0.1 + 0.85 * std::min(1.0, static_cast<double>(staged.fetched_bytes) / all),
                   fmt::format("{} files, {} fetched", staged.fetched.size(),
                               InMegabytes(staged.fetched_bytes)));
      return {};
    };
    return FetchFiles(ctx, toolbox, staging, reader, wanted, came);
  }
};

}  // namespace

std::string StagingDirectory(const RestoreSession& session, const domain::Environment& target) {
  return RestoreSession::FilestoreOf(
      target, domain::SideDatabasePrefix(target.db_name, session.restore().id.value) + "files");
}

bool WantsFilestore(const RestoreSession& session) {
  return session.request().include_filestore && session.backup().include_filestore;
}

StepPtr MakeStageFilestoreStep(RestoreSession& session) {
  return std::make_unique<StageFilestoreStep>(session);
}

}  // namespace reprise::restore
