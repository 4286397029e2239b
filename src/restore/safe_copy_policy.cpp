#include "restore/safe_copy_policy.hpp"

#include "postgres/own_sql.hpp"

namespace reprise::restore {

Status CheckSettings(const domain::SafeCopySettings& settings) {
  RETURN_IF_ERROR(domain::CheckSettings(settings));
  auto statements = postgres::SplitStatements(settings.extra_sql);
  if (statements) return {};
  statements.error().field = "/extra_sql";
  return Fail(std::move(statements.error()));
}

}  // namespace reprise::restore
