#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http_message.hpp"
#include "api/json_schema.hpp"
#include "base/json_fields.hpp"

namespace reprise::api {

// Reads the body of a request that holds to the contract: what openapi.yaml requires is there, of
// its type, and defaults stand in it. What only the handler can know is wrong it adds as a fault.
// Call Finish() last, on the reader of the whole body.
class BodyFields {
 public:
  // `request` must outlive the reader and what it hands out.
  explicit BodyFields(const Request& request);

  [[nodiscard]] std::string Text(std::string_view name);  // "" when absent
  [[nodiscard]] std::optional<std::string> OptionalText(std::string_view name);
  [[nodiscard]] bool Flag(std::string_view name);
  [[nodiscard]] std::int64_t Number(std::string_view name);
  // A text of a set of names. `parse` knows every name that openapi.yaml lists.
  template <class Enum>
  [[nodiscard]] Enum Named(std::string_view name,
                           const std::function<std::optional<Enum>(std::string_view)>& parse) {
    const std::string text = Text(name);
    const std::optional<Enum> value = parse(text);
    if (!value) Disagree(name, "\"" + text + "\" is a value that the handler does not know");
    return value.value_or(Enum{});
  }
  // The object under `name`; its faults go into this reader's list.
  [[nodiscard]] std::optional<BodyFields> Object(std::string_view name);
  [[nodiscard]] const boost::json::value* Raw(std::string_view name);  // null when absent

  void AddFault(std::string_view name, std::string message);
  [[nodiscard]] const std::vector<FieldError>& faults() const;
  // kInvalidArgument with all faults. kInternal when the handler has read a field that is not
  // described, or left out one that is.
  [[nodiscard]] Status Finish();

 private:
  struct Reader;
  struct State;
  BodyFields(std::shared_ptr<State> state, const boost::json::value* value, const Schema* schema,
             std::string path);
  void Disagree(std::string_view name, std::string how);

  std::shared_ptr<State> state_;
  std::shared_ptr<Reader> reader_;
};

}  // namespace reprise::api
