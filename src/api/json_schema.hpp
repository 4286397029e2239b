#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/json_fields.hpp"

namespace reprise::api {

// One compiled JSON Schema (2020-12), of the keywords that openapi.yaml uses. Read-only.
struct Schema {
  enum Type : unsigned {
    kNull = 1,
    kBoolean = 2,
    kInteger = 4,
    kNumber = 8,
    kString = 16,
    kArray = 32,
    kObject = 64,
  };
  unsigned types = 0;  // 0: any
  std::optional<boost::json::array> one_of_values;
  std::optional<double> minimum;
  std::optional<double> maximum;
  std::size_t min_length = 0;  // characters
  std::size_t max_length = SIZE_MAX;
  std::size_t min_items = 0;
  std::size_t max_items = SIZE_MAX;
  std::string format;
  std::vector<std::pair<std::string, const Schema*>> properties;
  std::vector<std::string> required;
  bool closed = false;                   // refuses members that `properties` does not name
  const Schema* other_values = nullptr;  // of members that `properties` does not name
  const Schema* items = nullptr;
  const Schema* or_null = nullptr;  // this schema, or null
  std::vector<const Schema*> all_of;
  const Schema* content = nullptr;  // of JSON inside of the text
  std::optional<boost::json::value> fallback;

  [[nodiscard]] const Schema* Property(std::string_view name) const;
  [[nodiscard]] bool Requires(std::string_view name) const;
};

// Compiles the schemas of one document and owns them.
class SchemaBook {
 public:
  explicit SchemaBook(boost::json::value document) : document_(std::move(document)) {}

  // `where` names the place in failures. kInternal for a keyword, type or reference that is not
  // known: what would not be checked may not be written.
  [[nodiscard]] Result<const Schema*> Compile(const boost::json::value& schema,
                                              const std::string& where);
  // What a value is, or what its {"$ref": "#/…"} points to.
  [[nodiscard]] Result<const boost::json::value*> Resolve(const boost::json::value& value,
                                                          const std::string& where) const;
  [[nodiscard]] const boost::json::value& document() const { return document_; }

 private:
  class Compiler;
  Result<const Schema*> CompileReference(const std::string& pointer, const std::string& where);

  boost::json::value document_;
  std::vector<std::unique_ptr<Schema>> owned_;
  std::map<std::string, const Schema*> by_pointer_;
};

// In requests null means absent, texts hold no NUL, and of the formats only date-time is checked:
// an id that is no UUID names nothing, which is told by whoever looks for it. In answers everything
// counts.
enum class Reading { kRequest, kAnswer };

// Adds every fault of `value` with its path, in words for people.
void CheckAgainst(const Schema& schema, const boost::json::value& value, const std::string& path,
                  Reading reading, std::vector<FieldError>& faults);
// Makes a checked request plain to read: members that are null go, defaults come in.
void FillIn(const Schema& schema, boost::json::value& value);

}  // namespace reprise::api
