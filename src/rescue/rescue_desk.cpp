#include "rescue/rescue_desk.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/id.hpp"
#include "base/json_fields.hpp"
#include "base/spool_file.hpp"
#include "domain/names.hpp"
#include "odoo/labels.hpp"
#include "postgres/quote.hpp"
#include "restore/restore_session.hpp"

namespace reprise::rescue {
namespace {

namespace json = boost::json;

constexpr std::chrono::minutes kHelperLife{70};  // as long as the longest call that needs one
constexpr std::chrono::seconds kLetIn{30};       // others wait meanwhile
constexpr int kMostLabel = 20'000;               // characters: in all languages

// From Odoo 16 on names are {"en_US": "Contact", …}.
std::string LabelOf(const std::string& name) {
  if (!name.starts_with('{')) return name;
  const auto parsed = ParseJson(name);
  if (!parsed || !parsed->is_object() || parsed->get_object().empty()) return name;
  const json::object& words = parsed->get_object();
  const json::value* english = words.if_contains("en_US");
  const json::value& word = english != nullptr ? *english : words.begin()->value();
  return word.is_string() ? std::string(word.get_string()) : name;
}

// The table that Odoo gives a model unless the model says otherwise.
std::string TableOf(std::string model) {
  std::replace(model.begin(), model.end(), '.', '_');
  return model;
}

Status NameModels(const Context& ctx, const FencedTables& side, std::vector<TableBeside>& tables) {
  ASSIGN_OR_RETURN(const auto models,
                   side.Select(ctx, fmt::format("SELECT left({}, 200) AS model,"
                                                " left({}, {}) AS name FROM ONLY public.ir_model",
                                                AsText("model"), AsText("name"), kMostLabel)));
  for (const json::object& row : models) {
    const std::string model = TextIn(row, "model");
    const std::string name = TableOf(model);
    const auto found =
        std::lower_bound(tables.begin(), tables.end(), name,
                         [](const TableBeside& one, const auto& two) { return one.name < two; });
    if (found == tables.end() || found->name != name) continue;
    found->model = model;
    found->label = LabelOf(TextIn(row, "name"));
  }
  return {};
}

}  // namespace

std::string OpenMount::LiveFilestore() const {
  return restore::RestoreSession::FilestoreOf(environment, environment.db_name);
}

odoo::Glimpse::Helper RescueDesk::NewHelper() const {
  const auto until = parts_.clock.Now() + kHelperLife;
  return {fmt::format("reprise_rescue_{}", domain::ShortId(NewUuid())),
          {{odoo::kInstallationLabel, parts_.installation},
           {odoo::kExpiresLabel, std::to_string(ToMicros(until))}}};
}

Result<std::string> RescueDesk::LetIn(const Context& ctx, const postgres::Cluster& admin,
                                      const domain::Mount& mount) {
  ASSIGN_OR_RETURN(const std::string password, parts_.service.LoginOf(mount));
  std::shared_ptr<Door> door;
  {
    const std::scoped_lock lock(doors_mutex_);
    std::shared_ptr<Door>& known = doors_[mount.role_name];
    if (!known) known = std::make_shared<Door>();
    door = known;
  }
  const std::scoped_lock lock(door->mutex);
  if (door->is_open) return password;
  RETURN_IF_ERROR(admin.Execute(
      ctx.WithTimeout(kLetIn), "postgres",
      fmt::format("ALTER ROLE {} LOGIN CONNECTION LIMIT 16 PASSWORD {};",
                  postgres::QuoteName(mount.role_name), postgres::QuoteText(password))));
  door->is_open = true;
  return password;
}

Result<OpenMount> RescueDesk::Open(const Context& ctx, const domain::MountId& id) {
  ASSIGN_OR_RETURN(domain::Mount mount, parts_.mounts.Get(id));
  if (mount.status != domain::MountStatus::kMounted) {
    return Fail(ErrorCode::kConflict,
                fmt::format("the mount {} is {}, not mounted", id.value, NameOf(mount.status)),
                mount.status == domain::MountStatus::kMounting
                    ? "wait until its task has ended"
                    : "mount the backup again: reprise rescue mount");
  }
  ASSIGN_OR_RETURN(domain::Environment environment, parts_.environments.Get(mount.environment_id));
  ASSIGN_OR_RETURN(auto engine, parts_.engines.Of(environment.server_id));
  const postgres::Cluster admin(*engine, environment.containers.db, environment.db_admin);
  ASSIGN_OR_RETURN(const std::string password, LetIn(ctx, admin, mount));
  FencedTables side(admin.As(mount.role_name, password), mount.database_name);
  return OpenMount{std::move(mount), std::move(environment), std::move(engine), std::move(side)};
}

Result<std::optional<LiveOdoo>> RescueDesk::OpenLive(const Context& ctx,
                                                     const OpenMount& open) const {
  const domain::Environment& environment = open.environment;
  const postgres::Cluster admin(*open.engine, environment.containers.db, environment.db_admin);
  ASSIGN_OR_RETURN(const auto live, admin.FindDatabase(ctx, environment.db_name));
  if (!live || !live->allows_connections) return std::nullopt;
  ASSIGN_OR_RETURN(
      odoo::Glimpse glimpse,
      odoo::Glimpse::Into(ctx, *open.engine, environment.containers.odoo, NewHelper()));
  ASSIGN_OR_RETURN(const odoo::Installation installation, glimpse.ReadInstallation(ctx));
  postgres::Cluster as_odoo = admin.As(environment.db_user, installation.db_password);
  FencedTables tables(as_odoo, environment.db_name);
  return LiveOdoo{std::move(glimpse), std::move(as_odoo), std::move(tables)};
}

Result<std::vector<TableBeside>> RescueDesk::Tables(const Context& ctx, const domain::MountId& id) {
  ASSIGN_OR_RETURN(const OpenMount open, Open(ctx, id));
  ASSIGN_OR_RETURN(const auto in_backup, open.side.Count(ctx));
  ASSIGN_OR_RETURN(const auto live, OpenLive(ctx, open));
  std::map<std::string, RowCount> beside;
  if (live) {
    ASSIGN_OR_RETURN(beside, live->tables.Count(ctx));
  }
  std::vector<TableBeside> tables;
  for (const auto& [name, count] : in_backup) {
    const auto found = beside.find(name);
    tables.push_back(
        {name, "", "", count, found == beside.end() ? std::nullopt : std::optional(found->second)});
  }
  if (in_backup.contains("ir_model")) RETURN_IF_ERROR(NameModels(ctx, open.side, tables));
  return tables;
}

Result<FoundRows> RescueDesk::Rows(const Context& ctx, const domain::MountId& id,
                                   const std::string& table, std::int64_t limit,
                                   std::int64_t offset) {
  ASSIGN_OR_RETURN(const OpenMount open, Open(ctx, id));
  return open.side.Rows(ctx, table, limit, offset);
}

Result<std::unique_ptr<RandomReader>> RescueDesk::Csv(const Context& ctx, const domain::MountId& id,
                                                      const std::string& table) {
  ASSIGN_OR_RETURN(const OpenMount open, Open(ctx, id));
  ASSIGN_OR_RETURN(const auto spool, SpoolFile::In(parts_.spool));
  RETURN_IF_ERROR(open.side.WriteCsv(ctx, table, *spool));
  return spool->Take();
}

}  // namespace reprise::rescue
