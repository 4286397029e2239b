#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "catalog/migrations.hpp"

namespace reprise::catalog {

// A catalog as it lies there, whatever the version of its schema: opening it changes nothing. One
// connection, for one thread.
class BareCatalog {
 public:
  virtual ~BareCatalog() = default;
  [[nodiscard]] virtual SchemaTarget& schema() = 0;
  // Runs `work` on what the catalog holds at one moment, while others go on writing.
  [[nodiscard]] virtual Status Read(const std::function<Status(Transaction&)>& work) = 0;
};

enum class Absent { kRefuse, kMake };

// kNotFound when there is no such file, which `absent` makes.
[[nodiscard]] Result<std::unique_ptr<BareCatalog>> OpenBareSqlite(const std::string& path,
                                                                  Absent absent);
[[nodiscard]] Result<std::unique_ptr<BareCatalog>> OpenBarePostgres(const std::string& url);

}  // namespace reprise::catalog
