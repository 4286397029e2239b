#include "catalog/safe_copy_store.hpp"

#include "catalog/json_columns.hpp"
#include "catalog/table.hpp"

namespace reprise::catalog {

using domain::SafeCopySettings;

Result<SafeCopySettings> SafeCopyStore::Get(const domain::ProjectId& id) const {
  return ReadValue<SafeCopySettings>(database_, [&](Transaction& tx) -> Result<SafeCopySettings> {
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     tx.Query("SELECT settings FROM safe_copy WHERE project_id = $1", {id.value}));
    if (rows.empty()) return SafeCopySettings();
    return SettingsFromJson(rows.front().Text(0));
  });
}

Status SafeCopyStore::Put(const domain::ProjectId& id, const SafeCopySettings& settings) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("DELETE FROM safe_copy WHERE project_id = $1", {id.value}));
    RETURN_IF_ERROR(
        tx.Execute("INSERT INTO safe_copy (project_id, settings, updated_at) VALUES ($1, $2, $3)",
                   {id.value, SettingsToJson(settings), TimeValue(clock_.Now())}));
    return {};
  });
}

Status SafeCopyStore::Remove(const domain::ProjectId& id) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("DELETE FROM safe_copy WHERE project_id = $1", {id.value}));
    return {};
  });
}

}  // namespace reprise::catalog
