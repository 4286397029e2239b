#include "catalog/mail_facts.hpp"

#include <fmt/format.h>

#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

constexpr std::string_view kTask =
    "SELECT task.kind, task.status, task.error_message, task.error_hint, task.error_step,"
    " project.name, organization.name, task.started_at, task.completed_at, task.subject_id"
    " FROM task JOIN project ON project.id = task.project_id"
    " JOIN organization ON organization.id = project.organization_id WHERE task.id = $1";
// Backup, environment, outcome: of what each kind of task is about.
constexpr std::string_view kOfBackup =
    "SELECT backup.name, COALESCE(environment.name, ''), '' FROM backup"
    " LEFT JOIN environment ON environment.id = backup.environment_id WHERE backup.id = $1";
constexpr std::string_view kOfRestore =
    "SELECT backup.name, environment.name, restore_point.outcome FROM restore_point"
    " JOIN backup ON backup.id = restore_point.backup_id"
    " JOIN environment ON environment.id = restore_point.target_environment_id"
    " WHERE restore_point.id = $1";
constexpr std::string_view kOfDrill =
    "SELECT COALESCE(backup.name, ''), COALESCE(environment.name, ''), '' FROM drill"
    " LEFT JOIN backup ON backup.id = drill.backup_id"
    " LEFT JOIN environment ON environment.id = drill.environment_id WHERE drill.id = $1";

std::string_view SubjectSql(std::string_view kind) {
  return kind == "restore" ? kOfRestore : kind == "drill" ? kOfDrill : kOfBackup;
}

}  // namespace

Result<MailFacts> MailFactsOf(Database& database, const std::string& task_id) {
  return ReadValue<MailFacts>(database, [&](Transaction& tx) -> Result<MailFacts> {
    ASSIGN_OR_RETURN(const std::vector<Row> tasks, tx.Query(kTask, {task_id}));
    if (tasks.empty()) {
      return Fail(ErrorCode::kNotFound, fmt::format("there is no task {}", task_id));
    }
    RowReader reader(tasks.front());
    MailFacts facts;
    facts.kind = reader.Text();
    facts.status = reader.Text();
    facts.error = reader.Text();
    facts.hint = reader.Text();
    facts.step = reader.Text();
    facts.project = reader.Text();
    facts.organization = reader.Text();
    facts.started_at = reader.OptionalTime();
    facts.completed_at = reader.OptionalTime();
    ASSIGN_OR_RETURN(const std::vector<Row> subject,
                     tx.Query(SubjectSql(facts.kind), {reader.Text()}));
    if (subject.empty()) return facts;
    facts.backup = subject.front().Text(0);
    facts.environment = subject.front().Text(1);
    facts.outcome = subject.front().Text(2);
    return facts;
  });
}

}  // namespace reprise::catalog
