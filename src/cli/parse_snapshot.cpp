#include "cli/parse_builder.hpp"

namespace reprise::cli {
namespace {

void Add(Builder& build, CLI::App& group, const std::string& name, SnapshotVerb verb,
         const std::string& help, const std::function<void(CLI::App&, SnapshotCommand&)>& declare) {
  SnapshotCommand defaults;
  defaults.verb = verb;
  build.Add<SnapshotCommand>(group, name, help, declare, defaults);
}

void DeclareSnapshot(CLI::App& command, SnapshotCommand& options) {
  command.add_option("snapshot", options.snapshot, "id")->required();
}

void DeclareWaiting(CLI::App& command, SnapshotCommand& options) {
  command.add_flag("--detach,-d", options.detach, "do not wait for the task; print its id");
}

void AddMaking(Builder& build, CLI::App& group) {
  Add(build, group, "take", SnapshotVerb::kTake,
      "Copy an environment beside the live one, while it serves",
      [](CLI::App& command, SnapshotCommand& options) {
        command.add_option("environment", options.environment, "name or id")->required();
        command.add_option("--name,-n", options.name, "what to call it");
        command.add_option("--hours", options.hours, "after which it is removed (never)")
            ->check(CLI::Range(1, 8760));
        DeclareWaiting(command, options);
      });
  Add(build, group, "rollback", SnapshotVerb::kRollBack,
      "Make it live: a swap, in the time of one restart",
      [](CLI::App& command, SnapshotCommand& options) {
        DeclareSnapshot(command, options);
        command.add_flag("--keep", options.keep_snapshot,
                         "a copy of it becomes live, and it stays for the next time");
        command
            .add_option("--keep-previous-hours", options.keep_previous_hours,
                        "how long what is live now is kept (24)")
            ->check(CLI::Range(1, 8760));
        command.add_flag("--yes,-y", options.yes, "do not ask");
        command.add_option("--confirm", options.confirm,
                           "the environment's name, checked by the server");
        DeclareWaiting(command, options);
      });
  Add(build, group, "remove", SnapshotVerb::kRemove, "Drop its database and its links",
      [](CLI::App& command, SnapshotCommand& options) {
        DeclareSnapshot(command, options);
        command.add_flag("--yes,-y", options.yes, "do not ask");
        DeclareWaiting(command, options);
      });
}

}  // namespace

void AddSnapshotCommands(Builder& build) {
  CLI::App& group =
      build.Group("snapshot", "Copies beside a live environment, to roll back to in seconds");
  AddMaking(build, group);
  Add(build, group, "list", SnapshotVerb::kList, "List snapshots",
      [](CLI::App& command, SnapshotCommand& options) {
        command.add_option("--env,-e", options.environment, "of this environment only");
        command.add_flag("--all,-a", options.all, "also those of which nothing stands any more");
      });
  Add(build, group, "show", SnapshotVerb::kShow, "Show one", DeclareSnapshot);
  Add(build, group, "settings", SnapshotVerb::kSettings,
      "Show, or set, how many an environment keeps",
      [](CLI::App& command, SnapshotCommand& options) {
        command.add_option("environment", options.environment, "name or id")->required();
        command.add_option("--keep", options.keep, "so many at most")->check(CLI::Range(0, 20));
        command
            .add_option("--after-restore", options.after_restore,
                        "on: each restore side by side leaves one of what it brought")
            ->check(CLI::IsMember({"on", "off"}));
      });
}

}  // namespace reprise::cli
