#include <functional>

#include "cli/parse_builder.hpp"

namespace reprise::cli {
namespace {

using Declare = std::function<void(CLI::App&, RescueCommand&)>;

void AddVerb(Builder& build, CLI::App& group, const std::string& name, RescueVerb verb,
             const std::string& help, const Declare& declare) {
  RescueCommand defaults;
  defaults.verb = verb;
  build.Add<RescueCommand>(group, name, help, declare, defaults);
}

void DeclareMount(CLI::App& command, RescueCommand& options) {
  command.add_option("mount", options.mount, "id")->required();
}

void DeclareTable(CLI::App& command, RescueCommand& options) {
  DeclareMount(command, options);
  command.add_option("table", options.table, "such as res_partner")->required();
}

void AddMounting(Builder& build, CLI::App& group) {
  AddVerb(build, group, "mount", RescueVerb::kMount,
          "Load a backup's database beside a live one, to look into it",
          [](CLI::App& command, RescueCommand& options) {
            command.add_option("backup", options.backup, "name or id")->required();
            command.add_option("--env,-e", options.environment,
                               "beside this environment (that of the backup)");
            command.add_option("--hours", options.hours, "until it is unmounted (4)")
                ->check(CLI::Range(1, 72));
            command.add_flag("--detach,-d", options.detach,
                             "do not wait for the task; print its id");
          });
  AddVerb(build, group, "list", RescueVerb::kList, "List mounts",
          [](CLI::App& command, RescueCommand& options) {
            command.add_option("--env,-e", options.environment, "beside this environment only");
          });
  AddVerb(build, group, "show", RescueVerb::kShow, "Show one", DeclareMount);
  AddVerb(build, group, "unmount", RescueVerb::kUnmount, "Drop what stands of it",
          [](CLI::App& command, RescueCommand& options) {
            DeclareMount(command, options);
            command.add_flag("--detach,-d", options.detach,
                             "do not wait for the task; print its id");
          });
}

void AddTables(Builder& build, CLI::App& group) {
  AddVerb(build, group, "tables", RescueVerb::kTables, "Its tables beside the live ones",
          [](CLI::App& command, RescueCommand& options) {
            DeclareMount(command, options);
            command.add_flag("--differing", options.differing,
                             "only those with another number of rows");
          });
  AddVerb(build, group, "rows", RescueVerb::kRows, "Rows of a table",
          [](CLI::App& command, RescueCommand& options) {
            DeclareTable(command, options);
            command.add_option("--limit", options.limit, "at most so many (50)")
                ->check(CLI::Range(1, 200));
            command.add_option("--offset", options.after, "after so many");
          });
  AddVerb(build, group, "csv", RescueVerb::kCsv, "Download a table as CSV",
          [](CLI::App& command, RescueCommand& options) {
            DeclareTable(command, options);
            command.add_option("--output,-o", options.to, "file to write to (TABLE.csv)");
          });
}

void AddDocuments(Builder& build, CLI::App& group) {
  AddVerb(build, group, "attachments", RescueVerb::kAttachments,
          "Its documents beside the live ones", [](CLI::App& command, RescueCommand& options) {
            DeclareMount(command, options);
            command.add_option("--name,-n", options.text, "only with this in their name");
            command.add_option("--model,-m", options.model,
                               "only of this model, such as res.partner");
            command.add_flag("--missing", options.missing,
                             "only those that the live environment lacks");
            command.add_option("--limit", options.limit, "at most so many (50)")
                ->check(CLI::Range(1, 200));
            command.add_option("--after", options.after, "only ids after this one");
          });
  AddVerb(build, group, "get", RescueVerb::kGet, "Download a document",
          [](CLI::App& command, RescueCommand& options) {
            DeclareMount(command, options);
            command.add_option("attachment", options.attachments, "id in the backup")
                ->required()
                ->expected(1);
            command.add_option("--output,-o", options.to, "file to write to")->required();
          });
  AddVerb(build, group, "bring-back", RescueVerb::kBringBack,
          "Bring documents back into the live environment",
          [](CLI::App& command, RescueCommand& options) {
            DeclareMount(command, options);
            command.add_option("attachments", options.attachments, "ids in the backup")
                ->required()
                ->expected(1, 100);
          });
}

}  // namespace

void AddRescueCommands(Builder& build) {
  CLI::App& group = build.Group("rescue", "Look into a backup and bring back parts of it");
  AddMounting(build, group);
  AddTables(build, group);
  AddDocuments(build, group);
}

}  // namespace reprise::cli
