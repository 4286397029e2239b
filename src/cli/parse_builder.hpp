#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/options.hpp"

// Internal to the parsing of lines: includes CLI11.
namespace reprise::cli {

// Adds commands whose options land in a struct, which becomes the line's command when it is typed.
class Builder {
 public:
  Builder(CLI::App& app, std::optional<Command>& chosen) : app_(app), chosen_(chosen) {}

  template <class Options>
  CLI::App* Add(CLI::App& parent, const std::string& name, const std::string& help,
                const std::function<void(CLI::App&, Options&)>& declare, Options defaults = {}) {
    auto options = std::make_shared<Options>(std::move(defaults));
    CLI::App* command = parent.add_subcommand(name, help);
    declare(*command, *options);
    std::optional<Command>& chosen = chosen_;
    command->callback([options, &chosen] { chosen = *options; });
    return command;
  }
  CLI::App& Group(const std::string& name, const std::string& help) {
    CLI::App* group = app_.add_subcommand(name, help);
    group->require_subcommand(1);
    return *group;
  }
  [[nodiscard]] CLI::App& app() { return app_; }

 private:
  CLI::App& app_;
  std::optional<Command>& chosen_;
};

// Commands of people, organizations and what they may do.
void AddAccessCommands(Builder& build);
// Commands of storages.
void AddStorageCommands(Builder& build);
// Commands of those who watch over an installation.
void AddWatchCommands(Builder& build);
// Commands of what happens by the clock; `backup keep` among the others of its group.
void AddUpkeepCommands(Builder& build);
void AddBackupKeep(Builder& build, CLI::App& group);
// What of `serve` is about its clients: TLS, proxies, limits.
void AddEdgeOptions(CLI::App& command, EdgeOptions& options);
// Commands that look into backups.
void AddRescueCommands(Builder& build);
// Commands of copies beside live environments.
void AddSnapshotCommands(Builder& build);
// Commands of servers.
void AddServerCommands(Builder& build);
// Commands that are one call each; after all others, as they also join their groups.
void AddPlainCommands(Builder& build);

}  // namespace reprise::cli
