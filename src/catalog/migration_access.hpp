#pragma once

#include <string_view>

namespace reprise::catalog {

// Who may call, and what they may do (docs/permissions.md). An idempotency key is its project's and
// its kind's own: a stranger's key neither returns nor hides a task.
inline constexpr std::string_view kMigrationAccess = R"sql(
CREATE TABLE user_account (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  must_change_password INTEGER NOT NULL,
  is_admin INTEGER NOT NULL,
  is_disabled INTEGER NOT NULL,
  totp_secret TEXT NOT NULL,
  totp_confirmed INTEGER NOT NULL,
  totp_last_step INTEGER NOT NULL,
  recovery_codes TEXT NOT NULL,
  last_sign_in_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE custom_role (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organization (id),
  name TEXT NOT NULL,
  permissions TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (organization_id, name)
) STRICT;
CREATE TABLE organization_member (
  organization_id TEXT NOT NULL REFERENCES organization (id),
  user_id TEXT NOT NULL REFERENCES user_account (id),
  role TEXT NOT NULL,
  custom_role_id TEXT REFERENCES custom_role (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (organization_id, user_id)
) STRICT;
CREATE INDEX organization_member_of_user ON organization_member (user_id);
CREATE TABLE team (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organization (id),
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (organization_id, name)
) STRICT;
CREATE TABLE team_member (
  team_id TEXT NOT NULL REFERENCES team (id),
  user_id TEXT NOT NULL REFERENCES user_account (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (team_id, user_id)
) STRICT;
CREATE INDEX team_member_of_user ON team_member (user_id);
CREATE TABLE team_grant (
  team_id TEXT NOT NULL REFERENCES team (id),
  project_id TEXT NOT NULL REFERENCES project (id),
  role TEXT NOT NULL,
  custom_role_id TEXT REFERENCES custom_role (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (team_id, project_id)
) STRICT;
CREATE TABLE permission_override (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organization (id),
  user_id TEXT NOT NULL REFERENCES user_account (id),
  project_id TEXT REFERENCES project (id),
  permission TEXT NOT NULL,
  effect TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX permission_override_of_user ON permission_override (user_id);
CREATE TABLE api_token (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES user_account (id),
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  sha256 TEXT NOT NULL UNIQUE,
  is_scoped INTEGER NOT NULL,
  scopes TEXT NOT NULL,
  project_id TEXT REFERENCES project (id),
  expires_at INTEGER,
  last_used_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX api_token_of_user ON api_token (user_id);
CREATE TABLE sign_in_session (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES user_account (id),
  sha256 TEXT NOT NULL UNIQUE,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  last_used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_session_of_user ON sign_in_session (user_id);
CREATE TABLE sign_in_failure (
  subject TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  blocked_until INTEGER NOT NULL,
  last_at INTEGER NOT NULL
) STRICT;
ALTER TABLE server ADD COLUMN organization_id TEXT REFERENCES organization (id);
DROP INDEX task_idempotency_key;
CREATE UNIQUE INDEX task_idempotency ON task (project_id, kind, idempotency_key)
  WHERE idempotency_key <> '';
)sql";

}  // namespace reprise::catalog
