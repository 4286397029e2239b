#pragma once

#include <boost/json/object.hpp>
#include <cstdlib>
#include <optional>
#include <string>

#include "base/file.hpp"
#include "base/json_fields.hpp"

namespace reprise::storage::testing {

// What lab/storage has started for the tests: the entry `name` of its servers.json, in the folder
// that REPRISE_TEST_STORAGE names; or why there is none.
struct LabServer {
  boost::json::object entry;
  std::string missing;

  [[nodiscard]] std::string Text(std::string_view field) const {
    const auto* value = entry.if_contains(field);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
  }
  [[nodiscard]] int Number(std::string_view field) const {
    const auto* value = entry.if_contains(field);
    return value != nullptr && value->is_int64() ? static_cast<int>(value->get_int64()) : 0;
  }
};

inline LabServer FindLabServer(std::string_view name) {
  const char* folder = std::getenv("REPRISE_TEST_STORAGE");
  if (folder == nullptr) return {{}, "REPRISE_TEST_STORAGE names no folder of lab/storage"};
  const auto text = ReadTextFile(std::string(folder) + "/servers.json");
  if (!text) return {{}, "lab/storage has not started: " + text.error().message};
  const auto parsed = ParseJson(*text);
  if (!parsed) return {{}, parsed.error().message};
  LabServer server{parsed->as_object().at(name).as_object(), {}};
  server.missing = server.Text("missing");
  return server;
}

}  // namespace reprise::storage::testing
