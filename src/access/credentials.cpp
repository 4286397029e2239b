#include "access/credentials.hpp"

#include <fmt/format.h>

#include "base/hash.hpp"
#include "base/id.hpp"
#include "base/log.hpp"

namespace reprise::access {
namespace {

constexpr std::string_view kTokenMark = "rpt_";
constexpr std::size_t kShownOfToken = 12;
// How exact "last used" is: not every call is worth a write.
constexpr std::chrono::minutes kTouchEvery{1};

tl::unexpected<Error> Refuse(std::string message) {
  return Fail(ErrorCode::kUnauthenticated, std::move(message),
              "sign in again, or use a token that is valid");
}

void WarnIfFailed(const Status& status) {
  if (!status) log::Warning("access.touch.failed", {{"error", status.error().Sentence()}});
}

}  // namespace

std::string SecretHash(std::string_view secret) { return HashOf(HashKind::kSha256, secret); }

std::string CsrfTokenOf(std::string_view session_secret) {
  return HashOf(HashKind::kSha256, fmt::format("csrf:{}", session_secret));
}

Result<Caller> Credentials::OfPerson(const domain::UserId& id) const {
  ASSIGN_OR_RETURN(const catalog::User user, parts_.users.Get(id));
  if (user.is_disabled) return Refuse("this account is disabled");
  Caller caller;
  caller.name = user.email;
  caller.user_id = user.id;
  caller.is_installation = user.is_admin;
  caller.must_change_password = user.must_change_password;
  ASSIGN_OR_RETURN(caller.standings, parts_.access.StandingsOf(id));
  return caller;
}

Result<Caller> Credentials::OfToken(std::string_view secret) const {
  ASSIGN_OR_RETURN(const std::optional<catalog::ApiToken> token,
                   parts_.credentials.FindToken(SecretHash(secret)));
  if (!token) return Refuse("the token is not valid");
  const Instant now = parts_.clock.Now();
  if (token->expires_at && *token->expires_at <= now) return Refuse("the token has expired");
  ASSIGN_OR_RETURN(Caller caller, OfPerson(token->user_id));
  caller.token_id = token->id;
  caller.scopes = token->scopes;
  caller.only_project = token->project_id;
  if (!token->last_used_at || now - *token->last_used_at >= kTouchEvery) {
    WarnIfFailed(parts_.credentials.TouchToken(token->id, now));
  }
  return caller;
}

Result<Caller> Credentials::OfSession(std::string_view secret) const {
  ASSIGN_OR_RETURN(const std::optional<catalog::SignInSession> session,
                   parts_.credentials.FindSession(SecretHash(secret)));
  if (!session) return Refuse("the session has ended");
  const Instant now = parts_.clock.Now();
  if (session->expires_at <= now || session->last_used_at + parts_.limits.idle <= now) {
    WarnIfFailed(parts_.credentials.DeleteSession(session->id));
    return Refuse("the session has ended");
  }
  ASSIGN_OR_RETURN(Caller caller, OfPerson(session->user_id));
  caller.session_id = session->id;
  if (now - session->last_used_at >= kTouchEvery) {
    WarnIfFailed(parts_.credentials.TouchSession(session->id, now));
  }
  return caller;
}

Result<CreatedToken> Credentials::CreateToken(const TokenOrder& order) {
  CreatedToken created;
  created.secret = fmt::format("{}{}", kTokenMark, RandomHex(20));
  catalog::ApiToken& token = created.token;
  token.id.value = NewUuid();
  token.user_id = order.user_id;
  token.name = order.name;
  token.prefix = created.secret.substr(0, kShownOfToken);
  token.sha256 = SecretHash(created.secret);
  token.scopes = order.scopes;
  token.project_id = order.project_id;
  token.expires_at = order.expires_at;
  token.created_at = parts_.clock.Now();
  RETURN_IF_ERROR(parts_.credentials.InsertToken(token));
  return created;
}

}  // namespace reprise::access
