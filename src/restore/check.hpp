#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace reprise::restore {

enum class CheckResult { kOk, kWarning, kBlocked };
[[nodiscard]] std::string_view NameOf(CheckResult result);

// One thing that was looked at before a restore. The plan shows all of them; the restore itself is
// refused by the first that is blocked, in the same words.
struct Check {
  std::string name;  // "space": stable, clients may depend on it
  CheckResult result = CheckResult::kOk;
  std::string sentence;
  std::string fix;              // what to do about it; empty when there is nothing to do
  boost::json::object details;  // numbers and lists behind the sentence
  ErrorCode code = ErrorCode::kIncompatible;  // of the refusal

  Check&& With(boost::json::object more) && {
    details = std::move(more);
    return std::move(*this);
  }
};

[[nodiscard]] Check Passed(std::string name, std::string sentence);
[[nodiscard]] Check Warned(std::string name, std::string sentence, std::string fix);
[[nodiscard]] Check Blocked(std::string name, ErrorCode code, std::string sentence,
                            std::string fix);
// A status as a check: blocked with the failure's words, else passed with `sentence`.
[[nodiscard]] Check CheckOf(std::string name, const Status& status, std::string sentence);

// The refusal of the first blocked one; ok without.
[[nodiscard]] Status RefusalOf(const Check& check);
[[nodiscard]] Status RefusalOf(const std::vector<Check>& checks);
// The worst of all.
[[nodiscard]] CheckResult WorstOf(const std::vector<Check>& checks);

}  // namespace reprise::restore
