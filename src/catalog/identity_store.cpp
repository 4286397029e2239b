#include "catalog/identity_store.hpp"

#include <fmt/format.h>

#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

Status LinkIn(Transaction& tx, const Identity& identity) {
  const Result<std::int64_t> done = tx.Execute(
      "INSERT INTO user_identity (issuer, subject, user_id, created_at)"
      " VALUES ($1, $2, $3, $4)",
      {identity.issuer, identity.subject, identity.user_id.value, TimeValue(identity.created_at)});
  if (done) return {};
  if (done.error().code != ErrorCode::kConflict) return Fail(done.error());
  return Fail(ErrorCode::kConflict,
              "this account belongs to another person of the sign-in provider",
              "who administers the installation can reset the account's password: the provider's "
              "next sign-in with its address is then taken for the account");
}

}  // namespace

Result<std::optional<domain::UserId>> IdentityStore::Find(const std::string& issuer,
                                                          const std::string& subject) const {
  using Found = std::optional<domain::UserId>;
  return ReadValue<Found>(database_, [&](Transaction& tx) -> Result<Found> {
    ASSIGN_OR_RETURN(
        const std::vector<Row> rows,
        tx.Query("SELECT user_id FROM user_identity WHERE issuer = $1 AND subject = $2",
                 {issuer, subject}));
    if (rows.empty()) return std::nullopt;
    return domain::UserId{rows.front().Text(0)};
  });
}

Status IdentityStore::Link(const Identity& identity) {
  return database_.Write([&](Transaction& tx) { return LinkIn(tx, identity); });
}

Status IdentityStore::Join(const User& user, const std::string& organization,
                           const std::string& role, const Identity& identity) {
  return database_.Write([&](Transaction& tx) -> Status {
    ASSIGN_OR_RETURN(const std::vector<Row> found,
                     tx.Query("SELECT id FROM organization WHERE name = $1", {organization}));
    if (found.empty()) {
      return Fail(ErrorCode::kNotFound,
                  fmt::format("there is no organization \"{}\" to join", organization),
                  "correct --oidc-join, or make the organization");
    }
    RETURN_IF_ERROR(UserStore::InsertIn(tx, user));
    RETURN_IF_ERROR(tx.Execute(
        "INSERT INTO organization_member (organization_id, user_id, role, custom_role_id,"
        " created_at) VALUES ($1, $2, $3, $4, $5)",
        {found.front().Text(0), user.id.value, role, Value(std::monostate{}),
         TimeValue(user.created_at)}));
    return LinkIn(tx, identity);
  });
}

Status IdentityStore::Forget(const domain::UserId& user) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("DELETE FROM user_identity WHERE user_id = $1", {user.value}));
    return {};
  });
}

Status IdentityStore::UseState(const std::string& sha256, Instant now, Instant expires_at) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(
        tx.Execute("DELETE FROM used_sign_in_state WHERE expires_at < $1", {TimeValue(now)}));
    RETURN_IF_ERROR(
        tx.Execute("INSERT INTO used_sign_in_state (sha256, expires_at) VALUES ($1, $2)",
                   {sha256, TimeValue(expires_at)}));
    return {};
  });
}

}  // namespace reprise::catalog
