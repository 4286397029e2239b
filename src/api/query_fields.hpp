#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http_message.hpp"
#include "base/json_fields.hpp"
#include "catalog/stores.hpp"

namespace reprise::api {

// Reads the query of a request as JsonFields reads bodies: every fault is gathered, unknown names
// are faults. Call Finish() last.
class QueryFields {
 public:
  explicit QueryFields(const Request& request) : request_(request) {}

  [[nodiscard]] std::optional<std::string> Text(std::string_view name);  // empty = absent
  [[nodiscard]] bool Bool(std::string_view name, bool fallback);
  [[nodiscard]] std::int64_t Int(std::string_view name, std::int64_t fallback, std::int64_t least,
                                 std::int64_t most);
  template <class Enum>
  [[nodiscard]] std::optional<Enum> Named(
      std::string_view name, const std::function<std::optional<Enum>(std::string_view)>& parse) {
    const std::optional<std::string> text = Text(name);
    if (!text) return std::nullopt;
    std::optional<Enum> value = parse(*text);
    if (!value) AddFault(name, "has no value \"" + *text + "\"");
    return value;
  }
  template <class Id>
  [[nodiscard]] std::optional<Id> Identity(std::string_view name) {
    std::optional<std::string> text = Text(name);
    if (!text) return std::nullopt;
    return Id{*std::move(text)};
  }
  // `page` from 1, `page_size` from 1 to 100.
  [[nodiscard]] catalog::PageRequest Page();
  void AddFault(std::string_view name, std::string message);

  [[nodiscard]] const std::vector<FieldError>& faults() const { return faults_; }
  // kInvalidArgument that names all faults.
  [[nodiscard]] Status Finish();

 private:
  const Request& request_;
  std::vector<std::string> known_;
  std::vector<FieldError> faults_;
};

}  // namespace reprise::api
