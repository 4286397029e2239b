#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/json_schema.hpp"
#include "base/error.hpp"

namespace reprise::api {

struct Parameter {
  enum class Place { kPath, kQuery, kHeader };
  std::string name;
  Place place = Place::kQuery;
  bool required = false;
  const Schema* schema = nullptr;
};

struct RequestBody {
  bool required = false;
  const Schema* json = nullptr;  // null for bodies that are not JSON
};

// One call of the API, as openapi.yaml describes it.
struct Operation {
  using Contents = std::map<std::string, const Schema*>;  // by content type
  std::string id;                                         // "getBackup"
  std::string method;
  std::string path;   // "/api/v1/backups/{id}"
  bool open = false;  // needs no token
  std::vector<Parameter> parameters;
  std::optional<RequestBody> body;
  std::map<std::string, Contents> answers;  // by status: "200", "default"
};

// openapi.yaml, read for checking requests and answers against it. Immutable and thread-safe.
class Contract {
 public:
  // `document` is OpenAPI 3.1 as JSON. kInternal for what it says in a way that we cannot check.
  [[nodiscard]] static Result<std::shared_ptr<const Contract>> Parse(std::string_view document);
  // The one that this program was built with.
  [[nodiscard]] static Result<std::shared_ptr<const Contract>> BuiltIn();

  // Null when the call is not described.
  [[nodiscard]] const Operation* Find(std::string_view method, std::string_view path) const;
  [[nodiscard]] const std::vector<Operation>& operations() const { return operations_; }
  [[nodiscard]] const boost::json::value& document() const { return book_.document(); }

 private:
  explicit Contract(boost::json::value document) : book_(std::move(document)) {}
  Status ReadPaths();
  Status ReadOperation(std::string_view method, std::string_view path,
                       const boost::json::object& text);
  Status ReadParameters(const boost::json::object& text, Operation& into);
  Status ReadBody(const boost::json::object& text, Operation& into);
  Status ReadAnswers(const boost::json::object& text, Operation& into);

  SchemaBook book_;
  std::vector<Operation> operations_;
};

}  // namespace reprise::api
