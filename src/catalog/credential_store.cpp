#include <fmt/format.h>

#include <array>

#include "catalog/access_stores.hpp"
#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

constexpr std::array<std::string_view, 11> kTokenColumns = {
    "id",     "user_id",    "name",       "prefix",       "sha256",    "is_scoped",
    "scopes", "project_id", "expires_at", "last_used_at", "created_at"};
constexpr Table kToken = {"api_token", "token", kTokenColumns};

constexpr std::array<std::string_view, 8> kSessionColumns = {
    "id", "user_id", "sha256", "address", "user_agent", "last_used_at", "expires_at", "created_at"};
constexpr Table kSession = {"sign_in_session", "session", kSessionColumns};

Result<ApiToken> ReadToken(const Row& row) {
  RowReader reader(row);
  ApiToken token;
  token.id.value = reader.Text();
  token.user_id.value = reader.Text();
  token.name = reader.Text();
  token.prefix = reader.Text();
  token.sha256 = reader.Text();
  const bool is_scoped = reader.Bool();
  const domain::PermissionSet scopes = domain::PermissionsFromText(reader.Text());
  if (is_scoped) token.scopes = scopes;
  token.project_id.value = reader.Text();
  token.expires_at = reader.OptionalTime();
  token.last_used_at = reader.OptionalTime();
  token.created_at = reader.Time();
  return token;
}

Result<SignInSession> ReadSession(const Row& row) {
  return SignInSession{{row.Text(0)},
                       {row.Text(1)},
                       row.Text(2),
                       row.Text(3),
                       row.Text(4),
                       FromMicros(row.Int(5)),
                       FromMicros(row.Int(6)),
                       FromMicros(row.Int(7))};
}

template <class T>
Result<T> GetById(Database& database, const Table& table, const std::string& id,
                  Result<T> (*read)(const Row&)) {
  return ReadValue<T>(database, [&](Transaction& tx) -> Result<T> {
    ASSIGN_OR_RETURN(const Row row, GetRow(tx, table, id));
    return read(row);
  });
}

template <class T>
Result<std::optional<T>> FindBySecret(Database& database, const Table& table,
                                      const std::string& sha256, Result<T> (*read)(const Row&)) {
  return ReadValue<std::optional<T>>(database, [&](Transaction& tx) -> Result<std::optional<T>> {
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     tx.Query(table.SelectSql() + " WHERE sha256 = $1", {sha256}));
    if (rows.empty()) return std::nullopt;
    ASSIGN_OR_RETURN(T found, read(rows.front()));
    return found;
  });
}

Status Run(Database& database, std::string_view sql, const std::vector<Value>& values) {
  return database.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute(sql, values));
    return {};
  });
}

}  // namespace

Status CredentialStore::InsertToken(const ApiToken& token) {
  return Run(
      database_, kToken.InsertSql(),
      {token.id.value, token.user_id.value, token.name, token.prefix, token.sha256,
       std::int64_t{token.scopes.has_value()}, token.scopes ? ToText(*token.scopes) : std::string(),
       OptionalIdValue(token.project_id.value), OptionalTimeValue(token.expires_at),
       OptionalTimeValue(token.last_used_at), TimeValue(token.created_at)});
}

Result<ApiToken> CredentialStore::GetToken(const domain::TokenId& id) const {
  return GetById(database_, kToken, id.value, ReadToken);
}

Result<std::optional<ApiToken>> CredentialStore::FindToken(const std::string& sha256) const {
  return FindBySecret(database_, kToken, sha256, ReadToken);
}

Result<Page<ApiToken>> CredentialStore::Tokens(const TokenFilter& filter, PageRequest page) const {
  Conditions conditions;
  if (filter.organization_id) {
    Conditions inner;
    inner.Add("organization_id =", filter.organization_id->value);
    conditions = inner.Within("project_id IN (SELECT id FROM project{})");
  }
  conditions.Equal("user_id", filter.user_id);
  return ListPage(database_, kToken, conditions, page, ReadToken);
}

Status CredentialStore::TouchToken(const domain::TokenId& id, Instant now) {
  return Run(database_, "UPDATE api_token SET last_used_at = $2 WHERE id = $1",
             {id.value, TimeValue(now)});
}

Status CredentialStore::DeleteToken(const domain::TokenId& id) {
  return Run(database_, "DELETE FROM api_token WHERE id = $1", {id.value});
}

Status CredentialStore::InsertSession(const SignInSession& session) {
  return Run(database_, kSession.InsertSql(),
             {session.id.value, session.user_id.value, session.sha256, session.address,
              session.user_agent, TimeValue(session.last_used_at), TimeValue(session.expires_at),
              TimeValue(session.created_at)});
}

Result<SignInSession> CredentialStore::GetSession(const domain::SessionId& id) const {
  return GetById(database_, kSession, id.value, ReadSession);
}

Result<std::optional<SignInSession>> CredentialStore::FindSession(const std::string& sha256) const {
  return FindBySecret(database_, kSession, sha256, ReadSession);
}

Result<Page<SignInSession>> CredentialStore::Sessions(const domain::UserId& user,
                                                      PageRequest page) const {
  Conditions conditions;
  conditions.Add("user_id =", user.value);
  return ListPage(database_, kSession, conditions, page, ReadSession);
}

Status CredentialStore::TouchSession(const domain::SessionId& id, Instant now) {
  return Run(database_, "UPDATE sign_in_session SET last_used_at = $2 WHERE id = $1",
             {id.value, TimeValue(now)});
}

Status CredentialStore::DeleteSession(const domain::SessionId& id) {
  return Run(database_, "DELETE FROM sign_in_session WHERE id = $1", {id.value});
}

Status CredentialStore::DeleteSessionsOf(const domain::UserId& user, const domain::SessionId& but) {
  return Run(database_, "DELETE FROM sign_in_session WHERE user_id = $1 AND id <> $2",
             {user.value, but.value});
}

Status CredentialStore::DeleteTokensOf(const domain::UserId& user) {
  return Run(database_, "DELETE FROM api_token WHERE user_id = $1", {user.value});
}

Status CredentialStore::RemoveExpired(Instant now) {
  RETURN_IF_ERROR(
      Run(database_, "DELETE FROM sign_in_session WHERE expires_at <= $1", {TimeValue(now)}));
  return Run(database_, "DELETE FROM sign_in_failure WHERE last_at < $1",
             {TimeValue(now - std::chrono::hours(24))});
}

Result<CredentialStore::Failures> CredentialStore::SignInFailures(
    const std::string& subject) const {
  return ReadValue<Failures>(database_, [&](Transaction& tx) -> Result<Failures> {
    ASSIGN_OR_RETURN(
        const std::vector<Row> rows,
        tx.Query("SELECT failures, blocked_until FROM sign_in_failure WHERE subject = $1",
                 {subject}));
    if (rows.empty()) return Failures{};
    return Failures{rows[0].Int(0), FromMicros(rows[0].Int(1))};
  });
}

Status CredentialStore::ChangeSignInFailures(const std::string& subject, Instant now,
                                             const std::function<Status(Failures&)>& change) {
  return database_.Write([&](Transaction& tx) -> Status {
    ASSIGN_OR_RETURN(
        const std::vector<Row> rows,
        tx.Query("SELECT failures, blocked_until FROM sign_in_failure WHERE subject = $1",
                 {subject}));
    Failures failures;
    if (!rows.empty()) failures = {rows[0].Int(0), FromMicros(rows[0].Int(1))};
    RETURN_IF_ERROR(change(failures));
    RETURN_IF_ERROR(
        tx.Execute("INSERT INTO sign_in_failure (subject, failures, blocked_until, last_at)"
                   " VALUES ($1, $2, $3, $4) ON CONFLICT (subject) DO UPDATE SET"
                   " failures = excluded.failures, blocked_until = excluded.blocked_until,"
                   " last_at = excluded.last_at",
                   {subject, failures.count, TimeValue(failures.blocked_until), TimeValue(now)}));
    return {};
  });
}

Status CredentialStore::ClearSignInFailures(const std::string& subject) {
  return Run(database_, "DELETE FROM sign_in_failure WHERE subject = $1", {subject});
}

}  // namespace reprise::catalog
