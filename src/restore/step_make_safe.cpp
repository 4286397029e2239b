#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "odoo/masking.hpp"
#include "odoo/registry.hpp"
#include "odoo/safe_copy.hpp"
#include "postgres/own_sql.hpp"
#include "postgres/quote.hpp"
#include "postgres/side_login.hpp"
#include "restore/safe_copy_policy.hpp"
#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

namespace json = boost::json;

constexpr std::string_view kOwnSqlKey = "reprise.extra_sql";

// What a copy of production goes through beyond being neutralized: personal data is masked, files
// that no attachment names any more go from the copy, the project's own SQL runs. All of it beside
// the live environment, as the loader's role; taken back with the side database and filestore.
class MakeSafeStep final : public RestoreStep {
 public:
  using RestoreStep::RestoreStep;
  [[nodiscard]] std::string_view name() const override { return step::kMakeSafe; }
  [[nodiscard]] std::vector<std::string_view> after() const override {
    if (WantsFilestore(session())) return {step::kLoadDatabase, step::kStageFilestore};
    return {step::kLoadDatabase};
  }
  [[nodiscard]] double weight() const override { return 6; }

  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    ASSIGN_OR_RETURN(const domain::Environment target, session().Target());
    ASSIGN_OR_RETURN(const postgres::SideDatabase side, session().LoadedSide(ctx, target, run));
    RETURN_IF_ERROR(Neutralize(ctx, target, side.name, run));
    RETURN_IF_ERROR(run.CheckOwner());
    json::object report;
    std::set<std::string> named;
    const auto work = [&](const Context& inner, const postgres::Cluster& as_loader) -> Status {
      RETURN_IF_ERROR(Mask(inner, as_loader, side.name, run, report));
      RETURN_IF_ERROR(RunExtraSql(inner, as_loader, side.name, run, report));
      ASSIGN_OR_RETURN(named, odoo::FilesNamed(inner, as_loader, side.name));
      return {};
    };
    RETURN_IF_ERROR(postgres::WithLoader(ctx, ClusterOf(target), side, work));
    RETURN_IF_ERROR(RemoveUnnamed(ctx, target, named, run, report));
    return run.Save(kMadeSafe, std::move(report));
  }

 private:
  [[nodiscard]] const domain::SafeCopySettings& settings() const {
    return session().request().safe_copy;
  }

  // Before anything of the user's own: it may switch something on again on purpose.
  Status Neutralize(const Context& ctx, const domain::Environment& target, const std::string& side,
                    jobs::StepRun& run) const {
    const SafeCopyPolicy policy = DecideSafeCopy(session().request(), session().backup(), target);
    if (!policy.neutralize || run.Saved(kNeutralizedByOdoo)) return {};
    ASSIGN_OR_RETURN(odoo::Installation installation,
                     session().ReadTargetInstallation(ctx, run, "look"));
    if (odoo::HasBuiltInNeutralize(installation.version)) return {};
    run.Progress(0.1, "neutralizing");
    odoo::OdooRunner runner(session().engine(), {.odoo_container = target.containers.odoo,
                                                 .db_container = target.containers.db,
                                                 .installation = installation,
                                                 .owner = session().Owner(run)});
    RETURN_IF_ERROR(odoo::NeutralizeByOdoo(ctx, ClusterOf(target), runner, side));
    run.Log("the copy was neutralized by the target's own Odoo");
    return run.Save(kNeutralizedByOdoo, json::value(true));
  }

  Status Mask(const Context& ctx, const postgres::Cluster& as_loader, const std::string& side,
              jobs::StepRun& run, json::object& report) const {
    if (!settings().HasMask()) return {};
    run.Progress(0.3, "masking personal data");
    ASSIGN_OR_RETURN(const odoo::MaskReport masked,
                     odoo::Mask(ctx, as_loader, side, settings(), session().restore().id.value));
    json::array changes;
    std::uint64_t rows = 0;
    for (const odoo::MaskChange& change : masked.changes) {
      rows += change.rows;
      changes.push_back(json::object{{"rule", change.rule},
                                     {"table", change.table},
                                     {"columns", change.columns},
                                     {"rows", change.rows}});
    }
    json::array presets;
    for (const std::string& name : domain::NamesOf(settings().mask)) presets.emplace_back(name);
    report["masked"] = std::move(presets);
    report["changes"] = std::move(changes);
    run.Log(
        fmt::format("personal data was masked: {} rows in {} tables", rows, masked.changes.size()));
    if (!masked.not_there.empty()) {
      session().Warn(run,
                     fmt::format("rules of the project mask what this database does not have: {}",
                                 fmt::join(masked.not_there, ", ")));
    }
    return {};
  }

  Status RunExtraSql(const Context& ctx, const postgres::Cluster& as_loader,
                     const std::string& side, jobs::StepRun& run, json::object& report) const {
    if (settings().extra_sql.empty()) return {};
    run.Progress(0.6, "running the project's own SQL");
    const std::string mark = session().restore().id.value;
    ASSIGN_OR_RETURN(const auto marked,
                     as_loader.Query(ctx, side,
                                     fmt::format("SELECT value FROM public.ir_config_parameter "
                                                 "WHERE key = {}",
                                                 postgres::QuoteText(kOwnSqlKey))));
    if (!marked.empty() && marked[0][0] == mark) return {};
    postgres::OwnSql sql;
    ASSIGN_OR_RETURN(sql.statements, postgres::SplitStatements(settings().extra_sql));
    sql.limit = settings().extra_sql_limit;
    sql.closing = fmt::format(
        "DELETE FROM public.ir_config_parameter WHERE key = {0};\n"
        "INSERT INTO public.ir_config_parameter (key, value) VALUES ({0}, {1});",
        postgres::QuoteText(kOwnSqlKey), postgres::QuoteText(mark));
    auto touched = postgres::RunOwnSql(ctx, as_loader, side, sql);
    if (!touched) {
      return Fail(Error{touched.error().code,
                        "the project's own SQL failed on the copy: " + touched.error().message,
                        "mend it in the project's settings of safe copies, then restore again"});
    }
    report["extra_sql_rows"] = json::array(touched->begin(), touched->end());
    run.Log(fmt::format("the project's own SQL ran: {} statements", touched->size()));
    return {};
  }

  // What a masked attachment held is not to lie in the copy's filestore either.
  Status RemoveUnnamed(const Context& ctx, const domain::Environment& target,
                       const std::set<std::string>& named, jobs::StepRun& run,
                       json::object& report) const {
    if (!settings().mask.contains(domain::MaskPreset::kAttachments) || !WantsFilestore(session())) {
      return {};
    }
    ASSIGN_OR_RETURN(const odoo::Toolbox toolbox,
                     odoo::Toolbox::Start(ctx, session().engine(), target.containers.odoo,
                                          session().Owner(run), "mask"));
    const std::string staging = StagingDirectory(session(), target);
    ASSIGN_OR_RETURN(const auto files, toolbox.List(ctx, staging));
    std::vector<std::string> unnamed;
    for (const archive::FilestoreFile& file : files) {
      if (!named.contains(file.path)) unnamed.push_back(file.path);
    }
    RETURN_IF_ERROR(toolbox.RemoveFiles(ctx, staging, unnamed));
    report["files_removed"] = unnamed.size();
    run.Log(
        fmt::format("{} files of masked attachments were left out of the copy", unnamed.size()));
    return {};
  }
};

}  // namespace

StepPtr MakeMakeSafeStep(RestoreSession& session) {
  return std::make_unique<MakeSafeStep>(session);
}

}  // namespace reprise::restore
