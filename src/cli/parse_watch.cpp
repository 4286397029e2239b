#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "cli/parse_builder.hpp"

// The lines of those who watch over an installation.
namespace reprise::cli {
namespace {

void AddAudit(Builder& build) {
  CLI::App& group = build.Group("audit", "Who did what, when and from where");
  const auto add = [&](const std::string& name, WatchVerb verb, const std::string& help,
                       const std::function<void(CLI::App&, AuditCommand&)>& declare) {
    AuditCommand defaults;
    defaults.verb = verb;
    build.Add<AuditCommand>(group, name, help, declare, defaults);
  };
  add("list", WatchVerb::kList, "List what was done, newest first",
      [](CLI::App& command, AuditCommand& options) {
        command.add_option("--org,-o", options.organization, "name or id (default: everything)");
        command.add_option("--user,-u", options.user, "e-mail address or id of who did it");
        command.add_option("--action", options.action, "such as startRestore, signIn");
        command.add_option("--object", options.object, "id of what it was done to");
        command.add_option("--result", options.result)
            ->check(CLI::IsMember({"done", "refused", "failed"}));
        command.add_option("--since", options.since, "a time (2024-12-11T22:00:00Z)");
        command.add_option("--until", options.until, "a time");
      });
  add("export", WatchVerb::kExport, "Write the log as JSON lines, with its chain of hashes",
      [](CLI::App& command, AuditCommand& options) {
        command.add_option("--output,-f", options.file, "the file (default: standard output)");
        command.add_option("--org,-o", options.organization, "name or id (default: everything)");
      });
  add("verify", WatchVerb::kVerify,
      "Find rows that were changed, removed or moved; a FILE needs no server",
      [](CLI::App& command, AuditCommand& options) {
        command.add_option("file", options.file, "an export (default: ask the server for one)")
            ->check(CLI::ExistingFile);
        command.add_option("--expect", options.expect,
                           "NUMBER:HASH that an earlier verification printed");
        command.add_flag("--part", options.part, "the file is one organization's part of a log");
      });
}

void AddWebhooks(Builder& build) {
  CLI::App& group = build.Group("webhook", "Programs and people that are told of what happens");
  const auto add = [&](const std::string& name, WebhookVerb verb, const std::string& help,
                       const std::function<void(CLI::App&, WebhookCommand&)>& declare) {
    WebhookCommand defaults;
    defaults.verb = verb;
    const auto with_organization = [declare](CLI::App& command, WebhookCommand& options) {
      declare(command, options);
      command.add_option("--org,-o", options.organization,
                         "name or id of the organization (default: the only one)");
    };
    build.Add<WebhookCommand>(group, name, help, with_organization, defaults);
  };
  const auto which = [](CLI::App& command, WebhookCommand& options) {
    command.add_option("webhook", options.webhook, "name or id")->required();
  };
  const auto what = [](CLI::App& command, WebhookCommand& options) {
    command.add_option("--event,-e", options.events,
                       "such as task.failed or backup.failed; may be given several times (default: "
                       "everything; mails: failed backups and drills, ended restores)");
  };
  add("list", WebhookVerb::kList, "List webhooks", [](CLI::App&, WebhookCommand&) {});
  add("show", WebhookVerb::kShow, "Show one", which);
  add("create", WebhookVerb::kCreate, "Make one; its secret is shown once",
      [what](CLI::App& command, WebhookCommand& options) {
        command.add_option("name", options.name, "what to call it")->required();
        command.add_option("url", options.url, "https://HOST/PATH, or mailto:ADDRESS")->required();
        what(command, options);
      });
  add("change", WebhookVerb::kChange, "Give it another name, address or events",
      [which, what](CLI::App& command, WebhookCommand& options) {
        which(command, options);
        command.add_option("--name,-n", options.name);
        command.add_option("--address", options.url, "https://HOST/PATH, or mailto:ADDRESS");
        what(command, options);
      });
  add("enable", WebhookVerb::kEnable, "Send to it again", which);
  add("disable", WebhookVerb::kDisable, "Send to it no more", which);
  add("delete", WebhookVerb::kDelete, "Delete one with its messages", which);
  const auto detach = [](CLI::App& command, WebhookCommand& options) {
    command.add_flag("--detach,-d", options.detach, "do not wait for what becomes of it");
  };
  add("test", WebhookVerb::kTest, "Send a message, and say in which step that failed",
      [which, detach](CLI::App& command, WebhookCommand& options) {
        which(command, options);
        detach(command, options);
      });
  add("deliveries", WebhookVerb::kDeliveries, "List what was sent, newest first", which);
  add("redeliver", WebhookVerb::kRedeliver, "Send a message again",
      [which, detach](CLI::App& command, WebhookCommand& options) {
        which(command, options);
        detach(command, options);
        command.add_option("delivery", options.delivery, "id of the message")->required();
      });
}

}  // namespace

void AddWatchCommands(Builder& build) {
  AddAudit(build);
  AddWebhooks(build);
}

}  // namespace reprise::cli
