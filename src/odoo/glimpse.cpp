#include "odoo/glimpse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "archive/filestore_path.hpp"
#include "base/lines.hpp"
#include "odoo/labels.hpp"

namespace reprise::odoo {
namespace {

// Of the names that it reads, those of files in the folder $1.
constexpr std::string_view kFilesThere =
    "cd \"$1\" 2>/dev/null || exit 0\n"
    "while IFS= read -r name; do if [ -f \"$name\" ]; then echo \"$name\"; fi; done";

// Odoo itself says where it looks: odoo.conf, command line, its own package, the data folder. It
// makes folders on the way, which a look must not.
constexpr std::string_view kListAddons = R"(
import logging, os, sys
logging.disable(logging.CRITICAL)
os.makedirs = lambda *args, **options: None
import odoo
from odoo.tools import config
config.parse_config(sys.argv[1:])
from odoo.modules.module import initialize_sys_path
initialize_sys_path()
import odoo.addons
for path in odoo.addons.__path__:
    print('path', path)
    for name in sorted(os.listdir(path)) if os.path.isdir(path) else ():
        if any(os.path.isfile(os.path.join(path, name, m)) for m in ('__manifest__.py', '__openerp__.py')):
            print('module', name)
)";

std::uint64_t NumberIn(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Result<docker::ThrowawayContainer> Sleeper(const Context& ctx, docker::Engine& engine,
                                           const docker::ContainerInfo& like,
                                           const Glimpse::Helper& helper) {
  docker::ContainerSpec spec;
  spec.name = helper.name;
  spec.image = like.image_id;
  spec.entrypoint = {"sleep"};
  spec.command = {"infinity"};
  spec.environment = like.environment;
  spec.labels = helper.labels;
  spec.volumes_from = like.id;
  spec.network_mode = "none";
  spec.init = true;
  return docker::ThrowawayContainer::Start(ctx, engine, spec);
}

}  // namespace

Result<Room> RoomAt(const Context& ctx, docker::Engine& engine, const std::string& container,
                    const std::string& path) {
  // Both in one program: to start one takes longer than what it does.
  constexpr const char* kStat = R"(stat -f -c '%a %S %b' "$1" && stat -c %d "$1")";
  ASSIGN_OR_RETURN(const std::string told,
                   docker::ExecText(ctx, engine, container,
                                    {.argv = {"sh", "-c", kStat, "stat", path}, .user = "root"}));
  const std::vector<std::string> lines = SplitLines(told);
  const std::vector<std::string> words =
      Split(TrimSpace(lines.empty() ? std::string_view() : lines.front()), ' ');
  if (lines.size() != 2 || words.size() != 3) {
    return Fail(ErrorCode::kContainerFailed, "stat gave no space of " + path);
  }
  const std::uint64_t block = NumberIn(words[1]);
  return Room{NumberIn(words[0]) * block, NumberIn(words[2]) * block,
              std::string(TrimSpace(lines.back()))};
}

Result<Glimpse> Glimpse::Into(const Context& ctx, docker::Engine& engine,
                              const std::string& odoo_container, const Helper& helper) {
  Glimpse glimpse(engine);
  ASSIGN_OR_RETURN(glimpse.info_, engine.Inspect(ctx, odoo_container));
  if (glimpse.info_.state.running) return glimpse;
  ASSIGN_OR_RETURN(auto sleeper, Sleeper(ctx, engine, glimpse.info_, helper));
  RETURN_IF_ERROR(glimpse.LookInto(ctx, sleeper.name()));
  glimpse.helper_.emplace(std::move(sleeper));
  return glimpse;
}

Result<Glimpse> Glimpse::Through(const Context& ctx, docker::Engine& engine,
                                 const std::string& odoo_container, const Toolbox& helper) {
  Glimpse glimpse(engine);
  ASSIGN_OR_RETURN(glimpse.info_, engine.Inspect(ctx, odoo_container));
  if (!glimpse.info_.state.running) RETURN_IF_ERROR(glimpse.LookInto(ctx, helper.container()));
  return glimpse;
}

Status Glimpse::LookInto(const Context& ctx, const std::string& helper) {
  ASSIGN_OR_RETURN(docker::ContainerInfo info, engine_->Inspect(ctx, helper));
  info.entrypoint = info_.entrypoint;
  info.command = info_.command;
  info.environment = info_.environment;
  // One that Reprise made has nothing mounted but its data.
  if (info_.labels.contains(kEnvironmentLabel)) known_as_ = info_.image_id;
  info_ = std::move(info);
  return {};
}

Result<Installation> Glimpse::ReadInstallation(const Context& ctx) const {
  return odoo::ReadInstallation(ctx, *engine_, info_, known_as_);
}

Result<Addons> Glimpse::ReadAddons(const Context& ctx, const Installation& installation) const {
  std::vector<std::string> argv{"python3", "-c", std::string(kListAddons),
                                "--config=" + installation.conf_path};
  std::vector<std::string> arguments = info_.entrypoint;
  arguments.insert(arguments.end(), info_.command.begin(), info_.command.end());
  if (const auto path = ArgumentOption(arguments, {"--addons-path"})) {
    argv.push_back("--addons-path=" + *path);
  }
  ASSIGN_OR_RETURN(const std::string text,
                   docker::ExecText(ctx, *engine_, info_.id, {.argv = std::move(argv)}));
  Addons addons;
  for (const std::string& line : SplitLines(text)) {
    if (line.starts_with("path ")) addons.paths.push_back(line.substr(5));
    if (line.starts_with("module ")) addons.modules.push_back(line.substr(7));
  }
  std::sort(addons.modules.begin(), addons.modules.end());
  if (addons.modules.empty()) {
    return Fail(ErrorCode::kContainerFailed, "Odoo named no module that it can find");
  }
  return addons;
}

Result<Room> Glimpse::RoomAt(const Context& ctx, const std::string& path) const {
  return odoo::RoomAt(ctx, *engine_, info_.id, path);
}

Result<std::vector<archive::FilestoreFile>> Glimpse::ListFilestore(
    const Context& ctx, const std::string& filestore) const {
  return odoo::ListFilestore(ctx, *engine_, info_.id, filestore);
}

Result<std::set<std::string>> Glimpse::FilesThere(const Context& ctx, const std::string& filestore,
                                                  const std::vector<std::string>& paths) const {
  std::string names;
  for (const std::string& path : paths) {
    if (archive::IsFilestorePath(path)) names += path + "\n";
  }
  std::set<std::string> there;
  StringReader input(std::move(names));
  LineWriter lines([&](std::string_view line) { there.emplace(line); });
  ASSIGN_OR_RETURN(const int exit_code,
                   engine_->Exec(ctx, info_.id,
                                 {.argv = {"sh", "-c", std::string(kFilesThere), "sh", filestore},
                                  .user = "root"},
                                 {.input = &input, .output = &lines}));
  RETURN_IF_ERROR(lines.Close(ctx));
  if (exit_code == 0) return there;
  return Fail(ErrorCode::kContainerFailed,
              fmt::format("could not look for files in {} of {}", filestore, info_.name));
}

}  // namespace reprise::odoo
