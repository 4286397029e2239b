#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "cli/parse_builder.hpp"

// The lines about what happens by the clock.
namespace reprise::cli {
namespace {

void AddSchedule(Builder& build, CLI::App& group, const std::string& name, ScheduleVerb verb,
                 const std::string& help,
                 const std::function<void(CLI::App&, ScheduleCommand&)>& declare) {
  ScheduleCommand defaults;
  defaults.verb = verb;
  build.Add<ScheduleCommand>(group, name, help, declare, defaults);
}

void Zone(CLI::App& command, std::string& zone) {
  command.add_option("--tz", zone, "whose clock it goes by, such as Europe/Madrid (UTC)");
}

void AddSchedules(Builder& build) {
  CLI::App& group = build.Group("schedule", "Backups by the clock");
  const auto one = [](CLI::App& command, ScheduleCommand& options) {
    command.add_option("schedule", options.schedule, "name or id")->required();
  };
  AddSchedule(build, group, "list", ScheduleVerb::kList, "List schedules",
              [](CLI::App& command, ScheduleCommand& options) {
                command.add_option("--env,-e", options.environment, "of this environment only");
              });
  AddSchedule(build, group, "show", ScheduleVerb::kShow, "Show one with its next runs", one);
  AddSchedule(
      build, group, "create", ScheduleVerb::kCreate, "Make one",
      [](CLI::App& command, ScheduleCommand& options) {
        command.add_option("environment", options.environment, "name or id")->required();
        command.add_option("cron", options.cron, "such as \"30 2 * * *\" or @daily")->required();
        command.add_option("--name,-n", options.name, "what to call it");
        Zone(command, options.time_zone);
        command.add_flag("--drill", options.drill, "drills instead of backups");
        command.add_flag("--no-filestore", options.no_filestore, "the database only");
        command.add_flag("--incremental", options.incremental,
                         "take attachments from earlier such backups, where they are in storage");
        command.add_flag("--off", options.off, "do not turn it on yet");
      });
  AddSchedule(build, group, "change", ScheduleVerb::kChange, "Give one another time or name",
              [](CLI::App& command, ScheduleCommand& options) {
                command.add_option("schedule", options.schedule, "name or id")->required();
                command.add_option("--cron", options.cron);
                command.add_option("--name,-n", options.name);
                Zone(command, options.time_zone);
              });
  AddSchedule(build, group, "on", ScheduleVerb::kOn, "Turn one on", one);
  AddSchedule(build, group, "off", ScheduleVerb::kOff, "Turn one off", one);
  AddSchedule(build, group, "run", ScheduleVerb::kRun, "Run one now",
              [](CLI::App& command, ScheduleCommand& options) {
                command.add_option("schedule", options.schedule, "name or id")->required();
                command.add_flag("--detach,-d", options.detach,
                                 "do not wait for the task; print its id");
              });
  AddSchedule(build, group, "delete", ScheduleVerb::kDelete, "Delete one; what it has made stays",
              one);
  AddSchedule(build, group, "explain", ScheduleVerb::kExplain, "Say what an expression means",
              [](CLI::App& command, ScheduleCommand& options) {
                command.add_option("cron", options.cron)->required();
                Zone(command, options.time_zone);
              });
}

void AddRetention(Builder& build) {
  CLI::App& group = build.Group("retention", "How long backups are kept");
  const auto add = [&](const std::string& name, RetentionVerb verb, const std::string& help,
                       const std::function<void(CLI::App&, RetentionCommand&)>& more) {
    RetentionCommand defaults;
    defaults.verb = verb;
    build.Add<RetentionCommand>(group, name, help, more, defaults);
  };
  const auto whose = [](CLI::App& command, RetentionCommand& options) {
    CLI::Option* environment = command.add_option("environment", options.environment, "name or id");
    command.add_option("--project,-p", options.project, "of all environments of a project")
        ->excludes(environment);
  };
  add("show", RetentionVerb::kShow, "Show the policy that counts", whose);
  add("set", RetentionVerb::kSet, "Set it; what is not told stays as it is",
      [whose](CLI::App& command, RetentionCommand& options) {
        whose(command, options);
        const auto number = [&](const std::string& name, std::optional<int>& into, int most) {
          command.add_option(name, into)->check(CLI::Range(0, most));
        };
        number("--daily", options.daily, 1000);
        number("--weekly", options.weekly, 1000);
        number("--monthly", options.monthly, 1000);
        number("--yearly", options.yearly, 1000);
        number("--before-changes-days", options.before_changes_days, 36500);
        number("--manual-days", options.manual_days, 36500);
        Zone(command, options.time_zone);
      });
  add("reset", RetentionVerb::kReset, "Go back to the wider policy", whose);
  const auto one = [](CLI::App& command, RetentionCommand& options) {
    command.add_option("environment", options.environment, "name or id")->required();
  };
  add("preview", RetentionVerb::kPreview, "Say what would be deleted now, and why the rest stays",
      one);
  add("apply", RetentionVerb::kApply, "Delete that now",
      [one](CLI::App& command, RetentionCommand& options) {
        one(command, options);
        command.add_flag("--yes,-y", options.yes, "do not ask");
      });
}

void AddSafeCopy(Builder& build) {
  CLI::App& group = build.Group("safe-copy", "What copies of production go through");
  const auto add = [&](const std::string& name, SafeCopyVerb verb, const std::string& help,
                       const std::function<void(CLI::App&, SafeCopyCommand&)>& more) {
    SafeCopyCommand defaults;
    defaults.verb = verb;
    build.Add<SafeCopyCommand>(group, name, help, more, defaults);
  };
  const auto whose = [](CLI::App& command, SafeCopyCommand& options) {
    command.add_option("--project,-p", options.project, "name or id; the only one otherwise");
  };
  add("show", SafeCopyVerb::kShow, "Show what is masked and run", whose);
  add("set", SafeCopyVerb::kSet, "Set it; what is not told stays as it is",
      [whose](CLI::App& command, SafeCopyCommand& options) {
        whose(command, options);
        command.add_option("--mask", options.mask, "personal data to mask, or none")
            ->delimiter(',')
            ->check(CLI::IsMember({"partners", "users", "messages", "attachments", "all", "none"}));
        command.add_option("--rule", options.rules,
                           "table.column=name|email|phone|blank|hash, for modules of your own, or "
                           "none");
        CLI::Option* sql = command.add_option(
            "--sql", options.sql_file, "a file of SQL to run on each copy (- for the input)");
        command.add_flag("--no-sql", options.no_sql, "run none")->excludes(sql);
        command.add_option("--sql-seconds", options.sql_seconds, "how long it may take (60)")
            ->check(CLI::Range(1, 3600));
      });
  add("reset", SafeCopyVerb::kReset, "Mask and run nothing by itself", whose);
}

void AddDrill(Builder& build, CLI::App& group, const std::string& name, DrillVerb verb,
              const std::string& help,
              const std::function<void(CLI::App&, DrillCommand&)>& declare) {
  DrillCommand defaults;
  defaults.verb = verb;
  build.Add<DrillCommand>(group, name, help, declare, defaults);
}

void AddDrills(Builder& build) {
  CLI::App& group = build.Group("drill", "Rehearsals of a restore, thrown away afterwards");
  AddDrill(build, group, "run", DrillVerb::kRun, "Restore a backup, use it, remove it again",
           [](CLI::App& command, DrillCommand& options) {
             CLI::Option* backup = command.add_option("backup", options.backup, "name or id");
             command.add_option("--env,-e", options.environment, "the newest verified one of it")
                 ->excludes(backup);
             command.add_flag("--detach,-d", options.detach,
                              "do not wait for the task; print its id");
           });
  AddDrill(build, group, "list", DrillVerb::kList, "List drills",
           [](CLI::App& command, DrillCommand& options) {
             command.add_option("--env,-e", options.environment, "of this environment only");
           });
  AddDrill(build, group, "show", DrillVerb::kShow, "Show one",
           [](CLI::App& command, DrillCommand& options) {
             command.add_option("drill", options.drill, "id")->required();
           });
  AddDrill(
      build, group, "report", DrillVerb::kReport, "What was proven, for an auditor",
      [](CLI::App& command, DrillCommand& options) {
        command.add_option("drill", options.drill, "id")->required();
        CLI::Option* html = command.add_flag("--html", options.html, "a page to print (else JSON)");
        CLI::Option* file = command.add_option("--output,-o", options.output, "file to write to");
        command.add_flag("--pdf", options.pdf, "the same as a PDF, with --output")
            ->excludes(html)
            ->needs(file);
      });
}

}  // namespace

void AddUpkeepCommands(Builder& build) {
  AddDrills(build);
  AddSchedules(build);
  AddRetention(build);
  AddSafeCopy(build);
  build.Add<ProtectionCommand>(
      build.app(), "protection", "Is every environment protected?",
      [](CLI::App& command, ProtectionCommand& options) { Zone(command, options.time_zone); });
}

void AddBackupKeep(Builder& build, CLI::App& group) {
  build.Add<BackupKeep>(group, "keep", "Keep one forever, whatever the policy says",
                        [](CLI::App& command, BackupKeep& options) {
                          command.add_option("backup", options.backup, "name or id")->required();
                          command.add_flag("--off", options.off, "no longer");
                        });
}

}  // namespace reprise::cli
