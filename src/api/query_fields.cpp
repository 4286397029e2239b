#include "api/query_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace reprise::api {

std::optional<std::string> QueryFields::Text(std::string_view name) {
  known_.emplace_back(name);
  const std::optional<std::string_view> value = request_.QueryValue(name);
  if (!value || value->empty()) return std::nullopt;
  return std::string(*value);
}

bool QueryFields::Bool(std::string_view name, bool fallback) {
  const std::optional<std::string> text = Text(name);
  if (!text) return fallback;
  if (*text == "true" || *text == "1") return true;
  if (*text == "false" || *text == "0") return false;
  AddFault(name, "must be true or false");
  return fallback;
}

std::int64_t QueryFields::Int(std::string_view name, std::int64_t fallback, std::int64_t least,
                              std::int64_t most) {
  const std::optional<std::string> text = Text(name);
  if (!text) return fallback;
  std::int64_t number = 0;
  const char* last = text->data() + text->size();
  const auto [end, error] = std::from_chars(text->data(), last, number);
  if (error == std::errc() && end == last && number >= least && number <= most) return number;
  AddFault(name, fmt::format("must be a whole number from {} to {}", least, most));
  return fallback;
}

catalog::PageRequest QueryFields::Page() {
  catalog::PageRequest page;
  page.page = static_cast<int>(Int("page", 1, 1, 1'000'000));
  page.page_size = static_cast<int>(Int("page_size", 20, 1, 100));
  return page;
}

void QueryFields::AddFault(std::string_view name, std::string message) {
  faults_.push_back({std::string(name), std::move(message)});
}

Status QueryFields::Finish() {
  for (const auto& [name, value] : request_.query) {
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
      AddFault(name, "is not a parameter of this call");
    }
  }
  if (faults_.empty()) return {};
  std::string message;
  for (const FieldError& fault : faults_) {
    message += fmt::format("{}{} {}", message.empty() ? "" : "; ", fault.pointer, fault.message);
  }
  Error error{ErrorCode::kInvalidArgument, std::move(message)};
  error.field = faults_.front().pointer;
  return Fail(std::move(error));
}

}  // namespace reprise::api
