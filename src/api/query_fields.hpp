#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/http_message.hpp"
#include "base/json_fields.hpp"
#include "catalog/stores.hpp"

namespace reprise::api {

// Reads the query of a request that holds to the contract, as BodyFields reads bodies. Call
// Finish() last.
class QueryFields {
 public:
  explicit QueryFields(const Request& request) : request_(request) {}

  [[nodiscard]] std::optional<std::string> Text(std::string_view name);  // empty = absent
  [[nodiscard]] bool Flag(std::string_view name);
  [[nodiscard]] std::optional<std::int64_t> Number(std::string_view name);
  // `parse` knows every name that openapi.yaml lists.
  template <class Enum>
  [[nodiscard]] std::optional<Enum> Named(
      std::string_view name, const std::function<std::optional<Enum>(std::string_view)>& parse) {
    const std::optional<std::string> text = Text(name);
    if (!text) return std::nullopt;
    std::optional<Enum> value = parse(*text);
    if (!value) disagreement_ = *text + " is a value that the handler does not know";
    return value;
  }
  template <class Id>
  [[nodiscard]] std::optional<Id> Identity(std::string_view name) {
    std::optional<std::string> text = Text(name);
    if (!text) return std::nullopt;
    return Id{*std::move(text)};
  }
  [[nodiscard]] catalog::PageRequest Page();  // `page` and `page_size`
  void AddFault(std::string_view name, std::string message);

  [[nodiscard]] const std::vector<FieldError>& faults() const { return faults_; }
  // kInvalidArgument with all faults. kInternal when the handler has read a parameter that is not
  // described, or left out one that is.
  [[nodiscard]] Status Finish();

 private:
  const Request& request_;
  std::set<std::string, std::less<>> known_;
  std::vector<FieldError> faults_;
  std::string disagreement_;
};

}  // namespace reprise::api
