#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "access/caller.hpp"
#include "access/password.hpp"
#include "access/secret_box.hpp"
#include "base/clock.hpp"
#include "catalog/access_stores.hpp"
#include "catalog/identity_store.hpp"

namespace reprise::access {

struct NewAccount {
  std::string email;
  std::string name;
  bool is_admin = false;  // of the installation
};

struct CreatedAccount {
  catalog::User user;
  std::string one_time_password;  // shown once; to be changed at the first sign-in
};

struct SignInOrder {
  std::string email;
  std::string password;
  std::string code;  // of the second factor, or a recovery code; empty: none given
  std::string address;
  std::string user_agent;
};

struct SignedIn {
  catalog::User user;
  catalog::SignInSession session;
  std::string secret;      // the cookie's value
  std::string csrf_token;  // for the header X-CSRF-Token of what changes something
};

struct SecondFactor {
  std::string secret;
  std::string uri;  // for an authenticator app to scan
};

struct SessionLimits {
  std::chrono::hours idle{8};
  std::chrono::hours absolute{24 * 7};
};

// People who sign in: their accounts, passwords and second factors. Thread-safe.
class Accounts {
 public:
  struct Parts {
    catalog::UserStore& users;
    catalog::CredentialStore& credentials;
    const PasswordHasher& hasher;
    const SecretBox& box;
    const Clock& clock;
    SessionLimits limits = {};
    catalog::IdentityStore* identities = nullptr;  // forgotten where a password is reset
  };
  explicit Accounts(Parts parts) : parts_(parts) {}

  // kNameTaken when the address has an account, kInvalidArgument when it is none.
  [[nodiscard]] Result<CreatedAccount> Create(const NewAccount& account);
  // A new one-time password; ends the person's sessions, and what a sign-in provider knows them as.
  [[nodiscard]] Result<std::string> ResetPassword(const domain::UserId& id);
  // Ends sessions and tokens of who is disabled. kConflict for the last owner of an organization.
  [[nodiscard]] Result<catalog::User> SetDisabled(const domain::UserId& id, bool disabled);

  // Begins a session. kUnauthenticated in the same words whatever was wrong; kSecondFactorRequired
  // when only the code is missing; kTooManyRequests after too many failures of the account or from
  // the address, and while too many others sign in.
  [[nodiscard]] Result<SignedIn> SignIn(const SignInOrder& order);
  // Begins a session of somebody who has shown already who they are.
  [[nodiscard]] Result<SignedIn> BeginSession(const domain::UserId& id, const std::string& address,
                                              const std::string& user_agent);
  // How long a refused sign-in has to wait.
  [[nodiscard]] std::chrono::seconds RetryAfter(const SignInOrder& order) const;

  // kPermissionDenied when `old_password` is not the one. Ends all other sessions.
  [[nodiscard]] Status ChangePassword(const domain::UserId& id, const std::string& old_password,
                                      const std::string& new_password,
                                      const domain::SessionId& keep);
  // The second factor counts once it is confirmed with a code of it. Each needs the password.
  [[nodiscard]] Result<SecondFactor> BeginTotp(const domain::UserId& id,
                                               const std::string& password);
  [[nodiscard]] Result<std::vector<std::string>> ConfirmTotp(const domain::UserId& id,
                                                             const std::string& code);
  [[nodiscard]] Status RemoveTotp(const domain::UserId& id, const std::string& password);

 private:
  [[nodiscard]] Result<SignedIn> TrySignIn(const SignInOrder& order);
  [[nodiscard]] Status CheckOwnPassword(const catalog::User& user, const std::string& password);
  [[nodiscard]] Status CheckCode(const catalog::User& user, const std::string& code);

  Parts parts_;
  std::atomic<int> signing_in_ = 0;
};

// "A@B.example " → "a@b.example"; kInvalidArgument for what is no address.
[[nodiscard]] Result<std::string> NormalEmail(std::string_view text);

}  // namespace reprise::access
