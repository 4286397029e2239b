#include "odoo/installation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <mutex>

#include "base/lines.hpp"

namespace reprise::odoo {
namespace {

// The first of `names` that the environment has, as the image's entrypoint looks them up.
std::optional<std::string> Variable(const docker::EnvironmentVariables& environment,
                                    std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = environment.find(name);
    if (found != environment.end() && !found->second.empty()) return found->second;
  }
  return std::nullopt;
}

template <class... Optional>
std::optional<std::string> FirstOf(Optional&&... candidates) {
  std::optional<std::string> found;
  ((found || !(found = std::forward<Optional>(candidates))), ...);
  return found;
}

struct Program {
  std::string path;
  std::string version;
};

// To ask takes half a second of a processor, and a plan, a restore and its steps all do.
class KnownPrograms {
 public:
  static KnownPrograms& Here() {
    static KnownPrograms known;
    return known;
  }
  [[nodiscard]] std::optional<Program> Find(const std::string& key) {
    const std::scoped_lock lock(mutex_);
    const auto found = programs_.find(key);
    return found == programs_.end() ? std::nullopt : std::optional(found->second);
  }
  void Remember(const std::string& key, const Program& program) {
    if (key.empty()) return;
    const std::scoped_lock lock(mutex_);
    if (programs_.size() >= kMost) programs_.clear();
    programs_.insert_or_assign(key, program);
  }

 private:
  static constexpr std::size_t kMost = 1000;
  std::mutex mutex_;
  std::map<std::string, Program> programs_;
};

// Whoever puts another Odoo into a container starts it anew. Empty: not to be remembered.
std::string KeyOf(const docker::ContainerInfo& container) {
  const std::string& started = container.state.started_at;
  return started.empty() ? std::string() : container.id + " " + started;
}

Result<Program> AskForProgram(const Context& ctx, docker::Engine& engine,
                              const docker::ContainerInfo& info) {
  std::string words;
  for (const char* program : {"odoo", "odoo-bin", "/opt/odoo/odoo-bin", "/usr/bin/odoo"}) {
    auto answer = docker::ExecText(
        ctx, engine, info.id, {.argv = {program, "--version"}, .environment = info.environment});
    if (!answer) {
      words = answer.error().message;
      continue;
    }
    if (auto version = VersionIn(*answer)) return Program{program, *version};
    words = *answer;
  }
  return Fail(ErrorCode::kContainerFailed,
              fmt::format("{} does not seem to be an Odoo container: \"odoo --version\" gave no "
                          "version ({})",
                          info.name, TrimSpace(words).substr(0, 200)),
              "name the container in which Odoo itself runs");
}

}  // namespace

std::optional<std::string> ConfOption(std::string_view conf, std::string_view key) {
  bool in_options = false;
  std::optional<std::string> value;
  for (const std::string& line : SplitLines(conf)) {
    const std::string_view text = TrimSpace(line);
    if (text.empty() || text.front() == '#' || text.front() == ';') continue;
    if (text.front() == '[') {
      in_options = text.starts_with("[options]");
      continue;
    }
    const std::size_t delimiter = text.find_first_of("=:");  // Python's configparser takes both
    if (!in_options || delimiter == std::string_view::npos) continue;
    if (TrimSpace(text.substr(0, delimiter)) != key) continue;
    const std::string_view found = TrimSpace(text.substr(delimiter + 1));
    value = found.empty() || found == "False" || found == "None"
                ? std::nullopt
                : std::optional(std::string(found));
  }
  return value;
}

std::optional<std::string> ArgumentOption(const std::vector<std::string>& arguments,
                                          const std::vector<std::string_view>& names) {
  std::optional<std::string> value;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    for (const std::string_view name : names) {
      if (argument == name && i + 1 < arguments.size()) value = arguments[i + 1];
      if (argument.size() > name.size() + 1 && argument.starts_with(name) &&
          argument[name.size()] == '=') {
        value = argument.substr(name.size() + 1);
      }
      const bool short_name = name.size() == 2;  // "-dshop"
      if (short_name && argument.size() > 2 && argument.starts_with(name)) {
        value = argument.substr(2);
      }
    }
  }
  return value;
}

std::optional<std::string> VersionIn(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (std::isdigit(static_cast<unsigned char>(text[at])) == 0) continue;
    std::size_t end = at;
    while (end < text.size() &&
           (std::isdigit(static_cast<unsigned char>(text[end])) != 0 || text[end] == '.')) {
      ++end;
    }
    const std::string_view word = text.substr(at, end - at);
    const std::size_t dot = word.find('.');
    if (dot != std::string_view::npos && dot > 0 && dot + 1 < word.size()) {
      const std::size_t second = word.find('.', dot + 1);
      return std::string(word.substr(0, second));
    }
    at = end;
  }
  return std::nullopt;
}

int MajorOf(std::string_view version) {
  if (const std::size_t tilde = version.rfind('~'); tilde != std::string_view::npos) {
    version.remove_prefix(tilde + 1);  // "saas~17.2"
  }
  int major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  return std::max(major, 0);
}

Result<Installation> ReadSettings(const Context& ctx, docker::Engine& engine,
                                  const docker::ContainerInfo& container) {
  if (!container.state.running) {
    return Fail(ErrorCode::kContainerFailed,
                fmt::format("the container {} does not run, so its Odoo cannot be looked at",
                            container.name),
                fmt::format("start it first: docker start {}", container.name));
  }
  Installation found;
  const docker::EnvironmentVariables& environment = container.environment;
  std::vector<std::string> arguments = container.entrypoint;
  arguments.insert(arguments.end(), container.command.begin(), container.command.end());
  found.conf_path = FirstOf(ArgumentOption(arguments, {"-c", "--config"}),
                            Variable(environment, {"ODOO_RC", "OPENERP_SERVER"}))
                        .value_or("/etc/odoo/odoo.conf");
  const std::string conf = docker::ExecText(ctx, engine, container.id,
                                            {.argv = {"cat", found.conf_path}, .user = "root"})
                               .value_or("");
  found.db_name =
      FirstOf(ArgumentOption(arguments, {"-d", "--database"}), ConfOption(conf, "db_name"))
          .value_or("");
  if (found.db_name.find(',') != std::string::npos)
    found.db_name.clear();  // several: none is meant
  found.db_host = FirstOf(ArgumentOption(arguments, {"--db_host"}), ConfOption(conf, "db_host"),
                          Variable(environment, {"DB_PORT_5432_TCP_ADDR", "PGHOST", "HOST"}))
                      .value_or("db");
  found.db_user =
      FirstOf(ArgumentOption(arguments, {"-r", "--db_user"}), ConfOption(conf, "db_user"),
              Variable(environment, {"DB_ENV_POSTGRES_USER", "POSTGRES_USER", "PGUSER", "USER"}))
          .value_or("odoo");
  found.db_password =
      FirstOf(ConfOption(conf, "db_password"),
              Variable(environment,
                       {"DB_ENV_POSTGRES_PASSWORD", "POSTGRES_PASSWORD", "PGPASSWORD", "PASSWORD"}))
          .value_or("odoo");
  found.data_dir =
      FirstOf(ArgumentOption(arguments, {"-D", "--data-dir"}), ConfOption(conf, "data_dir"))
          .value_or("/var/lib/odoo");
  const std::string port =
      FirstOf(ArgumentOption(arguments, {"-p", "--http-port", "--xmlrpc-port"}),
              ConfOption(conf, "http_port"), ConfOption(conf, "xmlrpc_port"))
          .value_or("8069");
  std::from_chars(port.data(), port.data() + port.size(), found.http_port);
  return found;
}

Result<Installation> ReadInstallation(const Context& ctx, docker::Engine& engine,
                                      const docker::ContainerInfo& container,
                                      const std::string& known_as) {
  ASSIGN_OR_RETURN(Installation found, ReadSettings(ctx, engine, container));
  const std::string key = known_as.empty() ? KeyOf(container) : known_as;
  std::optional<Program> program = KnownPrograms::Here().Find(key);
  if (!program) {
    ASSIGN_OR_RETURN(program, AskForProgram(ctx, engine, container));
    KnownPrograms::Here().Remember(key, *program);
  }
  found.program = program->path;
  found.version = program->version;
  return found;
}

}  // namespace reprise::odoo
