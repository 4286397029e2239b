#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/address_guard.hpp"
#include "base/context.hpp"

namespace reprise {

// One HTTP call to an address that somebody else gave.
struct OutgoingCall {
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  bool posts = false;                // `body`; otherwise a GET
  std::string body;
  Reach reach = Reach::kPublic;
  std::chrono::milliseconds limit{15'000};  // of all of it
  std::size_t most_kept = 1024;  // bytes of the answer; what comes after is not waited for
};

struct OutgoingAnswer {
  int status = 0;  // 0: there was none
  std::string body;
  bool cut = false;      // it was longer
  bool refused = false;  // its address is one that `reach` does not allow
  std::string error;     // why there was none
};

// Makes the call through libcurl. Follows no redirect and uses no proxy of the environment: they
// would lead past what was allowed. Thread-safe.
[[nodiscard]] OutgoingAnswer Perform(const Context& ctx, const OutgoingCall& call);

// "a=b&c=d%20e" of a form's fields.
[[nodiscard]] std::string FormText(const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace reprise
