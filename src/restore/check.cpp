#include "restore/check.hpp"

#include <algorithm>

namespace reprise::restore {

std::string_view NameOf(CheckResult result) {
  switch (result) {
    case CheckResult::kWarning:
      return "warning";
    case CheckResult::kBlocked:
      return "blocked";
    case CheckResult::kOk:
      break;
  }
  return "ok";
}

Check Passed(std::string name, std::string sentence) {
  return {.name = std::move(name), .sentence = std::move(sentence), .fix = {}, .details = {}};
}

Check Warned(std::string name, std::string sentence, std::string fix) {
  return {.name = std::move(name),
          .result = CheckResult::kWarning,
          .sentence = std::move(sentence),
          .fix = std::move(fix),
          .details = {}};
}

Check Blocked(std::string name, ErrorCode code, std::string sentence, std::string fix) {
  return {.name = std::move(name),
          .result = CheckResult::kBlocked,
          .sentence = std::move(sentence),
          .fix = std::move(fix),
          .details = {},
          .code = code};
}

Check CheckOf(std::string name, const Status& status, std::string sentence) {
  if (status) return Passed(std::move(name), std::move(sentence));
  const Error& error = status.error();
  return Blocked(std::move(name), error.code, error.Sentence(), error.hint);
}

Status RefusalOf(const Check& check) {
  if (check.result != CheckResult::kBlocked) return {};
  return Fail(check.code, check.sentence, check.fix);
}

Status RefusalOf(const std::vector<Check>& checks) {
  for (const Check& check : checks) RETURN_IF_ERROR(RefusalOf(check));
  return {};
}

CheckResult WorstOf(const std::vector<Check>& checks) {
  CheckResult worst = CheckResult::kOk;
  for (const Check& check : checks) {
    if (static_cast<int>(check.result) > static_cast<int>(worst)) worst = check.result;
  }
  return worst;
}

}  // namespace reprise::restore
