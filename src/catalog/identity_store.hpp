#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "catalog/access_stores.hpp"
#include "catalog/database.hpp"

namespace reprise::catalog {

// A person as a sign-in provider knows them.
struct Identity {
  std::string issuer;
  std::string subject;
  domain::UserId user_id;
  Instant created_at;
};

// Whom sign-in providers stand for. Thread-safe.
class IdentityStore {
 public:
  explicit IdentityStore(Database& database) : database_(database) {}

  [[nodiscard]] Result<std::optional<domain::UserId>> Find(const std::string& issuer,
                                                           const std::string& subject) const;
  // kConflict when the issuer knows that person under another subject already.
  [[nodiscard]] Status Link(const Identity& identity);
  // A new person, their membership and their identity, all or nothing. kNotFound without an
  // organization of that name; kNameTaken when the address has an account.
  [[nodiscard]] Status Join(const User& user, const std::string& organization,
                            const std::string& role, const Identity& identity);
  // The person signs in anew as whoever the provider then says; nothing when there is no identity.
  [[nodiscard]] Status Forget(const domain::UserId& user);

  // Marks a sign-in as come back. kConflict when it was before.
  [[nodiscard]] Status UseState(const std::string& sha256, Instant now, Instant expires_at);

 private:
  Database& database_;
};

}  // namespace reprise::catalog
