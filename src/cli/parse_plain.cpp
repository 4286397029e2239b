#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "cli/parse_builder.hpp"

// The lines of commands that are one call of the API.
namespace reprise::cli {
namespace {

const std::string kOrg = "/api/v1/organizations/{org}";

// The group of that name, which others may have begun.
CLI::App& GroupOf(Builder& build, const std::string& name, const std::string& help) {
  const auto found = build.app().get_subcommands(
      [&](const CLI::App* command) { return command->get_name() == name; });
  return found.empty() ? build.Group(name, help) : *found.front();
}

class Plain {
 public:
  Plain(Builder& build, CLI::App& group) : build_(build), group_(group) {}

  // `positionals` are the names in braces that have to be typed, in this order; "org" is --org.
  void Add(const std::string& name, const std::string& help, PlainCommand spec,
           const std::vector<std::pair<std::string, std::string>>& positionals = {},
           const std::function<void(CLI::App&, PlainCommand&)>& more = {}) {
    const bool in_organization = spec.path.find("{org}") != std::string::npos;
    const auto declare = [=](CLI::App& command, PlainCommand& options) {
      for (const auto& [what, how] : positionals) {
        command.add_option(what, options.typed[what], how)->required();
      }
      if (in_organization && options.typed["org"].empty()) {
        command.add_option("--org,-o", options.typed["org"],
                           "name or id of the organization (default: the only one)");
      }
      if (options.asks_password) {
        command.add_flag("--password-stdin", options.password_stdin,
                         "read the password from the input, for scripts");
      }
      if (more) more(command, options);
    };
    build_.Add<PlainCommand>(group_, name, help, declare, std::move(spec));
  }

 private:
  Builder& build_;
  CLI::App& group_;
};

PlainCommand Call(std::string method, std::string path, std::string said = "") {
  PlainCommand call;
  call.method = std::move(method);
  call.path = std::move(path);
  call.said = std::move(said);
  return call;
}

PlainCommand List(std::string path, std::vector<std::pair<std::string, std::string>> columns) {
  PlainCommand call;
  call.path = std::move(path);
  call.columns = std::move(columns);
  return call;
}

void Field(CLI::App& command, PlainCommand& options, const std::string& option,
           const std::string& field, const std::string& help) {
  command.add_option(option, options.values[field], help);
}

const std::pair<std::string, std::string> kUser{"user", "e-mail address or id"};
const std::pair<std::string, std::string> kTeam{"team", "name or id"};
const std::pair<std::string, std::string> kRole{"role", "name or id"};

void AddRights(Builder& build) {
  Plain roles(build, build.Group("role", "Roles of an organization's own"));
  const auto permissions = [](CLI::App& command, PlainCommand& options) {
    command.add_option("--permission,-p", options.lists["permissions"],
                       "such as project.backups.view; may be given several times");
  };
  roles.Add(
      "list", "List them",
      List(kOrg + "/roles", {{"NAME", "name"}, {"PERMISSIONS", "permissions"}, {"ID", "id"}}));
  roles.Add("show", "Show one", Call("GET", kOrg + "/roles/{role}"), {kRole});
  roles.Add("create", "Make one", Call("POST", kOrg + "/roles"), {},
            [permissions](CLI::App& command, PlainCommand& options) {
              command.add_option("name", options.values["name"], "what to call it")->required();
              permissions(command, options);
            });
  roles.Add("change", "Give one another name or other permissions",
            Call("PATCH", kOrg + "/roles/{role}", "changed"), {kRole},
            [permissions](CLI::App& command, PlainCommand& options) {
              Field(command, options, "--name,-n", "name", "what to call it");
              permissions(command, options);
            });
  roles.Add("delete", "Delete one that nobody has",
            Call("DELETE", kOrg + "/roles/{role}", "deleted"), {kRole});

  Plain overrides(build, build.Group("override", "Exceptions for one person"));
  overrides.Add("list", "List them",
                List(kOrg + "/overrides", {{"USER", "user_id"},
                                           {"PERMISSION", "permission"},
                                           {"EFFECT", "effect"},
                                           {"PROJECT", "project_id"},
                                           {"ID", "id"}}));
  PlainCommand put = Call("POST", kOrg + "/overrides");
  put.fields = {{"user_id", "{user}"}, {"project_id", "{project}"}};
  overrides.Add("put", "Allow or deny one thing to one person", put, {kUser},
                [](CLI::App& command, PlainCommand& options) {
                  command
                      .add_option("permission", options.values["permission"],
                                  "such as project.backups.restore")
                      ->required();
                  command.add_option("effect", options.values["effect"])
                      ->required()
                      ->check(CLI::IsMember({"allow", "deny"}));
                  command.add_option("--project,-p", options.typed["project"],
                                     "in this project only");
                });
  overrides.Add("delete", "Take one back",
                Call("DELETE", kOrg + "/overrides/{override}", "deleted"), {{"override", "id"}});
  Plain(build, build.app())
      .Add("permissions", "List what roles can allow", Call("GET", "/api/v1/permissions"));
}

void AddKeys(Builder& build) {
  Plain keys(build, GroupOf(build, "keys", ""));
  keys.Add("list", "List them, the one that seals first",
           List(kOrg + "/archive-keys",
                {{"ID", "id"}, {"SEALS", "is_current"}, {"MADE", "created_at"}}));
  keys.Add("rotate", "Seal new archives with a new key; take a new recovery sheet then",
           Call("POST", kOrg + "/archive-keys"));
}

void AddPeople(Builder& build) {
  Plain(build, GroupOf(build, "user", ""))
      .Add("show", "Show one", Call("GET", "/api/v1/users/{user}"), {kUser});
  Plain(build, GroupOf(build, "org", "")).Add("show", "Show one", Call("GET", kOrg));
  Plain(build, GroupOf(build, "project", ""))
      .Add("show", "Show one", Call("GET", "/api/v1/projects/{project}"),
           {{"project", "name or id"}});
  Plain teams(build, GroupOf(build, "team", ""));
  const std::string team = kOrg + "/teams/{team}";
  teams.Add("show", "Show one", Call("GET", team), {kTeam});
  teams.Add("rename", "Give one another name", Call("PATCH", team, "renamed"), {kTeam},
            [](CLI::App& command, PlainCommand& options) {
              command.add_option("name", options.values["name"], "what to call it")->required();
            });
  teams.Add("members", "List who is in one",
            List(team + "/members", {{"EMAIL", "email"}, {"NAME", "name"}, {"ID", "user_id"}}),
            {kTeam});
  teams.Add("grants", "List its roles in projects",
            List(team + "/grants", {{"PROJECT", "project_id"}, {"ROLE", "role"}}), {kTeam});
}

void AddAccount(Builder& build) {
  Plain sessions(build, build.Group("session", "Where you are signed in with a browser"));
  const std::string all = "/api/v1/auth/sessions";
  sessions.Add("list", "List them",
               List(all, {{"FROM", "address"},
                          {"LAST USED", "last_used_at"},
                          {"PROGRAM", "user_agent"},
                          {"ID", "id"}}));
  sessions.Add("end", "Sign one out", Call("DELETE", all + "/{session}", "ended"),
               {{"session", "id"}});
  sessions.Add("end-all", "Sign all out", Call("DELETE", all, "ended"));
  Plain factor(build, build.Group("second-factor", "Codes of an app beside your password"));
  PlainCommand begin = Call("POST", "/api/v1/auth/totp");
  begin.asks_password = true;
  factor.Add("begin", "Print a secret for the app", begin);
  factor.Add("confirm", "Turn it on; prints recovery codes",
             Call("POST", "/api/v1/auth/totp/confirm"), {},
             [](CLI::App& command, PlainCommand& options) {
               command.add_option("code", options.values["code"], "that the app shows")->required();
             });
  PlainCommand remove = Call("DELETE", "/api/v1/auth/totp", "removed");
  remove.asks_password = true;
  factor.Add("remove", "Turn it off", remove);
}

void AddInstallation(Builder& build) {
  Plain status(build, build.Group("status", "Is the server well?"));
  status.Add("health", "Whether it runs", Call("GET", "/healthz"));
  status.Add("ready", "Whether its catalog and engine answer", Call("GET", "/readyz"));
  status.Add("sign-in", "With whom people sign in", Call("GET", "/api/v1/auth/oidc"));
  PlainCommand metrics = Call("GET", "/metrics");
  metrics.answer = PlainCommand::Answer::kText;
  status.Add("metrics", "Its numbers, as Prometheus reads them", metrics);
  status.Add("openapi", "The description of its API", Call("GET", "/openapi.json"));
  PlainCommand events = Call("GET", "/api/v1/events");
  events.answer = PlainCommand::Answer::kStream;
  Plain(build, build.app()).Add("events", "Print what happens, until Ctrl-C", events);

  Plain(build, GroupOf(build, "server", ""))
      .Add("show", "Show one with what it has", Call("GET", "/api/v1/servers/{server}"),
           {{"server", "name or id"}});
  Plain(build, GroupOf(build, "schedule", ""))
      .Add("runs", "List when one was due and what came of it",
           List("/api/v1/schedules/{schedule}/runs",
                {{"DUE", "due_at"}, {"OUTCOME", "outcome"}, {"TASK", "task_id"}}),
           {{"schedule", "name or id"}});
  Plain(build, GroupOf(build, "backup", ""))
      .Add("uploads", "List your unfinished uploads",
           List("/api/v1/backups/uploads", {{"FILE", "file_name"},
                                            {"BYTES", "offset"},
                                            {"OF", "total_bytes"},
                                            {"EXPIRES", "expires_at"},
                                            {"ID", "id"}}));
  Plain(build, GroupOf(build, "backup", ""))
      .Add("abandon", "Give an unfinished upload up",
           Call("DELETE", "/api/v1/backups/uploads/{upload}", "given up"), {{"upload", "id"}});
  Plain(build, GroupOf(build, "backup", ""))
      .Add("link", "Print an address to download an archive from",
           Call("GET", "/api/v1/backups/{backup}/download-link"), {{"backup", "name or id"}});

  build.Add<PlainCommand>(
      build.app(), "api", "Make any call of the API", [](CLI::App& command, PlainCommand& options) {
        command.add_option("method", options.method)
            ->required()
            ->check(CLI::IsMember({"GET", "POST", "PUT", "PATCH", "DELETE"}));
        command.add_option("path", options.path, "such as /api/v1/tasks?status=running")
            ->required();
        command.add_option("--data", options.data_file, "the body, or @FILE that holds it");
      });
}

}  // namespace

void AddPlainCommands(Builder& build) {
  AddRights(build);
  AddKeys(build);
  AddPeople(build);
  AddAccount(build);
  AddInstallation(build);
}

}  // namespace reprise::cli
