#include <fmt/format.h>

#include <boost/json/value_from.hpp>

#include "domain/names.hpp"
#include "odoo/safe_copy.hpp"
#include "postgres/load.hpp"
#include "restore/cutover.hpp"
#include "restore/safe_copy_policy.hpp"
#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

constexpr std::string_view kLiveCollate = "live_collate";
constexpr std::string_view kLiveCtype = "live_ctype";
constexpr std::string_view kLiveOid = "live_oid";

// Loads the dump into a database beside the live one, which goes on serving. Strategy in_place has
// no room for two: there the live one is dropped first, and the safety backup is what it is taken
// back from. Taken back by dropping the side database and its role.
class LoadDatabaseStep final : public RestoreStep {
 public:
  using RestoreStep::RestoreStep;
  [[nodiscard]] std::string_view name() const override { return step::kLoadDatabase; }
  [[nodiscard]] std::vector<std::string_view> after() const override { return {step::kDownload}; }
  [[nodiscard]] double weight() const override { return 30; }
  [[nodiscard]] bool must_be_undone() const override { return session().IsInPlace(); }

  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    ASSIGN_OR_RETURN(const domain::Environment target, session().Target());
    Status loaded = LoadBeside(ctx, target, run);
    if (loaded) return loaded;
    return Fail(
        WithFullDisk(ctx, session().engine(), target.containers.db, std::move(loaded.error())));
  }

  [[nodiscard]] Status TakeBack(const Context& ctx, jobs::StepRun& run) override {
    ASSIGN_OR_RETURN(const auto target, session().TargetIfMade());
    if (!target || target->containers.db.empty()) return {};
    const auto container = session().engine().Inspect(ctx, target->containers.db);
    if (!container && container.error().code == ErrorCode::kContainerMissing) return {};
    const postgres::Cluster cluster = ClusterOf(*target);
    RETURN_IF_ERROR(RemoveSides(ctx, cluster, *target));
    if (!run.Saved(fact::kLiveDropped)) return {};
    return BringLiveBack(ctx, cluster, *target, run);
  }

 private:
  Status LoadBeside(const Context& ctx, const domain::Environment& target, jobs::StepRun& run) {
    const postgres::Cluster cluster = ClusterOf(target).KeptOpen(ctx);
    RETURN_IF_ERROR(RemoveSides(ctx, cluster, target));
    ASSIGN_OR_RETURN(postgres::SideDatabase side, DescribeSide(ctx, cluster, target, run));
    RETURN_IF_ERROR(run.Save(fact::kSideDatabase, boost::json::value(side.name)));
    if (session().IsInPlace()) RETURN_IF_ERROR(DropLive(ctx, cluster, target, run));
    RETURN_IF_ERROR(run.CheckOwner());
    ASSIGN_OR_RETURN(const auto open, session().OpenBackup(ctx));
    return Load(ctx, *open.reader, side, target, run);
  }

  [[nodiscard]] const std::string& restore_id() const { return session().restore().id.value; }

  Status RemoveSides(const Context& ctx, const postgres::Cluster& cluster,
                     const domain::Environment& target) {
    return postgres::RemoveSide(ctx, cluster,
                                domain::SideDatabasePrefix(target.db_name, restore_id()),
                                domain::LoaderRolePrefix(restore_id()));
  }

  // The new database sorts as the one that it replaces.
  Result<postgres::SideDatabase> DescribeSide(const Context& ctx, const postgres::Cluster& cluster,
                                              const domain::Environment& target,
                                              jobs::StepRun& run) {
    postgres::SideDatabase side;
    side.name = domain::SideDatabaseName(target.db_name, restore_id(), run.epoch());
    side.loader_role = domain::LoaderRoleName(restore_id(), run.epoch());
    side.final_owner = target.db_user;
    ASSIGN_OR_RETURN(const auto live, cluster.FindDatabase(ctx, target.db_name));
    if (live && !run.Saved(kLiveCollate)) {
      // Written down: in place, the live one is gone when it is asked for again.
      RETURN_IF_ERROR(run.Save(kLiveCtype, boost::json::value(live->ctype)));
      RETURN_IF_ERROR(run.Save(kLiveCollate, boost::json::value(live->collate)));
    }
    side.collate = RestoreSession::TextFact(run, kLiveCollate);
    side.ctype = RestoreSession::TextFact(run, kLiveCtype);
    return side;
  }

  Status DropLive(const Context& ctx, const postgres::Cluster& cluster,
                  const domain::Environment& target, jobs::StepRun& run) {
    if (run.Saved(fact::kLiveDropped) && !run.Saved(kLiveOid)) return {};  // there was none
    ASSIGN_OR_RETURN(auto live, cluster.FindDatabase(ctx, target.db_name));
    RETURN_IF_ERROR(run.CheckOwner());
    if (live && !run.Saved(kLiveOid)) {
      RETURN_IF_ERROR(run.Save(kLiveOid, boost::json::value(live->oid)));
    }
    RETURN_IF_ERROR(run.Save(fact::kLiveDropped, boost::json::value(true)));
    RETURN_IF_ERROR(session().SetTargetStatus(domain::EnvironmentStatus::kRestoring, ""));
    RETURN_IF_ERROR(TakeDown(ctx, CutoverWith(session()), target, run));
    if (!live) return {};
    // The one that was live when the restore began: whoever wakes up late drops no other.
    live->oid = RestoreSession::TextFact(run, kLiveOid);
    return cluster.DropDatabase(ctx, *live);
  }

  // What of it can be done beside Odoo's own look is left to `prove`. Whoever changes rows before
  // that finds all done.
  Status Load(const Context& ctx, archive::BackupReader& reader, const postgres::SideDatabase& side,
              const domain::Environment& target, jobs::StepRun& run) {
    const postgres::Cluster cluster = ClusterOf(target).KeptOpen(ctx);
    postgres::LoadOptions options = Options(reader, side, run);
    options.change = [&](const Context& inner, const postgres::Cluster& as_loader) {
      return MakeSafe(inner, as_loader, side.name, target, run);
    };
    postgres::Loader loader(cluster, std::move(options));
    if (WantsMakeSafe(session().request())) {
      return loader.LoadAndFinish(ctx, reader, side, Telling(run));
    }
    ASSIGN_OR_RETURN(const postgres::KeyOids left, loader.Load(ctx, reader, side, Telling(run)));
    return run.Save(fact::kKeysLeft, boost::json::value_from(left));
  }

  [[nodiscard]] postgres::LoadOptions Options(archive::BackupReader& reader,
                                              const postgres::SideDatabase& side,
                                              jobs::StepRun& run) const {
    const RestoreSettings& settings = session().parts().settings;
    return {
        .jobs = settings.load_jobs,
        .time_limit = settings.load_time_limit,
        .labels = session().Owner(run).labels(),
        .client_name = session().Owner(run).Name("load"),
        .log = [&run](std::string line) { run.Log(std::move(line)); },
        .inspect =
            [&reader, name = side.name](const Context& ctx, const postgres::Cluster& as_loader) {
              return CheckLoaded(ctx, as_loader, name, reader.manifest());
            }};
  }

  static postgres::LoadProgress Telling(jobs::StepRun& run) {
    return
        [&run](double fraction, std::string detail) { run.Progress(fraction, std::move(detail)); };
  }

  Status MakeSafe(const Context& ctx, const postgres::Cluster& as_loader,
                  const std::string& database, const domain::Environment& target,
                  jobs::StepRun& run) {
    const SafeCopyPolicy policy = DecideSafeCopy(session().request(), session().backup(), target);
    if (policy.reset_identity) {
      RETURN_IF_ERROR(odoo::ResetIdentity(ctx, as_loader, database, target.url));
      run.Log("the copy got an identity of its own (database.uuid, database.secret)");
    }
    if (policy.neutralize) {
      ASSIGN_OR_RETURN(const odoo::WhatActs acts, odoo::CountWhatActs(ctx, as_loader, database));
      RETURN_IF_ERROR(run.Save(kActedBefore, boost::json::value_from(acts)));
    }
    if (policy.neutralize && odoo::HasBuiltInNeutralize(target.odoo_version)) {
      RETURN_IF_ERROR(odoo::NeutralizeBuiltIn(ctx, as_loader, database));
      run.Log("mail servers, crons and payment providers of the copy were switched off");
    }
    return {};
  }

  // After in_place: what was dropped comes back from the safety backup.
  Status BringLiveBack(const Context& ctx, const postgres::Cluster& cluster,
                       const domain::Environment& target, jobs::StepRun& run) {
    ASSIGN_OR_RETURN(const auto live, cluster.FindDatabase(ctx, target.db_name));
    if (live && run.Saved(fact::kSwapBegun) && !run.Saved(fact::kSwapTakenBack)) {
      return Fail(ErrorCode::kConflict,
                  fmt::format("\"{}\" may still be the restored database: it could not be removed",
                              target.db_name),
                  "the previous one is in the safety backup");
    }
    if (!live) {
      run.Log("bringing the previous database back from the safety backup");
      const domain::BackupId safety{RestoreSession::TextFact(run, fact::kSafetyBackup)};
      ASSIGN_OR_RETURN(const domain::Backup backup, session().parts().backups.Get(safety));
      ASSIGN_OR_RETURN(const auto source,
                       session().parts().store.Open(ctx, domain::StorageAddressOf(backup)));
      ASSIGN_OR_RETURN(const auto reader, archive::OpenBackup(ctx, *source));
      ASSIGN_OR_RETURN(const postgres::SideDatabase side, DescribeSide(ctx, cluster, target, run));
      postgres::Loader loader(cluster, Options(*reader, side, run));
      RETURN_IF_ERROR(loader.LoadAndFinish(ctx, *reader, side, Telling(run)));
      RETURN_IF_ERROR(postgres::SwapDatabases(ctx, cluster,
                                              {.live = target.db_name,
                                               .incoming = side.name,
                                               .outgoing = {},
                                               .owner = target.db_user,
                                               .replaces = false}));
      RETURN_IF_ERROR(RemoveSides(ctx, cluster, target));
    }
    RETURN_IF_ERROR(BringUp(ctx, CutoverWith(session()), target, run));
    return session().SetTargetStatus(domain::EnvironmentStatus::kRunning, "");
  }
};

}  // namespace

StepPtr MakeLoadDatabaseStep(RestoreSession& session) {
  return std::make_unique<LoadDatabaseStep>(session);
}

}  // namespace reprise::restore
