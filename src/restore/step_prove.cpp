#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>
#include <map>
#include <optional>

#include "base/task_group.hpp"
#include "odoo/glimpse.hpp"
#include "odoo/registry.hpp"
#include "odoo/safe_copy.hpp"
#include "postgres/finish_load.hpp"
#include "proof/document.hpp"
#include "restore/safe_copy_policy.hpp"
#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostNames = 10'000;  // of missing files and orphans, in the report
constexpr std::size_t kMostTold = 20;       // of them in a sentence

std::string NamesIn(const json::array& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostTold); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", std::string_view(names[i].get_string()));
  }
  return names.size() > kMostTold ? text + ", …" : text;
}

// Proves that what stands beside the live environment is whole, before it may take its place: every
// foreign key holds, every attachment has its file, every file hashes to its name, and the target's
// own Odoo loads the registry on it. All at once, and the planner's statistics are made meanwhile.
// Then all in the database is Odoo's. Changes nothing live; what it starts are helpers.
class ProveStep final : public RestoreStep {
 public:
  using RestoreStep::RestoreStep;
  [[nodiscard]] std::string_view name() const override { return step::kProve; }
  [[nodiscard]] std::vector<std::string_view> after() const override {
    if (WantsMakeSafe(session().request())) return {step::kMakeSafe};
    if (WantsFilestore(session())) return {step::kLoadDatabase, step::kStageFilestore};
    return {step::kLoadDatabase};
  }
  [[nodiscard]] double weight() const override { return 8; }

  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    ASSIGN_OR_RETURN(const domain::Environment target, session().Target());
    const std::string side = RestoreSession::TextFact(run, fact::kSideDatabase);
    json::object report;
    report["kind"] = "restore";
    report["restore_id"] = session().restore().id.value;
    report["backup_id"] = session().backup().id.value;
    report["archive"] =
        json::object{{"sha256", session().backup().sha256}, {"format", session().backup().format}};
    const postgres::Cluster cluster = ClusterOf(target).KeptOpen(ctx);
    RETURN_IF_ERROR(ProveDatabase(ctx, cluster, side, report));
    run.Progress(0, "reading the files, validating foreign keys, and loading Odoo's registry");
    std::optional<odoo::Toolbox> helper;
    const auto beside = [&](const Context& inner, const postgres::Cluster& reader) {
      return ProveByOdoo(inner, {reader, side}, target, run, report, helper);
    };
    RETURN_IF_ERROR(FinishDatabase(ctx, cluster, target, run, beside));
    // Once more: functions of the dump ran since, and from here on none does.
    RETURN_IF_ERROR(ProveDatabase(ctx, cluster, side, report));
    if (helper) session().SetAside(*std::move(helper));  // for the swap
    report["proven_at"] = FormatInstant(session().parts().clock.Now());
    const std::string document = proof::Seal(std::move(report), session().parts().settings.signer);
    return session().Record([&](domain::RestorePoint& row) { row.proof_json = document; });
  }

  // The helper has the target's volumes, which a step before may have to remove.
  [[nodiscard]] Status TakeBack(const Context&, jobs::StepRun&) override {
    session().RemoveSetAside();
    return {};
  }

 private:
  Status ProveDatabase(const Context& ctx, const postgres::Cluster& cluster,
                       const std::string& side, json::object& report) {
    // Only catalogues are asked: reading a stranger's tables or views as administrator could run
    // what stands behind them. Rows were counted by the loader's own role.
    ASSIGN_OR_RETURN(
        const auto rows,
        cluster.Query(ctx, side,
                      "SELECT relname FROM pg_catalog.pg_class WHERE relkind = 'r' AND "
                      "relnamespace = 'public'::regnamespace AND "
                      "relname IN ('res_users', 'res_partner', 'ir_attachment', "
                      "'ir_module_module', 'ir_model', 'ir_ui_view')"));
    if (rows.size() != 6) {
      return Fail(
          ErrorCode::kProofFailed,
          fmt::format("the loaded database has only {} of 6 tables that every Odoo database "
                      "has",
                      rows.size()),
          "the dump is not of an Odoo database, or not whole");
    }
    ASSIGN_OR_RETURN(const std::string tables,
                     cluster.QueryValue(ctx, side,
                                        "SELECT count(*) FROM pg_catalog.pg_class WHERE relkind = "
                                        "'r' AND relnamespace = 'public'::regnamespace"));
    ASSIGN_OR_RETURN(const std::uint64_t bytes, cluster.DatabaseBytes(ctx, side));
    report["database"] = json::object{
        {"tables", std::stoll(tables)}, {"bytes", bytes}, {"rows_compared", CountsKnown()}};
    return {};
  }

  // The loaded database, and by which login strangers' rows in it are read.
  struct Loaded {
    const postgres::Cluster& reader;
    const std::string& side;
  };

  // What the target's own container is needed for. Leaves `helper` standing.
  Status ProveByOdoo(const Context& ctx, const Loaded& loaded, const domain::Environment& target,
                     jobs::StepRun& run, json::object& report,
                     std::optional<odoo::Toolbox>& helper) {
    ASSIGN_OR_RETURN(odoo::Toolbox toolbox,
                     odoo::Toolbox::Start(ctx, session().engine(), target.containers.odoo,
                                          session().Owner(run), "prove"));
    odoo::Installation installation;  // asked for meanwhile
    TaskGroup look(ctx);
    look.Spawn([&](const Context& inner) -> Status {
      ASSIGN_OR_RETURN(
          const odoo::Glimpse glimpse,
          odoo::Glimpse::Through(inner, session().engine(), target.containers.odoo, toolbox));
      ASSIGN_OR_RETURN(installation, glimpse.ReadInstallation(inner));
      return {};
    });
    std::string directory = RestoreSession::FilestoreOf(target, target.db_name);
    if (WantsFilestore(session())) {
      ASSIGN_OR_RETURN(directory, NameLikeDatabase(ctx, toolbox, target, loaded.side));
    }
    RETURN_IF_ERROR(look.Join());
    json::object of_registry;  // each proof writes a report of its own
    TaskGroup group(ctx);
    group.Spawn([&](const Context& inner) {
      return ProveFilestore(inner, loaded, {toolbox, directory}, run, report);
    });
    group.Spawn([&](const Context& inner) {
      return ProveRegistry(inner, target, loaded, installation, run, of_registry);
    });
    RETURN_IF_ERROR(group.Join());
    for (auto& part : of_registry) report[part.key()] = std::move(part.value());
    helper.emplace(std::move(toolbox));
    return {};
  }

  // Where that is not done yet: what a load leaves to do.
  Status FinishDatabase(
      const Context& ctx, const postgres::Cluster& cluster, const domain::Environment& target,
      jobs::StepRun& run,
      const std::function<Status(const Context&, const postgres::Cluster&)>& beside) {
    const auto keys = run.Saved(fact::kKeysLeft);
    if (!keys) return beside(ctx, cluster);
    ASSIGN_OR_RETURN(const postgres::SideDatabase side, session().LoadedSide(ctx, target, run));
    const RestoreSettings& settings = session().parts().settings;
    return postgres::FinishLoad(
        ctx, cluster, side,
        {.jobs = settings.load_jobs,
         .time_limit = settings.load_time_limit,
         .left_not_valid = json::value_to<postgres::KeyOids>(*keys),
         .check_owner = [&run] { return run.CheckOwner(); },
         .before_hand_over = [&run, &side]() -> Status {
           RETURN_IF_ERROR(run.CheckOwner());
           return run.Save(fact::kHandedOver, json::value(side.name));
         },
         .hand_over_has_begun = RestoreSession::TextFact(run, fact::kHandedOver) == side.name,
         .beside = beside});
  }

  [[nodiscard]] bool CountsKnown() const { return session().backup().format == "reprise"; }

  struct Filestore {
    const odoo::Toolbox& toolbox;
    const std::string& directory;
  };

  Status ProveFilestore(const Context& ctx, const Loaded& loaded, const Filestore& filestore,
                        jobs::StepRun& run, json::object& report) {
    const bool staged = WantsFilestore(session());
    ASSIGN_OR_RETURN(const auto files, filestore.toolbox.List(ctx, filestore.directory));
    if (staged) RETURN_IF_ERROR(HashStaged(ctx, filestore, files, run));
    ASSIGN_OR_RETURN(const auto attachments,
                     loaded.reader.Query(ctx, loaded.side,
                                         "SELECT DISTINCT store_fname, file_size FROM ONLY "
                                         "public.ir_attachment WHERE store_fname IS NOT NULL"));
    return CompareAttachments(files, attachments, run, report);
  }

  // A registry check looks for the filestore under the side database's name, and so does the swap.
  Result<std::string> NameLikeDatabase(const Context& ctx, const odoo::Toolbox& toolbox,
                                       const domain::Environment& target, const std::string& side) {
    const std::string staging = StagingDirectory(session(), target);
    const std::string named = RestoreSession::FilestoreOf(target, side);
    const Status renamed = toolbox.Rename(ctx, staging, named);
    if (renamed) return named;
    ASSIGN_OR_RETURN(const bool still_staging, toolbox.Exists(ctx, staging));
    if (still_staging) return Fail(renamed.error());
    ASSIGN_OR_RETURN(const bool there, toolbox.Exists(ctx, named));  // by a try that came as far
    if (there) return named;
    return Fail(ErrorCode::kInternal, "the staged filestore is gone: " + named);
  }

  // All files but those that were hashed where they stand, when they were linked or written.
  Status HashStaged(const Context& ctx, const Filestore& filestore,
                    const std::vector<archive::FilestoreFile>& files, jobs::StepRun& run) {
    std::vector<std::string> paths;
    for (const archive::FilestoreFile& file : files) {
      if (!session().WasHashed(file.path)) paths.push_back(file.path);
    }
    std::string wrong;
    std::size_t hashed = 0;
    RETURN_IF_ERROR(filestore.toolbox.HashOwn(
        ctx, filestore.directory, paths, [&](const std::string& path, const std::string& sha1) {
          ++hashed;
          if (!path.ends_with("/" + sha1) && wrong.empty()) wrong = path;
          run.Progress(0.9 * static_cast<double>(hashed) / static_cast<double>(paths.size()),
                       fmt::format("{} of {} files hashed", hashed, paths.size()));
        }));
    if (wrong.empty() && hashed == paths.size()) return {};
    return Fail(
        ErrorCode::kProofFailed,
        wrong.empty()
            ? fmt::format("only {} of {} staged files could be read back", hashed, paths.size())
            : fmt::format("the staged filestore file {} does not hash to its name", wrong),
        "the disk of the target may be failing; look into its kernel log");
  }

  Status CompareAttachments(const std::vector<archive::FilestoreFile>& files,
                            const std::vector<postgres::QueryRow>& attachments, jobs::StepRun& run,
                            json::object& report) {
    std::map<std::string_view, ByteCount> there;
    for (const archive::FilestoreFile& file : files) there.emplace(file.path, file.size);
    json::array missing;
    json::array wrong_size;
    std::size_t missing_count = 0;
    std::map<std::string_view, ByteCount> orphans = there;
    for (const postgres::QueryRow& row : attachments) {
      const auto found = there.find(row[0]);
      orphans.erase(row[0]);
      if (found == there.end()) {
        ++missing_count;
        if (missing.size() < kMostNames) missing.emplace_back(row[0]);
      } else if (row.size() > 1 && !row[1].empty() && std::to_string(found->second) != row[1]) {
        if (wrong_size.size() < kMostNames) wrong_size.emplace_back(row[0]);
      }
    }
    json::array orphan_names;
    for (const auto& [path, size] : orphans) {
      if (orphan_names.size() < kMostNames) orphan_names.emplace_back(path);
    }
    report["filestore"] = json::object{{"restored", WantsFilestore(session())},
                                       {"files", files.size()},
                                       {"attachments", attachments.size()},
                                       {"missing", missing_count},
                                       {"missing_names", missing},
                                       {"wrong_size", wrong_size},
                                       {"orphans", orphans.size()},
                                       {"orphan_names", orphan_names}};
    if (missing_count > 0) {
      session().Warn(run,
                     fmt::format("{} of {} attachments are missing their file in the filestore{}",
                                 missing_count, attachments.size(),
                                 WantsFilestore(session())
                                     ? fmt::format(" of the backup: {}", NamesIn(missing))
                                     : ", which was not restored"));
    }
    if (!wrong_size.empty()) {
      session().Warn(run,
                     fmt::format("{} attachments have a file of another size than the database "
                                 "says: {}",
                                 wrong_size.size(), NamesIn(wrong_size)));
    }
    return {};
  }

  Status ProveRegistry(const Context& ctx, const domain::Environment& target, const Loaded& loaded,
                       const odoo::Installation& installation, jobs::StepRun& run,
                       json::object& report) {
    odoo::OdooRunner runner(session().engine(), {.odoo_container = target.containers.odoo,
                                                 .db_container = target.containers.db,
                                                 .installation = installation,
                                                 .owner = session().Owner(run)});
    const SafeCopyPolicy policy = DecideSafeCopy(session().request(), session().backup(), target);
    if (policy.neutralize && !odoo::HasBuiltInNeutralize(installation.version) &&
        !run.Saved(kNeutralizedByOdoo)) {
      RETURN_IF_ERROR(odoo::NeutralizeByOdoo(ctx, loaded.reader, runner, loaded.side));
      run.Log("the copy was neutralized by the target's own Odoo");
    }
    RETURN_IF_ERROR(runner.CheckRegistry(ctx, loaded.side));
    report["registry"] = json::object{{"loaded", true}, {"odoo_version", installation.version}};
    report["neutralized"] = policy.neutralize;
    return DescribeSafeCopy(ctx, target, loaded, policy, run, report);
  }

  // What the copy went through before any Odoo serves it.
  Status DescribeSafeCopy(const Context& ctx, const domain::Environment& target,
                          const Loaded& loaded, const SafeCopyPolicy& policy,
                          const jobs::StepRun& run, json::object& report) {
    json::object copy{{"neutralized", policy.neutralize},
                      {"identity_reset", policy.reset_identity}};
    if (policy.neutralize) {
      ASSIGN_OR_RETURN(const odoo::WhatActs acts,
                       odoo::CountWhatActs(ctx, loaded.reader, loaded.side));
      copy["by"] = odoo::HasBuiltInNeutralize(target.odoo_version) ? "reprise" : "odoo";
      copy["before"] = run.Saved(kActedBefore).value_or(json::object());
      copy["after"] = json::value_from(acts);
    }
    if (const auto changed = run.Saved(kMadeSafe); changed && changed->is_object()) {
      for (const auto& part : changed->get_object()) copy[part.key()] = part.value();
    }
    report["safe_copy"] = std::move(copy);
    return {};
  }
};

}  // namespace

StepPtr MakeProveStep(RestoreSession& session) { return std::make_unique<ProveStep>(session); }

}  // namespace reprise::restore
