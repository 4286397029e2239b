#include "access/accounts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "access/credentials.hpp"
#include "access/throttle.hpp"
#include "access/totp.hpp"
#include "base/id.hpp"

namespace reprise::access {
namespace {

using catalog::User;

constexpr std::size_t kLongestEmail = 254;
constexpr std::size_t kLongestName = 200;
constexpr int kMostAtOnce = 4;

// Never says which of the two was wrong, nor whether there is such an account.
tl::unexpected<Error> Refuse() {
  return Fail(ErrorCode::kUnauthenticated, "the e-mail address or the password is wrong",
              "an administrator of the installation can reset a password");
}

Error Field(std::string field, std::string message) {
  Error error{ErrorCode::kInvalidArgument, std::move(message)};
  error.field = std::move(field);
  return error;
}

void DropTotp(User& user) {
  user.totp_secret.clear();
  user.totp_confirmed = false;
  user.totp_last_step = 0;
  user.recovery_codes.clear();
}

}  // namespace

Result<std::string> NormalEmail(std::string_view text) {
  std::string email;
  for (const char c : text) {
    const bool capital = c >= 'A' && c <= 'Z';
    email.push_back(capital ? static_cast<char>(c - 'A' + 'a') : c);
  }
  const std::size_t at = email.find('@');
  const bool strange = std::any_of(email.begin(), email.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte == 0x7F || c == '<' || c == '>' || c == ',' || c == '"';
  });
  if (strange || at == 0 || at == std::string::npos || at + 1 == email.size() ||
      email.find('@', at + 1) != std::string::npos || email.size() > kLongestEmail) {
    return Fail(Field("/email", "is no e-mail address"));
  }
  return email;
}

Result<CreatedAccount> Accounts::Create(const NewAccount& account) {
  if (account.name.size() > kLongestName) {
    return Fail(Field("/name", fmt::format("may have {} bytes", kLongestName)));
  }
  CreatedAccount created;
  created.one_time_password = NewOneTimePassword();
  User& user = created.user;
  user.id.value = NewUuid();
  ASSIGN_OR_RETURN(user.email, NormalEmail(account.email));
  user.name = account.name.empty() ? user.email : account.name;
  ASSIGN_OR_RETURN(user.password_hash, parts_.hasher.Hash(created.one_time_password));
  user.must_change_password = true;
  user.is_admin = account.is_admin;
  user.created_at = parts_.clock.Now();
  RETURN_IF_ERROR(parts_.users.Insert(user));
  return created;
}

Result<std::string> Accounts::ResetPassword(const domain::UserId& id) {
  const std::string password = NewOneTimePassword();
  ASSIGN_OR_RETURN(const std::string hash, parts_.hasher.Hash(password));
  RETURN_IF_ERROR(parts_.users.Update(id, [&](User& user) -> Status {
    user.password_hash = hash;
    user.must_change_password = true;
    return {};
  }));
  RETURN_IF_ERROR(parts_.credentials.DeleteSessionsOf(id, {}));
  if (parts_.identities != nullptr) RETURN_IF_ERROR(parts_.identities->Forget(id));
  return password;
}

Result<User> Accounts::SetDisabled(const domain::UserId& id, bool disabled) {
  ASSIGN_OR_RETURN(User user, parts_.users.Update(id, [&](User& row) -> Status {
    row.is_disabled = disabled;
    return {};
  }));
  if (disabled) {
    RETURN_IF_ERROR(parts_.credentials.DeleteSessionsOf(id, {}));
    RETURN_IF_ERROR(parts_.credentials.DeleteTokensOf(id));
  }
  return user;
}

Status Accounts::CheckCode(const User& user, const std::string& code) {
  if (!user.totp_confirmed) return {};
  if (code.empty()) {
    return Fail(ErrorCode::kSecondFactorRequired,
                "this account needs the code of its second factor",
                "send it as totp_code: six digits of the app, or a recovery code");
  }
  ASSIGN_OR_RETURN(const std::string secret, parts_.box.Open(user.totp_secret, user.id.value));
  // Looked at within the transaction: of two calls with the same code one is too late.
  const auto take = [&](User& row) -> Status {
    if (const auto step = MatchTotp(secret, code, parts_.clock.Now(), row.totp_last_step)) {
      row.totp_last_step = *step;
      return {};
    }
    const auto recovery =
        std::find(row.recovery_codes.begin(), row.recovery_codes.end(), RecoveryHash(code));
    if (recovery == row.recovery_codes.end()) {
      return Fail(ErrorCode::kUnauthenticated, "the code of the second factor is wrong",
                  "each code counts once: wait for the next one");
    }
    row.recovery_codes.erase(recovery);
    return {};
  };
  RETURN_IF_ERROR(parts_.users.Update(user.id, take));
  return {};
}

Result<SignedIn> Accounts::SignIn(const SignInOrder& order) {
  // Hashing is slow on purpose and goes one by one: a storm must not take all the threads that
  // answer calls.
  Result<SignedIn> answer = Fail(ErrorCode::kTooManyRequests, "too many people sign in just now",
                                 "try again in a moment");
  if (++signing_in_ <= kMostAtOnce) answer = TrySignIn(order);
  --signing_in_;
  return answer;
}

Result<SignedIn> Accounts::TrySignIn(const SignInOrder& order) {
  const Result<std::string> email = NormalEmail(order.email);
  const std::string account = email ? *email : std::string();
  Throttle throttle(parts_.credentials, parts_.clock);
  RETURN_IF_ERROR(throttle.Attempt(account, order.address));
  ASSIGN_OR_RETURN(const std::optional<User> found, parts_.users.FindByEmail(account));
  const bool known = found && !found->is_disabled;
  // Also for nobody: how long it takes tells nothing.
  if (!parts_.hasher.Matches(known ? found->password_hash : std::string(), order.password)) {
    return Refuse();
  }
  const Status code = CheckCode(*found, order.code);
  if (!code) {
    if (code.error().code == ErrorCode::kSecondFactorRequired) {
      RETURN_IF_ERROR(throttle.Forgive(account, order.address));
    }
    return Fail(code.error());
  }
  RETURN_IF_ERROR(throttle.Succeed(account, order.address));
  return BeginSession(found->id, order.address, order.user_agent);
}

Result<SignedIn> Accounts::BeginSession(const domain::UserId& id, const std::string& address,
                                        const std::string& user_agent) {
  const Instant now = parts_.clock.Now();
  SignedIn signed_in;
  ASSIGN_OR_RETURN(signed_in.user, parts_.users.Update(id, [&](User& user) -> Status {
    user.last_sign_in_at = now;
    return {};
  }));
  signed_in.secret = RandomHex(32);
  signed_in.csrf_token = CsrfTokenOf(signed_in.secret);
  signed_in.session = {{NewUuid()},
                       id,
                       SecretHash(signed_in.secret),
                       address,
                       user_agent.substr(0, kLongestName),
                       now,
                       now + parts_.limits.absolute,
                       now};
  RETURN_IF_ERROR(parts_.credentials.RemoveExpired(now));
  RETURN_IF_ERROR(parts_.credentials.InsertSession(signed_in.session));
  return signed_in;
}

std::chrono::seconds Accounts::RetryAfter(const SignInOrder& order) const {
  const Result<std::string> email = NormalEmail(order.email);
  return Throttle(parts_.credentials, parts_.clock)
      .Wait(email ? *email : std::string(), order.address);
}

Status Accounts::CheckOwnPassword(const User& user, const std::string& password) {
  // Whoever has taken a session over must not guess faster here than at the sign-in.
  Throttle throttle(parts_.credentials, parts_.clock);
  RETURN_IF_ERROR(throttle.Attempt(user.email, "own:" + user.id.value));
  if (!parts_.hasher.Matches(user.password_hash, password)) {
    return Fail(ErrorCode::kPermissionDenied, "the password is wrong");
  }
  return throttle.Succeed(user.email, "own:" + user.id.value);
}

Status Accounts::ChangePassword(const domain::UserId& id, const std::string& old_password,
                                const std::string& new_password, const domain::SessionId& keep) {
  ASSIGN_OR_RETURN(const User user, parts_.users.Get(id));
  RETURN_IF_ERROR(CheckPassword(new_password, user.email));
  if (new_password == old_password) {
    return Fail(Field("/new_password", "is the old one"));
  }
  RETURN_IF_ERROR(CheckOwnPassword(user, old_password));
  ASSIGN_OR_RETURN(const std::string hash, parts_.hasher.Hash(new_password));
  RETURN_IF_ERROR(parts_.users.Update(id, [&](User& row) -> Status {
    row.password_hash = hash;
    row.must_change_password = false;
    return {};
  }));
  return parts_.credentials.DeleteSessionsOf(id, keep);
}

Result<SecondFactor> Accounts::BeginTotp(const domain::UserId& id, const std::string& password) {
  ASSIGN_OR_RETURN(const User user, parts_.users.Get(id));
  RETURN_IF_ERROR(CheckOwnPassword(user, password));
  const std::string secret = NewTotpSecret();
  const std::string sealed = parts_.box.Seal(secret, id.value);
  RETURN_IF_ERROR(parts_.users.Update(id, [&](User& row) -> Status {
    if (row.totp_confirmed) {
      return Fail(ErrorCode::kConflict, "this account has a second factor already",
                  "remove it first");
    }
    DropTotp(row);
    row.totp_secret = sealed;
    return {};
  }));
  return SecondFactor{secret, TotpUri(secret, user.email)};
}

Result<std::vector<std::string>> Accounts::ConfirmTotp(const domain::UserId& id,
                                                       const std::string& code) {
  ASSIGN_OR_RETURN(const User user, parts_.users.Get(id));
  if (user.totp_secret.empty() || user.totp_confirmed) {
    return Fail(ErrorCode::kConflict, "there is no second factor that waits to be confirmed",
                "begin with POST /api/v1/auth/totp");
  }
  ASSIGN_OR_RETURN(const std::string secret, parts_.box.Open(user.totp_secret, id.value));
  const std::vector<std::string> codes = NewRecoveryCodes();
  RETURN_IF_ERROR(parts_.users.Update(id, [&](User& row) -> Status {
    const auto step = MatchTotp(secret, code, parts_.clock.Now(), 0);
    if (!step || row.totp_secret != user.totp_secret) {
      return Fail(Field("/code", "is not the code of this second factor"));
    }
    row.totp_confirmed = true;
    row.totp_last_step = *step;
    row.recovery_codes.clear();
    for (const std::string& one : codes) row.recovery_codes.push_back(RecoveryHash(one));
    return {};
  }));
  return codes;
}

Status Accounts::RemoveTotp(const domain::UserId& id, const std::string& password) {
  ASSIGN_OR_RETURN(const User user, parts_.users.Get(id));
  RETURN_IF_ERROR(CheckOwnPassword(user, password));
  RETURN_IF_ERROR(parts_.users.Update(id, [](User& row) -> Status {
    DropTotp(row);
    return {};
  }));
  return {};
}

}  // namespace reprise::access
