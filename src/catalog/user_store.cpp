#include <fmt/format.h>

#include <array>

#include "catalog/access_stores.hpp"
#include "catalog/json_columns.hpp"
#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

constexpr std::array<std::string_view, 13> kColumns = {"id",
                                                       "email",
                                                       "name",
                                                       "password_hash",
                                                       "must_change_password",
                                                       "is_admin",
                                                       "is_disabled",
                                                       "totp_secret",
                                                       "totp_confirmed",
                                                       "totp_last_step",
                                                       "recovery_codes",
                                                       "last_sign_in_at",
                                                       "created_at"};
constexpr Table kTable = {"user_account", "user", kColumns};

std::vector<Value> ToValues(const User& user) {
  return {user.id.value,
          user.email,
          user.name,
          user.password_hash,
          std::int64_t{user.must_change_password},
          std::int64_t{user.is_admin},
          std::int64_t{user.is_disabled},
          user.totp_secret,
          std::int64_t{user.totp_confirmed},
          user.totp_last_step,
          TextsToJson(user.recovery_codes),
          OptionalTimeValue(user.last_sign_in_at),
          TimeValue(user.created_at)};
}

Result<User> FromRow(const Row& row) {
  RowReader reader(row);
  User user;
  user.id.value = reader.Text();
  user.email = reader.Text();
  user.name = reader.Text();
  user.password_hash = reader.Text();
  user.must_change_password = reader.Bool();
  user.is_admin = reader.Bool();
  user.is_disabled = reader.Bool();
  user.totp_secret = reader.Text();
  user.totp_confirmed = reader.Bool();
  user.totp_last_step = reader.Int();
  user.recovery_codes = reader.Parsed(TextsFromJson);
  user.last_sign_in_at = reader.OptionalTime();
  user.created_at = reader.Time();
  RETURN_IF_ERROR(reader.Finish(kTable));
  return user;
}

}  // namespace

Status UserStore::InsertIn(Transaction& transaction, const User& user) {
  const Result<std::int64_t> done = transaction.Execute(kTable.InsertSql(), ToValues(user));
  if (done) return {};
  if (done.error().code != ErrorCode::kConflict) return Fail(done.error());
  return Fail(ErrorCode::kNameTaken, fmt::format("there is a user \"{}\" already", user.email),
              "add that user as a member instead");
}

Status UserStore::Insert(const User& user) {
  return database_.Write([&](Transaction& tx) { return InsertIn(tx, user); });
}

Result<User> UserStore::GetIn(Transaction& transaction, const domain::UserId& id) {
  ASSIGN_OR_RETURN(const Row row, GetRow(transaction, kTable, id.value));
  return FromRow(row);
}

Result<User> UserStore::Get(const domain::UserId& id) const {
  return ReadValue<User>(database_, [&](Transaction& tx) { return GetIn(tx, id); });
}

Result<std::optional<User>> UserStore::FindByEmail(const std::string& email) const {
  return ReadValue<std::optional<User>>(
      database_, [&](Transaction& tx) -> Result<std::optional<User>> {
        ASSIGN_OR_RETURN(const std::vector<Row> rows,
                         tx.Query(kTable.SelectSql() + " WHERE email = $1", {email}));
        if (rows.empty()) return std::nullopt;
        ASSIGN_OR_RETURN(User user, FromRow(rows.front()));
        return user;
      });
}

Result<Page<User>> UserStore::List(const UserFilter& filter, PageRequest page) const {
  Conditions conditions;
  if (filter.members_of) {
    Conditions inner;
    inner.In("organization_id", filter.members_of);
    conditions = inner.Within("id IN (SELECT user_id FROM organization_member{})");
  }
  return ListPage(database_, kTable, conditions, page, FromRow);
}

Result<User> UserStore::Update(const domain::UserId& id,
                               const std::function<Status(User&)>& change) {
  return WriteValue<User>(database_, [&](Transaction& tx) -> Result<User> {
    ASSIGN_OR_RETURN(User user, GetIn(tx, id));
    RETURN_IF_ERROR(change(user));
    user.id = id;
    RETURN_IF_ERROR(tx.Execute(kTable.UpdateSql(), ToValues(user)));
    if (user.is_disabled) RETURN_IF_ERROR(CheckNotLastOwner(tx, id));
    return user;
  });
}

}  // namespace reprise::catalog
