#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/context.hpp"

// `reprise doctor`: what is wrong with an installation, looked at from its own machine without
// changing it, beside a server that runs or without one.
namespace reprise::doctor {

enum class Level { kOk, kWarn, kFail };
[[nodiscard]] std::string_view NameOf(Level level);

struct Finding {
  std::string name;  // "catalog"
  Level level = Level::kOk;
  std::string sentence;
  std::string fix;  // "" when there is nothing to do
};

struct Installation {
  std::string data;         // folder
  std::string storage;      // folder of the archives
  std::string catalog_url;  // "": SQLite in the data folder
  std::string docker;
  std::string host = "127.0.0.1";
  int port = 8080;
  bool allow_private_storage = false;
};

// Looks at all of it, one finding or more for each thing, in an order that begins with what the
// others stand on. Asks engines, storages and servers, each for at most 20 s.
[[nodiscard]] std::vector<Finding> Examine(const Context& ctx, const Installation& installation);

}  // namespace reprise::doctor
