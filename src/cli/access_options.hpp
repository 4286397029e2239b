#pragma once

#include <string>
#include <vector>

// The commands of people, organizations and what they may do. One struct per group: `verb` says
// which of its commands was typed.
namespace reprise::cli {

struct Login {
  std::string email;
  bool password_stdin = false;  // a script gives it: never an argument, which everybody sees
  std::string code;
};
struct Logout {};
struct WhoAmI {};

enum class AccessVerb {
  kList,
  kCreate,
  kRename,
  kDelete,
  kDisable,
  kEnable,
  kResetPassword,
  kAdd,
  kChangeRole,
  kRemove,
  kGrant,
  kRevoke,
};

struct UserCommand {
  AccessVerb verb = AccessVerb::kList;
  std::string email;
  std::string name;
  std::string organization;
  std::string role;
  bool admin = false;
};
struct OrgCommand {
  AccessVerb verb = AccessVerb::kList;
  std::string organization;
  std::string name;
};
// Limits as they were typed: "20", "none"; empty stays as it is.
struct QuotaCommand {
  std::string organization;
  std::string bytes;  // "500GB"
  std::string environments;
  std::string tasks;
};
struct ProjectCommand {
  AccessVerb verb = AccessVerb::kList;
  std::string project;
  std::string name;
  std::string organization;
};
struct MemberCommand {
  AccessVerb verb = AccessVerb::kList;
  std::string organization;
  std::string email;
  std::string role;
};
struct TeamCommand {
  AccessVerb verb = AccessVerb::kList;
  std::string organization;
  std::string team;
  std::string name;
  std::string email;
  std::string project;
  std::string role;
};
struct TokenCommand {
  AccessVerb verb = AccessVerb::kList;
  std::string token;
  std::string name;
  std::string project;
  std::vector<std::string> scopes;
  int days = 0;
};

}  // namespace reprise::cli
