#pragma once

#include <chrono>
#include <string>

#include "base/clock.hpp"
#include "catalog/access_stores.hpp"

namespace reprise::access {

// Slows guessing down, for an account and for an address; kept in the catalog, so that all
// processes count together. An attempt is counted before it is looked at: many at once gain
// nothing.
class Throttle {
 public:
  Throttle(catalog::CredentialStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  // Counts an attempt. kTooManyRequests while the subject has to wait; that counts for nothing.
  [[nodiscard]] Status Attempt(const std::string& account, const std::string& address);
  // The attempt was no guess.
  [[nodiscard]] Status Forgive(const std::string& account, const std::string& address);
  // Signed in: the account begins anew; the address is only forgiven this attempt, as its owner may
  // have an account of their own beside the ones that they guess at.
  [[nodiscard]] Status Succeed(const std::string& account, const std::string& address);
  [[nodiscard]] std::chrono::seconds Wait(const std::string& account,
                                          const std::string& address) const;

 private:
  catalog::CredentialStore& store_;
  const Clock& clock_;
};

}  // namespace reprise::access
