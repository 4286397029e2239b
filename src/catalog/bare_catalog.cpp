#include "catalog/bare_catalog.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace reprise::catalog {
namespace {

class BareSqlite final : public BareCatalog {
 public:
  explicit BareSqlite(std::unique_ptr<SqliteConnection> connection)
      : connection_(std::move(connection)), schema_(SqliteSchemaOf(*connection_)) {}
  [[nodiscard]] SchemaTarget& schema() override { return *schema_; }
  [[nodiscard]] Status Read(const std::function<Status(Transaction&)>& work) override {
    return RunTransaction(*connection_, "BEGIN", work);
  }

 private:
  std::unique_ptr<SqliteConnection> connection_;
  std::unique_ptr<SchemaTarget> schema_;
};

}  // namespace

Result<std::unique_ptr<BareCatalog>> OpenBareSqlite(const std::string& path, Absent absent) {
  const bool may_make = absent == Absent::kMake;
  if (!may_make && !std::filesystem::exists(path)) {
    return Fail(ErrorCode::kNotFound, fmt::format("there is no catalog {}", path),
                "name the data folder of the installation with --data, or its PostgreSQL database "
                "with --catalog");
  }
  using Access = SqliteConnection::Access;
  ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> connection,
                   SqliteConnection::Open(path, may_make ? Access::kReadWrite : Access::kReadOnly));
  return std::make_unique<BareSqlite>(std::move(connection));
}

}  // namespace reprise::catalog
