#pragma once

#include <string_view>

namespace reprise::catalog {

// The audit log (docs/audit.md). Rows are only ever added: the database itself refuses the rest.
inline constexpr std::string_view kMigrationAudit = R"sql(
CREATE TABLE audit_entry (
  number INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  token_id TEXT NOT NULL,
  address TEXT NOT NULL,
  request_id TEXT NOT NULL,
  action TEXT NOT NULL,
  object_kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  organization_id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  result TEXT NOT NULL,
  status INTEGER NOT NULL,
  details TEXT NOT NULL,
  previous_hash TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_entry_of_organization ON audit_entry (organization_id, number);
CREATE INDEX audit_entry_of_actor ON audit_entry (actor_id, number);
-- only sqlite
CREATE TRIGGER audit_entry_stays BEFORE UPDATE ON audit_entry
  BEGIN SELECT RAISE(ABORT, 'rows of the audit log are never changed'); END;
CREATE TRIGGER audit_entry_remains BEFORE DELETE ON audit_entry
  BEGIN SELECT RAISE(ABORT, 'rows of the audit log are never deleted'); END;
-- end only
-- only postgres
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN RAISE EXCEPTION ''rows of the audit log are never changed or deleted''; END';
CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
-- end only
)sql";

}  // namespace reprise::catalog
