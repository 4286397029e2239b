#pragma once

#include <string_view>

namespace reprise::catalog {

// Whom a sign-in provider knows under what name, and which sign-ins have come back
// (docs/sign-in.md).
inline constexpr std::string_view kMigrationSignIn = R"sql(
CREATE TABLE user_identity (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES user_account (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject),
  UNIQUE (issuer, user_id)
) STRICT;
CREATE TABLE used_sign_in_state (
  sha256 TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT;
)sql";

}  // namespace reprise::catalog
