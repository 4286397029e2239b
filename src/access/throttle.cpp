#include "access/throttle.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace reprise::access {
namespace {

using Failures = catalog::CredentialStore::Failures;
using std::chrono::seconds;

constexpr std::int64_t kFreeForAccount = 5;
constexpr std::int64_t kFreeForAddress = 20;
constexpr seconds kLongestWait{15 * 60};
constexpr std::chrono::hours kForgottenAfter{1};

std::string AccountSubject(const std::string& account) { return "account:" + account; }
std::string AddressSubject(const std::string& address) { return "address:" + address; }

// 1, 2, 4 … seconds from the attempt on that was one too many.
seconds WaitAfter(std::int64_t failures, std::int64_t free) {
  if (failures < free) return seconds(0);
  const std::int64_t doublings = std::min<std::int64_t>(failures - free, 10);
  return std::min(kLongestWait, seconds(std::int64_t{1} << doublings));
}

Status Count(Failures& failures, Instant now, std::int64_t free) {
  if (now < failures.blocked_until) {
    const auto left = std::chrono::ceil<seconds>(failures.blocked_until - now);
    return Fail(ErrorCode::kTooManyRequests, "too many failed sign-ins",
                fmt::format("try again in {} s", left.count()));
  }
  if (now - failures.blocked_until > kForgottenAfter) failures.count = 0;
  ++failures.count;
  failures.blocked_until = now + WaitAfter(failures.count, free);
  return {};
}

void TakeBack(Failures& failures, Instant now) {
  failures.count = std::max<std::int64_t>(failures.count - 1, 0);
  failures.blocked_until = now;
}

}  // namespace

Status Throttle::Attempt(const std::string& account, const std::string& address) {
  const Instant now = clock_.Now();
  RETURN_IF_ERROR(store_.ChangeSignInFailures(
      AddressSubject(address), now,
      [&](Failures& failures) { return Count(failures, now, kFreeForAddress); }));
  return store_.ChangeSignInFailures(AccountSubject(account), now, [&](Failures& failures) {
    return Count(failures, now, kFreeForAccount);
  });
}

Status Throttle::Forgive(const std::string& account, const std::string& address) {
  const Instant now = clock_.Now();
  const auto take_back = [&](Failures& failures) -> Status {
    TakeBack(failures, now);
    return {};
  };
  RETURN_IF_ERROR(store_.ChangeSignInFailures(AddressSubject(address), now, take_back));
  return store_.ChangeSignInFailures(AccountSubject(account), now, take_back);
}

Status Throttle::Succeed(const std::string& account, const std::string& address) {
  const Instant now = clock_.Now();
  RETURN_IF_ERROR(
      store_.ChangeSignInFailures(AddressSubject(address), now, [&](Failures& failures) -> Status {
        TakeBack(failures, now);
        return {};
      }));
  return store_.ClearSignInFailures(AccountSubject(account));
}

seconds Throttle::Wait(const std::string& account, const std::string& address) const {
  Instant until;
  for (const std::string& subject : {AccountSubject(account), AddressSubject(address)}) {
    if (const auto failures = store_.SignInFailures(subject)) {
      until = std::max(until, failures->blocked_until);
    }
  }
  return std::max(seconds(1), std::chrono::ceil<seconds>(until - clock_.Now()));
}

}  // namespace reprise::access
