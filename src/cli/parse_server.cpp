#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "cli/parse_builder.hpp"

// The lines about servers.
namespace reprise::cli {
namespace {

void DeclareEnrol(CLI::App& command, ServerCommand& options) {
  command.add_option("name", options.server, "what to call it")->required();
  command.add_option("--address", options.address, "host name, IP address, or ssh alias")
      ->required();
  command.add_option("--user", options.user, "who signs in there; must be allowed to use Docker");
  command.add_option("--port", options.port, "of its sshd")->check(CLI::Range(1, 65535));
  command.add_option("--key-file", options.key_file,
                     "private key without a passphrase; without one the ssh configuration of the "
                     "user as whom the server runs counts, with its jump hosts");
  command.add_option("--docker-socket", options.docker_socket, "where Docker listens there");
  command.add_option("--org,-o", options.organization,
                     "whose server it is (default: shared by all)");
  command.add_option("--host-key", options.host_key,
                     "fingerprint of its host key (SHA256:…), for scripts");
}

}  // namespace

void AddServerCommands(Builder& build) {
  CLI::App& group = build.Group("server", "Servers that environments live on");
  const auto add = [&](const std::string& name, ServerVerb verb, const std::string& help,
                       const std::function<void(CLI::App&, ServerCommand&)>& declare) {
    ServerCommand defaults;
    defaults.verb = verb;
    build.Add<ServerCommand>(group, name, help, declare, defaults);
  };
  const auto named = [](CLI::App& command, ServerCommand& options) {
    command.add_option("server", options.server, "name or id")->required();
  };
  add("list", ServerVerb::kList, "List servers", [](CLI::App&, ServerCommand&) {});
  add("enrol", ServerVerb::kEnrol, "Enrol one, over ssh", DeclareEnrol);
  add("test", ServerVerb::kTest, "Reach one, and say what it has", named);
  add("remove", ServerVerb::kRemove, "Forget one", named);
  add("targets", ServerVerb::kTargets, "Say where a backup can be restored to",
      [](CLI::App& command, ServerCommand& options) {
        command.add_option("backup", options.backup, "name or id")->required();
      });
}

}  // namespace reprise::cli
