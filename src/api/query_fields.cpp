#include "api/query_fields.hpp"

#include <charconv>

#include "api/contract.hpp"

namespace reprise::api {

std::optional<std::string> QueryFields::Text(std::string_view name) {
  known_.emplace(name);
  const std::optional<std::string_view> value = request_.QueryValue(name);
  if (!value || value->empty()) return std::nullopt;
  return std::string(*value);
}

bool QueryFields::Flag(std::string_view name) {
  const std::string text = Text(name).value_or("");
  return text == "true" || text == "1";
}

std::optional<std::int64_t> QueryFields::Number(std::string_view name) {
  const std::optional<std::string> text = Text(name);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

catalog::PageRequest QueryFields::Page() {
  catalog::PageRequest page;
  page.page = static_cast<int>(Number("page").value_or(page.page));
  page.page_size = static_cast<int>(Number("page_size").value_or(page.page_size));
  return page;
}

void QueryFields::AddFault(std::string_view name, std::string message) {
  faults_.push_back({std::string(name), std::move(message)});
}

Status QueryFields::Finish() {
  if (request_.operation != nullptr) {
    std::set<std::string, std::less<>> described;
    for (const Parameter& parameter : request_.operation->parameters) {
      if (parameter.place == Parameter::Place::kQuery) described.insert(parameter.name);
    }
    for (const std::string& name : known_) {
      if (!described.contains(name)) disagreement_ = name + " is read, but not described";
    }
    for (const std::string& name : described) {
      if (!known_.contains(name)) disagreement_ = name + " is described, but not read";
    }
  }
  if (!disagreement_.empty()) {
    return Fail(ErrorCode::kInternal,
                "the server and its description of this call disagree: " + disagreement_);
  }
  if (faults_.empty()) return {};
  return Fail(InvalidFields(faults_));
}

}  // namespace reprise::api
