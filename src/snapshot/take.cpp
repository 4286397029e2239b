#include <fmt/format.h>

#include "domain/names.hpp"
#include "jobs/plain_workflow.hpp"
#include "odoo/toolbox.hpp"
#include "postgres/fenced_copy.hpp"
#include "postgres/load.hpp"
#include "restore/before_steps.hpp"
#include "snapshot/live_dump.hpp"
#include "snapshot/work.hpp"

namespace reprise::snapshot {
namespace {

using domain::Snapshot;
using domain::SnapshotStatus;

constexpr std::string_view kTakenAt = "taken_at";              // microseconds since 1970
constexpr std::string_view kDatabaseBytes = "database_bytes";  // of the live one
// As for an environment's first backup: what is compressed already gets no smaller.
constexpr ByteCount kLivePerDumpByte = 2;
constexpr std::uint64_t kSlowestBytesPerSecond = 10'000'000;  // of a dump

std::optional<std::int64_t> NumberFact(const jobs::StepRun& run, std::string_view key) {
  const auto saved = run.Saved(key);
  if (!saved || !saved->is_int64()) return std::nullopt;
  return saved->get_int64();
}

Status Validate(const Context& ctx, const Work& work, jobs::StepRun& run) {
  RETURN_IF_ERROR(BeginAttempt(ctx, work));
  ASSIGN_OR_RETURN(const std::uint64_t bytes,
                   work.cluster().DatabaseBytes(ctx, work.environment.db_name));
  RETURN_IF_ERROR(run.Save(kDatabaseBytes, boost::json::value(static_cast<std::int64_t>(bytes))));
  return work.Reserve(ctx, run, bytes, bytes / kLivePerDumpByte);
}

// The new database sorts as the one that it is a copy of.
Result<postgres::SideDatabase> DescribeSide(const Context& ctx, const Work& work,
                                            const jobs::StepRun& run) {
  const std::string& live_name = work.environment.db_name;
  postgres::SideDatabase side;
  side.name = domain::SideDatabaseName(live_name, work.snapshot.id.value, run.epoch());
  side.loader_role = domain::LoaderRoleName(work.snapshot.id.value, run.epoch());
  side.final_owner = work.environment.db_user;
  ASSIGN_OR_RETURN(const auto live, work.cluster().FindDatabase(ctx, live_name));
  if (!live) {
    return Fail(ErrorCode::kDatabaseFailed,
                fmt::format(R"(there is no database "{}" in {})", live_name,
                            work.environment.containers.db),
                "restore a backup into the environment");
  }
  side.collate = live->collate;
  side.ctype = live->ctype;
  return side;
}

// That of a load, and time for the dump, which a restore does not have.
std::chrono::seconds TimeLimit(const Work& work, const jobs::StepRun& run) {
  const auto bytes = static_cast<std::uint64_t>(NumberFact(run, kDatabaseBytes).value_or(0));
  return work.parts.settings.load_time_limit + std::chrono::seconds(bytes / kSlowestBytesPerSecond);
}

Status LinkFiles(const Context& ctx, const Work& work, const jobs::StepRun& run) {
  ASSIGN_OR_RETURN(const odoo::Toolbox toolbox,
                   odoo::Toolbox::Start(ctx, *work.engine, work.environment.containers.odoo,
                                        work.Owner(run), "snapshot"));
  const std::string live = work.FilesOf(work.environment.db_name);
  ASSIGN_OR_RETURN(const bool has_files, toolbox.Exists(ctx, live));
  const std::string kept = work.FilesOf(work.KeptName());
  if (has_files) return toolbox.LinkAll(ctx, live, kept);
  // Without a folder of its own a rollback would take it back to the files of later.
  ASSIGN_OR_RETURN(const odoo::FileOwner owner, toolbox.OwnerOf(ctx, work.environment.data_dir));
  RETURN_IF_ERROR(toolbox.MakeDirectory(ctx, kept));
  return toolbox.ChangeOwner(ctx, kept, owner);
}

Status CopyLive(const Context& ctx, const Work& work, jobs::StepRun& run) {
  const Clock& clock = work.parts.clock;
  postgres::Cluster cluster = work.cluster();
  ASSIGN_OR_RETURN(const postgres::SideDatabase side, DescribeSide(ctx, work, run));
  // The files right after the moment that the dump is of, so that every row of it has its file.
  ASSIGN_OR_RETURN(auto session,
                   postgres::SnapshotSession::Open(ctx, cluster, work.environment.db_name));
  RETURN_IF_ERROR(run.Save(kTakenAt, boost::json::value(ToMicros(clock.Now()))));
  RETURN_IF_ERROR(LinkFiles(ctx, work, run));
  ASSIGN_OR_RETURN(const auto live, LiveDump::Of(ctx, cluster, work.environment.db_name, *session));
  // While it is open, nothing that dies in the live database is cleaned up.
  live->WhenRead([&session] { session.reset(); });
  postgres::LoadOptions options{.jobs = work.parts.settings.load_jobs,
                                .time_limit = TimeLimit(work, run),
                                .labels = work.Owner(run).labels(),
                                .client_name = work.Owner(run).Name("load"),
                                .log = [&](std::string line) { run.Log(std::move(line)); }};
  options.inspect = [&](const Context& inner, const postgres::Cluster& as_loader) {
    return restore::CheckLoaded(inner, as_loader, side.name, live->manifest());
  };
  postgres::Loader loader(cluster, std::move(options));
  RETURN_IF_ERROR(loader.LoadAndFinish(ctx, *live, side, [&](double fraction, std::string detail) {
    run.Progress(fraction, std::move(detail));
  }));
  RETURN_IF_ERROR(run.CheckOwner());
  RETURN_IF_ERROR(
      postgres::FenceAs(ctx, cluster, side.name, work.KeptName(), work.environment.db_user));
  return cluster.DropRole(ctx, side.loader_role);
}

Status Copy(const Context& ctx, const Work& work, jobs::StepRun& run) {
  RETURN_IF_ERROR(BeginAttempt(ctx, work));
  // Written before it is made, so that it is found whatever happens.
  RETURN_IF_ERROR(work.Record([&](Snapshot& row) -> Status {
    row.database_name = work.KeptName();
    return {};
  }));
  ASSIGN_OR_RETURN(const Snapshot row, work.parts.snapshots.Get(work.snapshot.id));
  RETURN_IF_ERROR(run.CheckOwner());
  RETURN_IF_ERROR(RemoveWhatStands(ctx, work, row, run));
  Status copied = CopyLive(ctx, work, run);
  if (!copied) {
    return Fail(restore::WithFullDisk(ctx, *work.engine, work.environment.containers.db,
                                      std::move(copied.error())));
  }
  return work.Record([&](Snapshot& kept) -> Status {
    kept.taken_at = FromMicros(NumberFact(run, kTakenAt).value_or(0));
    kept.database_bytes = static_cast<std::uint64_t>(NumberFact(run, kDatabaseBytes).value_or(0));
    return {};
  });
}

Status TakeBack(const Context& ctx, const Work& work, jobs::StepRun& run) {
  RETURN_IF_ERROR(BeginAttempt(ctx, work));
  ASSIGN_OR_RETURN(const Snapshot row, work.parts.snapshots.Get(work.snapshot.id));
  RETURN_IF_ERROR(RemoveWhatStands(ctx, work, row, run));
  return work.Record([](Snapshot& gone) -> Status {
    gone.database_name.clear();
    return {};
  });
}

// A failure that left something keeps its database's name: the janitor comes for it.
Status Ended(const Work& work, const std::optional<jobs::Failure>& failure) {
  RETURN_IF_ERROR(work.Record([&](Snapshot& row) -> Status {
    row.status = failure ? SnapshotStatus::kFailed : SnapshotStatus::kKept;
    if (!failure) {
      // As long as was asked for from now on: taking it may have taken longer.
      if (row.expires_at)
        row.expires_at = work.parts.clock.Now() + (*row.expires_at - row.created_at);
      return {};
    }
    row.error_code = NameOf(failure->error.code);
    row.error_message = failure->error.Sentence();
    row.ended_at = work.parts.clock.Now();
    return {};
  }));
  [[maybe_unused]] const Status freed =
      work.parts.space.Free(work.task.id, catalog::HoldOf(work.task));
  return {};
}

}  // namespace

Result<std::unique_ptr<jobs::Workflow>> MakeTakeWorkflow(const SnapshotParts& parts,
                                                         const domain::Task& task) {
  ASSIGN_OR_RETURN(const WorkPtr work, OpenWork(parts, task));
  std::vector<jobs::PlainStep> steps;
  steps.push_back(
      {.name = "validate", .weight = 1, .run = [work](const Context& ctx, jobs::StepRun& run) {
         return Validate(ctx, *work, run);
       }});
  steps.push_back(
      {.name = "copy",
       .after = {"validate"},
       .weight = 30,
       .run = [work](const Context& ctx, jobs::StepRun& run) { return Copy(ctx, *work, run); },
       .undo = [work](const Context& ctx,
                      jobs::StepRun& run) { return TakeBack(ctx, *work, run); }});
  return std::make_unique<jobs::PlainWorkflow>(
      std::move(steps), [work](const Context&, const std::optional<jobs::Failure>& failure) {
        return Ended(*work, failure);
      });
}

}  // namespace reprise::snapshot
