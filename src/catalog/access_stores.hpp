#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "catalog/database.hpp"
#include "catalog/stores.hpp"
#include "domain/standing.hpp"

// Who may call and what they were given. Stores of plain rows: the rules stand in `access`.
namespace reprise::catalog {

struct User {
  domain::UserId id;
  std::string email;  // lower case
  std::string name;
  std::string password_hash;
  bool must_change_password = false;
  bool is_admin = false;  // of the whole installation
  bool is_disabled = false;
  std::string totp_secret;  // sealed; empty: no second factor
  bool totp_confirmed = false;
  std::int64_t totp_last_step = 0;          // the last time step whose code was taken
  std::vector<std::string> recovery_codes;  // hashes of those that are left
  std::optional<Instant> last_sign_in_at;
  Instant created_at;
};

struct UserFilter {
  // Members of any of these organizations only; nullopt: everybody.
  std::optional<std::vector<domain::OrganizationId>> members_of;
};

class UserStore {
 public:
  explicit UserStore(Database& database) : database_(database) {}
  // kNameTaken when the address is known already.
  [[nodiscard]] Status Insert(const User& user);
  [[nodiscard]] Result<User> Get(const domain::UserId& id) const;
  [[nodiscard]] Result<std::optional<User>> FindByEmail(const std::string& email) const;
  [[nodiscard]] Result<Page<User>> List(const UserFilter& filter, PageRequest page) const;
  // As the other stores' Update.
  [[nodiscard]] Result<User> Update(const domain::UserId& id,
                                    const std::function<Status(User&)>& change);

  [[nodiscard]] static Status InsertIn(Transaction& transaction, const User& user);
  [[nodiscard]] static Result<User> GetIn(Transaction& transaction, const domain::UserId& id);

 private:
  Database& database_;
};

struct Organization {
  domain::OrganizationId id;
  std::string name;
  Instant created_at;
};

// A role as it was given: a built-in one's name, or a custom one's id.
struct GivenRole {
  std::string built_in;
  domain::RoleId custom;  // wins when it is set
};

struct Member {
  domain::OrganizationId organization_id;
  domain::UserId user_id;
  GivenRole role;
  Instant created_at;
  std::string email;  // read only
  std::string name;
};

struct CustomRole {
  domain::RoleId id;
  domain::OrganizationId organization_id;
  std::string name;
  domain::PermissionSet permissions;
  Instant created_at;
};

struct Override {
  domain::OverrideId id;
  domain::OrganizationId organization_id;
  domain::UserId user_id;
  domain::PermissionOverride what;
  Instant created_at;
};

class OrganizationStore {
 public:
  explicit OrganizationStore(Database& database) : database_(database) {}
  [[nodiscard]] Status Insert(const Organization& organization);  // kNameTaken
  [[nodiscard]] Result<Organization> Get(const domain::OrganizationId& id) const;
  // `among`: nullopt means all.
  [[nodiscard]] Result<Page<Organization>> List(
      const std::optional<std::vector<domain::OrganizationId>>& among, PageRequest page) const;
  [[nodiscard]] Status Rename(const domain::OrganizationId& id, const std::string& name);
  // With its members, teams, roles and overrides. kConflict while it has projects or servers.
  [[nodiscard]] Status Delete(const domain::OrganizationId& id);

  [[nodiscard]] Result<Page<Member>> Members(const domain::OrganizationId& id,
                                             PageRequest page) const;
  [[nodiscard]] Result<Member> GetMember(const domain::OrganizationId& id,
                                         const domain::UserId& user) const;
  // Adds a member or changes the role. kConflict when the last owner would be lost: an owner who is
  // disabled counts for nothing.
  [[nodiscard]] Status PutMember(const Member& member);
  // Also out of the organization's teams and overrides. kConflict as above.
  [[nodiscard]] Status RemoveMember(const domain::OrganizationId& id, const domain::UserId& user);

  [[nodiscard]] Status InsertRole(const CustomRole& role);  // kNameTaken
  [[nodiscard]] Result<CustomRole> GetRole(const domain::RoleId& id) const;
  [[nodiscard]] Result<Page<CustomRole>> Roles(const domain::OrganizationId& id,
                                               PageRequest page) const;
  [[nodiscard]] Status UpdateRole(const CustomRole& role);
  [[nodiscard]] Status DeleteRole(const domain::RoleId& id);  // kConflict while somebody has it

  // Replaces one for the same person, permission and project.
  [[nodiscard]] Status PutOverride(const Override& given);
  [[nodiscard]] Result<Override> GetOverride(const domain::OverrideId& id) const;
  [[nodiscard]] Result<Page<Override>> Overrides(const domain::OrganizationId& id,
                                                 PageRequest page) const;
  [[nodiscard]] Status DeleteOverride(const domain::OverrideId& id);

 private:
  Database& database_;
};

// kConflict when a disabled or removed `user` was the last owner of an organization.
[[nodiscard]] Status CheckNotLastOwner(Transaction& transaction, const domain::UserId& user);

struct Team {
  domain::TeamId id;
  domain::OrganizationId organization_id;
  std::string name;
  Instant created_at;
};

struct TeamMember {
  domain::UserId user_id;
  std::string email;
  std::string name;
  Instant created_at;
};

struct TeamGrant {
  domain::TeamId team_id;
  domain::ProjectId project_id;
  GivenRole role;
  Instant created_at;
};

class TeamStore {
 public:
  explicit TeamStore(Database& database) : database_(database) {}
  [[nodiscard]] Status Insert(const Team& team);  // kNameTaken
  [[nodiscard]] Result<Team> Get(const domain::TeamId& id) const;
  [[nodiscard]] Result<Page<Team>> List(const domain::OrganizationId& id, PageRequest page) const;
  [[nodiscard]] Status Rename(const domain::TeamId& id, const std::string& name);
  [[nodiscard]] Status Delete(const domain::TeamId& id);
  [[nodiscard]] Result<Page<TeamMember>> Members(const domain::TeamId& id, PageRequest page) const;
  // kConflict unless the user is a member of the team's organization. Twice is the same as once.
  [[nodiscard]] Status AddMember(const domain::TeamId& id, const domain::UserId& user, Instant now);
  [[nodiscard]] Status RemoveMember(const domain::TeamId& id, const domain::UserId& user);
  [[nodiscard]] Result<Page<TeamGrant>> Grants(const domain::TeamId& id, PageRequest page) const;
  [[nodiscard]] Status PutGrant(const TeamGrant& grant);
  [[nodiscard]] Status RemoveGrant(const domain::TeamId& id, const domain::ProjectId& project);

 private:
  Database& database_;
};

struct ApiToken {
  domain::TokenId id;
  domain::UserId user_id;
  std::string name;
  std::string prefix;  // what is shown of it
  std::string sha256;
  std::optional<domain::PermissionSet> scopes;  // nullopt: all that its user may
  domain::ProjectId project_id;                 // empty: not tied to one
  std::optional<Instant> expires_at;
  std::optional<Instant> last_used_at;
  Instant created_at;
};

struct SignInSession {
  domain::SessionId id;
  domain::UserId user_id;
  std::string sha256;
  std::string address;
  std::string user_agent;
  Instant last_used_at;
  Instant expires_at;  // whatever it is used for
  Instant created_at;
};

struct TokenFilter {
  std::optional<domain::UserId> user_id;
  std::optional<domain::OrganizationId> organization_id;  // tied to one of its projects
};

// What a caller shows: API tokens and the sessions of signed-in people. Only hashes are kept.
class CredentialStore {
 public:
  explicit CredentialStore(Database& database) : database_(database) {}
  [[nodiscard]] Status InsertToken(const ApiToken& token);
  [[nodiscard]] Result<ApiToken> GetToken(const domain::TokenId& id) const;
  [[nodiscard]] Result<std::optional<ApiToken>> FindToken(const std::string& sha256) const;
  [[nodiscard]] Result<Page<ApiToken>> Tokens(const TokenFilter& filter, PageRequest page) const;
  [[nodiscard]] Status TouchToken(const domain::TokenId& id, Instant now);
  [[nodiscard]] Status DeleteToken(const domain::TokenId& id);

  [[nodiscard]] Status InsertSession(const SignInSession& session);
  [[nodiscard]] Result<SignInSession> GetSession(const domain::SessionId& id) const;
  [[nodiscard]] Result<std::optional<SignInSession>> FindSession(const std::string& sha256) const;
  [[nodiscard]] Result<Page<SignInSession>> Sessions(const domain::UserId& user,
                                                     PageRequest page) const;
  [[nodiscard]] Status TouchSession(const domain::SessionId& id, Instant now);
  [[nodiscard]] Status DeleteSession(const domain::SessionId& id);
  // All of a person but `but` (empty: all).
  [[nodiscard]] Status DeleteSessionsOf(const domain::UserId& user, const domain::SessionId& but);
  [[nodiscard]] Status DeleteTokensOf(const domain::UserId& user);
  // Sessions that are over, and failures that nobody waits for any more.
  [[nodiscard]] Status RemoveExpired(Instant now);

  struct Failures {
    std::int64_t count = 0;
    Instant blocked_until;
  };
  [[nodiscard]] Result<Failures> SignInFailures(const std::string& subject) const;
  // Reads, lets `change` alter and writes, in one transaction.
  [[nodiscard]] Status ChangeSignInFailures(const std::string& subject, Instant now,
                                            const std::function<Status(Failures&)>& change);
  [[nodiscard]] Status ClearSignInFailures(const std::string& subject);

 private:
  Database& database_;
};

// What the permission layer asks.
class AccessStore {
 public:
  explicit AccessStore(Database& database) : database_(database) {}
  struct OrganizationStanding {
    domain::OrganizationId organization_id;
    GivenRole role;
    domain::Standing standing;
  };
  // In each organization that the user is a member of.
  [[nodiscard]] Result<std::vector<OrganizationStanding>> StandingsOf(
      const domain::UserId& user) const;

  // Where an object belongs; nullopt when there is none.
  struct Place {
    domain::ProjectId project_id;  // empty: the organization's own
    domain::OrganizationId organization_id;
  };
  enum class Thing {
    kEnvironment,
    kBackup,
    kRestore,
    kTask,
    kProject,
    kSchedule,
    kDrill,
    kUpload,
    kMount,
    kSnapshot,
    kStorage,
    kOrganization
  };
  [[nodiscard]] Result<std::optional<Place>> PlaceOf(Thing thing, const std::string& id) const;
  struct ProjectPlace {
    domain::ProjectId project_id;
    domain::OrganizationId organization_id;
  };
  // All projects of these organizations.
  [[nodiscard]] Result<std::vector<ProjectPlace>> ProjectsOf(
      const std::vector<domain::OrganizationId>& organizations) const;

 private:
  Database& database_;
};

}  // namespace reprise::catalog
