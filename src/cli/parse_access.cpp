#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "cli/parse_builder.hpp"

// The lines about people, organizations and what they may do.
namespace reprise::cli {
namespace {

template <class Options>
using Declare = std::function<void(CLI::App&, Options&)>;

template <class Options>
void Add(Builder& build, CLI::App& group, const std::string& name, AccessVerb verb,
         const std::string& help, const Declare<Options>& declare) {
  Options defaults;
  defaults.verb = verb;
  build.Add<Options>(group, name, help, declare, defaults);
}

template <class Options>
void Organization(CLI::App& command, Options& options) {
  command.add_option("--org,-o", options.organization,
                     "name or id of the organization (default: the only one)");
}

void AddSignIn(Builder& build) {
  build.Add<Login>(build.app(), "login", "Sign in; keeps a token for this server",
                   [](CLI::App& command, Login& options) {
                     command.add_option("email", options.email)->required();
                     command.add_flag("--password-stdin", options.password_stdin,
                                      "read the password from the input, for scripts");
                     command.add_option("--code", options.code, "of the second factor");
                   });
  build.Add<Logout>(build.app(), "logout", "Forget and revoke the token of this server",
                    [](CLI::App&, Logout&) {});
  build.Add<WhoAmI>(build.app(), "whoami", "Who you are to this server", [](CLI::App&, WhoAmI&) {});
}

void AddUsers(Builder& build) {
  CLI::App& group = build.Group("user", "Accounts of people");
  Add<UserCommand>(build, group, "list", AccessVerb::kList, "List accounts",
                   [](CLI::App&, UserCommand&) {});
  Add<UserCommand>(build, group, "create", AccessVerb::kCreate,
                   "Make one; prints a password for the first sign-in",
                   [](CLI::App& command, UserCommand& options) {
                     command.add_option("email", options.email)->required();
                     command.add_option("--name,-n", options.name);
                     command.add_option("--org,-o", options.organization, "a member of it at once");
                     command.add_option("--role,-r", options.role, "in it (viewer)");
                     command.add_flag("--admin", options.admin, "administers the installation");
                   });
  for (const auto& [name, verb, help] :
       {std::tuple("disable", AccessVerb::kDisable, "Lock one out; ends sessions and tokens"),
        std::tuple("enable", AccessVerb::kEnable, "Let one in again"),
        std::tuple("reset-password", AccessVerb::kResetPassword, "Give a new one-time password")}) {
    Add<UserCommand>(build, group, name, verb, help, [](CLI::App& command, UserCommand& options) {
      command.add_option("user", options.email, "e-mail address or id")->required();
    });
  }
}

void AddOrganizations(Builder& build) {
  CLI::App& group = build.Group("org", "Organizations");
  Add<OrgCommand>(build, group, "list", AccessVerb::kList, "List organizations",
                  [](CLI::App&, OrgCommand&) {});
  Add<OrgCommand>(build, group, "create", AccessVerb::kCreate, "Make one",
                  [](CLI::App& command, OrgCommand& options) {
                    command.add_option("name", options.name)->required();
                  });
  Add<OrgCommand>(build, group, "rename", AccessVerb::kRename, "Give one another name",
                  [](CLI::App& command, OrgCommand& options) {
                    command.add_option("org", options.organization, "name or id")->required();
                    command.add_option("name", options.name)->required();
                  });
  Add<OrgCommand>(build, group, "delete", AccessVerb::kDelete, "Delete an empty one",
                  [](CLI::App& command, OrgCommand& options) {
                    command.add_option("org", options.organization, "name or id")->required();
                  });
  build.Add<QuotaCommand>(
      group, "quota", "Show what one has and may have, or set its limits",
      [](CLI::App& command, QuotaCommand& options) {
        command.add_option("org", options.organization, "name or id (default: the only one)");
        command.add_option("--bytes", options.bytes, "of stored backups, such as 500GB, or none");
        command.add_option("--environments", options.environments, "how many at most, or none");
        command.add_option("--tasks", options.tasks, "queued or running at once, or none");
      });
}

void AddProjects(Builder& build) {
  CLI::App& group = build.Group("project", "Projects of an organization");
  Add<ProjectCommand>(build, group, "list", AccessVerb::kList, "List projects",
                      [](CLI::App&, ProjectCommand&) {});
  Add<ProjectCommand>(build, group, "create", AccessVerb::kCreate, "Make one",
                      [](CLI::App& command, ProjectCommand& options) {
                        command.add_option("name", options.name)->required();
                        Organization(command, options);
                      });
  Add<ProjectCommand>(build, group, "rename", AccessVerb::kRename, "Give one another name",
                      [](CLI::App& command, ProjectCommand& options) {
                        command.add_option("project", options.project, "name or id")->required();
                        command.add_option("name", options.name)->required();
                      });
  Add<ProjectCommand>(build, group, "delete", AccessVerb::kDelete, "Delete an empty one",
                      [](CLI::App& command, ProjectCommand& options) {
                        command.add_option("project", options.project, "name or id")->required();
                      });
}

void AddMembers(Builder& build) {
  CLI::App& group = build.Group("member", "Members of an organization and their roles");
  Add<MemberCommand>(build, group, "list", AccessVerb::kList, "List members",
                     Organization<MemberCommand>);
  const auto email_and_role = [](CLI::App& command, MemberCommand& options) {
    command.add_option("email", options.email)->required();
    command.add_option("role", options.role, "owner, admin, developer, viewer, or a role's id")
        ->required();
    Organization(command, options);
  };
  Add<MemberCommand>(build, group, "add", AccessVerb::kAdd, "Make an account a member",
                     email_and_role);
  Add<MemberCommand>(build, group, "role", AccessVerb::kChangeRole, "Give a member another role",
                     email_and_role);
  Add<MemberCommand>(build, group, "remove", AccessVerb::kRemove, "Remove a member",
                     [](CLI::App& command, MemberCommand& options) {
                       command.add_option("email", options.email)->required();
                       Organization(command, options);
                     });
}

void AddTeams(Builder& build) {
  CLI::App& group = build.Group("team", "Teams, and their roles in projects");
  Add<TeamCommand>(build, group, "list", AccessVerb::kList, "List teams",
                   Organization<TeamCommand>);
  Add<TeamCommand>(build, group, "create", AccessVerb::kCreate, "Make one",
                   [](CLI::App& command, TeamCommand& options) {
                     command.add_option("name", options.name)->required();
                     Organization(command, options);
                   });
  Add<TeamCommand>(build, group, "delete", AccessVerb::kDelete, "Delete one",
                   [](CLI::App& command, TeamCommand& options) {
                     command.add_option("team", options.team, "name or id")->required();
                     Organization(command, options);
                   });
  for (const auto& [name, verb, help] :
       {std::tuple("add", AccessVerb::kAdd, "Put a member into a team"),
        std::tuple("remove", AccessVerb::kRemove, "Take a member out of a team")}) {
    Add<TeamCommand>(build, group, name, verb, help, [](CLI::App& command, TeamCommand& options) {
      command.add_option("team", options.team, "name or id")->required();
      command.add_option("email", options.email)->required();
      Organization(command, options);
    });
  }
  Add<TeamCommand>(
      build, group, "grant", AccessVerb::kGrant, "Give a team a role in a project",
      [](CLI::App& command, TeamCommand& options) {
        command.add_option("team", options.team, "name or id")->required();
        command.add_option("project", options.project, "name or id")->required();
        command.add_option("role", options.role, "admin, developer, viewer, or an id")->required();
        Organization(command, options);
      });
  Add<TeamCommand>(build, group, "revoke", AccessVerb::kRevoke, "Take it back",
                   [](CLI::App& command, TeamCommand& options) {
                     command.add_option("team", options.team, "name or id")->required();
                     command.add_option("project", options.project, "name or id")->required();
                     Organization(command, options);
                   });
}

void AddTokens(Builder& build) {
  CLI::App& group = build.Group("token", "API tokens");
  Add<TokenCommand>(build, group, "list", AccessVerb::kList, "List tokens",
                    [](CLI::App&, TokenCommand&) {});
  Add<TokenCommand>(
      build, group, "create", AccessVerb::kCreate, "Make one; it is shown once",
      [](CLI::App& command, TokenCommand& options) {
        command.add_option("name", options.name, "what it is for")->required();
        command.add_option("--scope,-s", options.scopes,
                           "a permission that it is limited to; may be given several times");
        command.add_option("--project,-p", options.project, "limited to this project");
        command.add_option("--days", options.days, "how long it lasts (for ever)")
            ->check(CLI::Range(1, 3650));
      });
  Add<TokenCommand>(build, group, "revoke", AccessVerb::kRevoke, "End one at once",
                    [](CLI::App& command, TokenCommand& options) {
                      command.add_option("token", options.token, "name or id")->required();
                    });
}

}  // namespace

void AddAccessCommands(Builder& build) {
  AddSignIn(build);
  AddUsers(build);
  AddOrganizations(build);
  AddProjects(build);
  AddMembers(build);
  AddTeams(build);
  AddTokens(build);
}

}  // namespace reprise::cli
