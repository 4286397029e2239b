#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace reprise {

struct FieldError {
  std::string pointer;  // "/target/mode" (RFC 6901)
  std::string message;  // "must be one of original, existing, new, cross_server"
};

// The pointer to member `name` of what `pointer` points to (RFC 6901).
[[nodiscard]] std::string PointerBelow(std::string_view pointer, std::string_view name);
// kInvalidArgument that names all faults; `field` is the first one's.
[[nodiscard]] Error InvalidFields(const std::vector<FieldError>& faults);

// Reads the fields of a JSON object that strangers sent, and gathers every fault with its path
// instead of stopping at the first. Child readers add to their parent's list. Call Finish() last:
// it also reports fields that nobody asked for.
class JsonFields {
 public:
  explicit JsonFields(const boost::json::value& value);

  [[nodiscard]] std::string RequiredText(std::string_view name);
  [[nodiscard]] std::optional<std::string> OptionalText(std::string_view name);  // null = absent
  [[nodiscard]] bool OptionalBool(std::string_view name, bool fallback);
  [[nodiscard]] std::int64_t OptionalInt(std::string_view name, std::int64_t fallback,
                                         std::int64_t least, std::int64_t most);
  // A text that `parse` must accept; `allowed` is told in the fault.
  template <class Enum>
  [[nodiscard]] std::optional<Enum> OptionalEnum(
      std::string_view name, const std::function<std::optional<Enum>(std::string_view)>& parse,
      std::string_view allowed) {
    const std::optional<std::string> text = OptionalText(name);
    if (!text) return std::nullopt;
    std::optional<Enum> value = parse(*text);
    if (!value) AddFault(name, "must be one of " + std::string(allowed));
    return value;
  }
  // The object under `name`; nullopt when absent or null.
  [[nodiscard]] std::optional<JsonFields> OptionalObject(std::string_view name);
  void AddFault(std::string_view name, std::string message);
  // The value as it stands, marked as read; null when absent.
  [[nodiscard]] const boost::json::value* Raw(std::string_view name);

  [[nodiscard]] const std::vector<FieldError>& faults() const { return *faults_; }
  // kInvalidArgument that names all faults (field = the first one's), also of unknown fields.
  [[nodiscard]] Status Finish();

 private:
  JsonFields(const boost::json::value* value, std::string path,
             std::shared_ptr<std::vector<FieldError>> faults);
  const boost::json::object* object_ = nullptr;
  std::string path_;
  std::shared_ptr<std::vector<FieldError>> faults_;
  std::vector<std::string> known_;
};

// Parses text as JSON: depth at most 32. kMalformedRequest with the byte offset otherwise.
[[nodiscard]] Result<boost::json::value> ParseJson(std::string_view text);

}  // namespace reprise
