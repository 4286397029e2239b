#include <fmt/format.h>

#include <array>

#include "catalog/json_columns.hpp"
#include "catalog/stores.hpp"
#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

constexpr std::array<std::string_view, 23> kColumns = {
    "id",         "project_id", "server_id",      "name",         "type",
    "status",     "origin",     "odoo_version",   "db_name",      "db_user",
    "db_admin",   "data_dir",   "odoo_container", "db_container", "pgbouncer_container",
    "images",     "volumes",    "network",        "url",          "error_message",
    "created_at", "updated_at", "expires_at"};
constexpr Table kTable = {"environment", "environment", kColumns};

std::vector<Value> ToValues(const domain::Environment& environment) {
  return {environment.id.value,
          environment.project_id.value,
          environment.server_id.value,
          environment.name,
          std::string(NameOf(environment.type)),
          std::string(NameOf(environment.status)),
          std::string(NameOf(environment.origin)),
          environment.odoo_version,
          environment.db_name,
          environment.db_user,
          environment.db_admin,
          environment.data_dir,
          environment.containers.odoo,
          environment.containers.db,
          environment.containers.pgbouncer,
          ImagesToJson(environment.images),
          TextsToJson(environment.volumes),
          environment.network,
          environment.url,
          environment.error_message,
          TimeValue(environment.created_at),
          TimeValue(environment.updated_at),
          OptionalTimeValue(environment.expires_at)};
}

Result<domain::Environment> FromRow(const Row& row) {
  RowReader reader(row);
  domain::Environment environment;
  environment.id.value = reader.Text();
  environment.project_id.value = reader.Text();
  environment.server_id.value = reader.Text();
  environment.name = reader.Text();
  environment.type = reader.Named(domain::ParseEnvironmentType);
  environment.status = reader.Named(domain::ParseEnvironmentStatus);
  environment.origin = reader.Named(domain::ParseEnvironmentOrigin);
  environment.odoo_version = reader.Text();
  environment.db_name = reader.Text();
  environment.db_user = reader.Text();
  environment.db_admin = reader.Text();
  environment.data_dir = reader.Text();
  environment.containers.odoo = reader.Text();
  environment.containers.db = reader.Text();
  environment.containers.pgbouncer = reader.Text();
  environment.images = reader.Parsed(ImagesFromJson);
  environment.volumes = reader.Parsed(TextsFromJson);
  environment.network = reader.Text();
  environment.url = reader.Text();
  environment.error_message = reader.Text();
  environment.created_at = reader.Time();
  environment.updated_at = reader.Time();
  environment.expires_at = reader.OptionalTime();
  RETURN_IF_ERROR(reader.Finish(kTable));
  return environment;
}

// Which of the two unique indexes refused, told to a person.
Error NameTheTakenKey(Error error, const domain::Environment& environment) {
  if (error.code != ErrorCode::kConflict) return error;
  if (error.message.find("environment.name") != std::string::npos) {
    return {ErrorCode::kNameTaken,
            fmt::format("the project already has an environment \"{}\"", environment.name),
            "choose another name, or remove the other environment first"};
  }
  if (error.message.find("environment.odoo_container") != std::string::npos) {
    return {ErrorCode::kConflict,
            fmt::format("the container \"{}\" already belongs to an environment",
                        environment.containers.odoo),
            "use that environment, or remove it first"};
  }
  return error;
}

Status WriteRow(Transaction& transaction, const std::string& sql,
                const domain::Environment& environment) {
  const Result<std::int64_t> changed = transaction.Execute(sql, ToValues(environment));
  if (!changed) return Fail(NameTheTakenKey(changed.error(), environment));
  return {};
}

}  // namespace

Status EnvironmentStore::InsertIn(Transaction& transaction, const Clock& clock,
                                  const domain::Environment& environment) {
  domain::Environment row = environment;
  row.updated_at = clock.Now();
  if (row.created_at == Instant{}) row.created_at = row.updated_at;
  return WriteRow(transaction, kTable.InsertSql(), row);
}

Result<domain::Environment> EnvironmentStore::GetIn(Transaction& transaction,
                                                    const domain::EnvironmentId& id) {
  ASSIGN_OR_RETURN(const Row row, GetRow(transaction, kTable, id.value));
  return FromRow(row);
}

Result<domain::Environment> EnvironmentStore::UpdateIn(
    Transaction& transaction, const Clock& clock, const domain::EnvironmentId& id,
    const std::function<Status(domain::Environment&)>& change) {
  ASSIGN_OR_RETURN(domain::Environment environment, GetIn(transaction, id));
  RETURN_IF_ERROR(change(environment));
  environment.id = id;
  environment.updated_at = clock.Now();
  RETURN_IF_ERROR(WriteRow(transaction, kTable.UpdateSql(), environment));
  return environment;
}

Status EnvironmentStore::Insert(const domain::Environment& environment) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(CheckOneEnvironmentMore(tx, environment.project_id));
    return InsertIn(tx, clock_, environment);
  });
}

Result<domain::Environment> EnvironmentStore::Get(const domain::EnvironmentId& id) const {
  return ReadValue<domain::Environment>(database_, [&](Transaction& tx) { return GetIn(tx, id); });
}

Result<Page<domain::Environment>> EnvironmentStore::List(const EnvironmentFilter& filter,
                                                         PageRequest page) const {
  Conditions conditions;
  conditions.Equal("project_id", filter.project_id);
  conditions.In("project_id", filter.among);
  // The throwaway ones of drills are told of by the drills.
  conditions.AddPlain("id NOT IN (SELECT throwaway_id FROM drill)");
  if (!filter.with_deleted) {
    conditions.Add("status <>", std::string(NameOf(domain::EnvironmentStatus::kDeleted)));
  }
  return ListPage(database_, kTable, conditions, page, FromRow);
}

Result<std::vector<domain::Environment>> EnvironmentStore::Expired(Instant now, int most) const {
  Conditions conditions;
  conditions.Add("status <>", std::string(NameOf(domain::EnvironmentStatus::kDeleted)));
  conditions.Add("expires_at <=", TimeValue(now));
  ASSIGN_OR_RETURN(auto page,
                   ListPage(database_, kTable, conditions, {.page_size = most}, FromRow));
  return std::move(page.items);
}

Result<domain::Environment> EnvironmentStore::Update(
    const domain::EnvironmentId& id, const std::function<Status(domain::Environment&)>& change) {
  return WriteValue<domain::Environment>(
      database_, [&](Transaction& tx) { return UpdateIn(tx, clock_, id, change); });
}

Result<domain::Environment> EnvironmentStore::UpdateWith(
    const domain::EnvironmentId& id,
    const std::function<Status(Transaction&, domain::Environment&)>& change) {
  return WriteValue<domain::Environment>(database_, [&](Transaction& tx) {
    return UpdateIn(tx, clock_, id, [&](domain::Environment& row) { return change(tx, row); });
  });
}

}  // namespace reprise::catalog
