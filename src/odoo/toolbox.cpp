#include "odoo/toolbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "archive/filestore_path.hpp"
#include "base/lines.hpp"

namespace reprise::odoo {
namespace {

std::uint64_t NumberOf(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Names one after the other, each ended by a zero byte, for xargs -0 and tar --null.
std::string ZeroEnded(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += name;
    text.push_back('\0');
  }
  return text;
}

// Whether `path` is absolute and names something in a "filestore" folder, without ways out of it.
bool IsInsideFilestore(std::string_view path) {
  constexpr std::string_view kFolder = "/filestore/";
  const std::size_t at = path.find(kFolder);
  if (!path.starts_with('/') || at == std::string_view::npos) return false;
  const std::vector<std::string> inside = Split(path.substr(at + kFolder.size()), '/');
  const std::vector<std::string> above = Split(path.substr(0, at), '/');
  return std::find(above.begin(), above.end(), "..") == above.end() &&
         std::none_of(inside.begin(), inside.end(), [](const std::string& name) {
           return name.empty() || name == "." || name == "..";
         });
}

// Whether a tool complained of nothing but this.
bool SaysOnly(std::string_view words, std::string_view complaint) {
  const std::vector<std::string> lines = SplitLines(words);
  return !lines.empty() && std::all_of(lines.begin(), lines.end(), [&](const std::string& line) {
    return TrimSpace(line).ends_with(complaint);
  });
}

Error ToolError(const std::string& tool, const std::string& container, const std::string& words) {
  constexpr std::string_view kFull = "No space left on device";
  for (const std::string& line : SplitLines(words)) {
    if (line.find(kFull) == std::string::npos) continue;
    // One line tells it; each file that follows has one more.
    return VolumeIsFull(fmt::format("{} said: {}", tool, TrimSpace(line)));
  }
  if (words.find("File exists") != std::string::npos) {
    return Error{ErrorCode::kConflict, fmt::format("{}: {}", tool, TrimSpace(words))};
  }
  return Error{ErrorCode::kContainerFailed, fmt::format("{} in the helper container {} failed: {}",
                                                        tool, container, TrimSpace(words))};
}

// Runs a plain tool as root; what it complains of is told.
Status RunTool(const Context& ctx, docker::Engine& engine, const std::string& container,
               std::vector<std::string> argv, const docker::ExecStreams& streams) {
  const std::string tool = argv.front();
  TailWriter error;
  ASSIGN_OR_RETURN(
      const int exit_code,
      engine.Exec(ctx, container,
                  {.argv = std::move(argv),
                   .environment = {{"LC_ALL", "C"}},
                   .user = "root",
                   .working_dir = "/"},
                  {.input = streams.input, .output = streams.output, .error = &error}));
  if (exit_code != 0) return Fail(ToolError(tool, container, error.text()));
  return {};
}

}  // namespace

Result<std::vector<archive::FilestoreFile>> ListFilestore(const Context& ctx,
                                                          docker::Engine& engine,
                                                          const std::string& container,
                                                          const std::string& filestore) {
  std::vector<archive::FilestoreFile> files;
  LineWriter lines([&](std::string_view line) {
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return;
    const std::string_view path = line.substr(space + 1);
    if (archive::IsFilestorePath(path))
      files.push_back({std::string(path), NumberOf(line.substr(0, space))});
  });
  Status listed = RunTool(ctx, engine, container,
                          {"find", filestore, "-ignore_readdir_race", "-mindepth", "2", "-maxdepth",
                           "2", "-type", "f", "-printf", "%s %P\\n"},
                          {.output = &lines});
  RETURN_IF_ERROR(lines.Close(ctx));
  if (!listed) {
    ASSIGN_OR_RETURN(const int absent,
                     engine.Exec(ctx, container, {.argv = {"test", "-e", filestore}}, {}));
    if (absent == 0) return Fail(std::move(listed.error()));
    return std::vector<archive::FilestoreFile>{};
  }
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

Result<Toolbox> Toolbox::Start(const Context& ctx, docker::Engine& engine,
                               const std::string& odoo_container, const HelperOwner& owner,
                               std::string_view role) {
  return Start(ctx, engine, odoo_container, owner.Name(role), owner.labels());
}

Result<Toolbox> Toolbox::Start(const Context& ctx, docker::Engine& engine,
                               const std::string& odoo_container, std::string name,
                               docker::Labels labels) {
  ASSIGN_OR_RETURN(const docker::ContainerInfo odoo, engine.Inspect(ctx, odoo_container));
  docker::ContainerSpec spec;
  spec.name = std::move(name);
  spec.image = odoo.image_id;
  spec.entrypoint = {"sleep"};
  spec.command = {"infinity"};
  spec.user = "root";
  spec.labels = std::move(labels);
  spec.volumes_from = odoo.id;
  spec.network_mode = "none";
  spec.init = true;
  ASSIGN_OR_RETURN(auto container, docker::ThrowawayContainer::Start(ctx, engine, spec));
  return Toolbox(std::move(container), odoo.mounts);
}

Status Toolbox::Run(const Context& ctx, std::vector<std::string> argv, ByteReader* input,
                    ByteWriter* output) const {
  return RunTool(ctx, container_.engine(), container_.name(), std::move(argv),
                 {.input = input, .output = output});
}

Result<std::optional<LocalDirectory>> Toolbox::Here(const Context& ctx,
                                                    const std::string& path) const {
  std::optional<LocalDirectory> here = LocalDirectory::Find(mounts_, path);
  if (!here) return here;
  // Whoever takes the task over removes this helper before it makes a directory. So what was opened
  // before the helper answered is this attempt's own, and stays that however late it is written to.
  ASSIGN_OR_RETURN(const bool is_seen, Exists(ctx, path));
  if (!is_seen) here.reset();
  return here;
}

Result<bool> Toolbox::Exists(const Context& ctx, const std::string& path) const {
  ASSIGN_OR_RETURN(const int exit_code, container_.Exec(ctx, {.argv = {"test", "-e", path}}, {}));
  return exit_code == 0;
}

Result<FileOwner> Toolbox::OwnerOf(const Context& ctx, const std::string& path) const {
  StringWriter output;
  RETURN_IF_ERROR(Run(ctx, {"stat", "-c", "%u %g", path}, nullptr, &output));
  const std::vector<std::string> words = Split(TrimSpace(output.text()), ' ');
  if (words.size() != 2) return Fail(ErrorCode::kContainerFailed, "stat gave no owner of " + path);
  return FileOwner{NumberOf(words[0]), NumberOf(words[1])};
}

Result<std::uint64_t> Toolbox::FreeBytes(const Context& ctx, const std::string& path) const {
  StringWriter output;
  RETURN_IF_ERROR(Run(ctx, {"stat", "-f", "-c", "%a %S", path}, nullptr, &output));
  const std::vector<std::string> words = Split(TrimSpace(output.text()), ' ');
  if (words.size() != 2) return Fail(ErrorCode::kContainerFailed, "stat gave no space of " + path);
  return NumberOf(words[0]) * NumberOf(words[1]);
}

Result<std::vector<archive::FilestoreFile>> Toolbox::List(const Context& ctx,
                                                          const std::string& filestore) const {
  return ListFilestore(ctx, container_.engine(), container_.name(), filestore);
}

Status Toolbox::Hash(const Context& ctx, const std::string& filestore,
                     const std::vector<std::string>& paths, const HashVisitor& visit) const {
  if (paths.empty()) return {};
  StringReader names(ZeroEnded(paths));
  LineWriter lines([&](std::string_view line) {
    // "<40 hex>  <path>"
    if (line.size() > 42) visit(std::string(line.substr(42)), std::string(line.substr(0, 40)));
  });
  RETURN_IF_ERROR(Run(
      ctx, {"env", "-C", filestore, "xargs", "-0", "-r", "-P", "2", "-n", "200", "sha1sum", "--"},
      &names, &lines));
  return lines.Close(ctx);
}

Status Toolbox::HashOwn(const Context& ctx, const std::string& directory,
                        const std::vector<std::string>& paths, const HashVisitor& visit) const {
  if (paths.empty()) return {};
  ASSIGN_OR_RETURN(const auto here, Here(ctx, directory));
  if (!here) return Hash(ctx, directory, paths, visit);
  ASSIGN_OR_RETURN(const std::vector<std::string> refused, here->Hash(ctx, paths, visit));
  return Hash(ctx, directory, refused, visit);
}

Status Toolbox::MakeDirectory(const Context& ctx, const std::string& path) const {
  return Run(ctx, {"mkdir", "-p", "--", path}, nullptr, nullptr);
}

Status Toolbox::MakeDirectoryOf(const Context& ctx, const std::string& path,
                                FileOwner owner) const {
  return Run(ctx,
             {"install", "--directory", fmt::format("--owner={}", owner.uid),
              fmt::format("--group={}", owner.gid), "--mode=0755", "--", path},
             nullptr, nullptr);
}

Status Toolbox::RunExcusing(const Context& ctx, const Excuse& excuse, std::vector<std::string> argv,
                            ByteReader* input, ByteWriter* output) const {
  TailWriter error(64 * 1024);
  ASSIGN_OR_RETURN(
      const int exit_code,
      container_.Exec(ctx,
                      {.argv = std::move(argv), .environment = {{"LC_ALL", "C"}}, .user = "root"},
                      {.input = input, .output = output, .error = &error}));
  if (exit_code == 0) return {};
  if (exit_code == excuse.exit_code && SaysOnly(error.text(), excuse.complaint)) return {};
  return Fail(ToolError(excuse.tool, container_.name(), error.text()));
}

Status Toolbox::RunCopy(const Context& ctx, std::vector<std::string> argv,
                        ByteReader* input) const {
  // Files that were gone when cp came to them; with xargs the code is its own.
  const int exit_code = argv.front() == "cp" ? 1 : 123;
  return RunExcusing(ctx, {"cp", exit_code, "No such file or directory"}, std::move(argv), input,
                     nullptr);
}

Status Toolbox::Link(const Context& ctx, const std::string& from, const std::string& to,
                     const std::vector<std::string>& paths) const {
  if (paths.empty()) return {};
  StringReader names(ZeroEnded(paths));
  return RunCopy(ctx,
                 {"env", "-C", from, "xargs", "-0", "-r", "cp", "--link", "--force", "--parents",
                  "--target-directory=" + to, "--"},
                 &names);
}

Status Toolbox::RemoveFiles(const Context& ctx, const std::string& filestore,
                            const std::vector<std::string>& paths) const {
  if (paths.empty()) return {};
  if (!IsInsideFilestore(filestore) ||
      !std::all_of(paths.begin(), paths.end(),
                   [](const auto& path) { return archive::IsFilestorePath(path); })) {
    return Fail(ErrorCode::kInternal, "refused to remove what is no file of a filestore");
  }
  StringReader names(ZeroEnded(paths));
  return Run(ctx, {"env", "-C", filestore, "xargs", "-0", "-r", "rm", "-f", "--"}, &names, nullptr);
}

Status Toolbox::LinkAll(const Context& ctx, const std::string& from, const std::string& to) const {
  return RunCopy(ctx, {"cp", "--archive", "--link", "--", from, to}, nullptr);
}

Status Toolbox::Unpack(const Context& ctx, const std::string& directory, ByteReader& tar) const {
  return Run(ctx,
             {"tar", "--extract", "--file=-", "--directory=" + directory, "--unlink-first",
              "--same-owner", "--numeric-owner", "--touch"},
             &tar, nullptr);
}

Status Toolbox::Pack(const Context& ctx, const std::string& filestore,
                     const std::vector<std::string>& paths, ByteWriter& tar) const {
  StringReader names(ZeroEnded(paths));
  // tar takes one more hard link for a change. What is in a file of a filestore never changes, and
  // whoever reads it holds it against its name.
  return RunExcusing(ctx, {"tar", 1, "file changed as we read it"},
                     {"tar", "--create", "--file=-", "--directory=" + filestore, "--format=ustar",
                      "--no-recursion", "--null", "--verbatim-files-from", "--files-from=-"},
                     &names, &tar);
}

Status Toolbox::ChangeOwner(const Context& ctx, const std::string& path, FileOwner owner) const {
  return Run(ctx, {"chown", fmt::format("{}:{}", owner.uid, owner.gid), "--", path}, nullptr,
             nullptr);
}

Status Toolbox::ChangeOwnerOfTree(const Context& ctx, const std::string& path,
                                  FileOwner owner) const {
  return Run(ctx, {"chown", "-R", fmt::format("{}:{}", owner.uid, owner.gid), "--", path}, nullptr,
             nullptr);
}

Status Toolbox::Flush(const Context& ctx, const std::string& filestore,
                      const std::vector<std::string>& paths) const {
  constexpr std::size_t kMany = 1000;
  if (paths.size() > kMany) return Run(ctx, {"sync", "--file-system", filestore}, nullptr, nullptr);
  StringReader names(ZeroEnded(paths));
  // The directory itself: so that there is something to write when nothing but links was made.
  return Run(ctx, {"env", "-C", filestore, "xargs", "-0", "-P", "4", "-n", "50", "sync", "--", "."},
             &names, nullptr);
}

Status Toolbox::Rename(const Context& ctx, const std::string& from, const std::string& to) const {
  // Refused by rename(2) itself when there is a directory with anything in it, or a file.
  Status renamed = Run(ctx, {"mv", "--no-target-directory", "--", from, to}, nullptr, nullptr);
  return renamed ? std::move(renamed)
                 : Fail(RenameError(ctx, from, to, std::move(renamed.error())));
}

Error Toolbox::RenameError(const Context& ctx, const std::string& from, const std::string& to,
                           Error error) const {
  const Result<bool> taken = Exists(ctx, to);
  if (!taken) return taken.error();
  if (!*taken) return error;
  return {ErrorCode::kConflict,
          fmt::format("cannot rename {} to {}, which is there: {}", from, to, error.message)};
}

Status Toolbox::Replace(const Context& ctx, const std::string& live, const Replacement& by) const {
  constexpr const char* kReplace = R"([ -e "$2" ] || exit 0
[ ! -e "$1" ] || mv --no-target-directory -- "$1" "$3" || exit
exec mv --no-target-directory -- "$2" "$1")";
  Status replaced =
      Run(ctx, {"sh", "-c", kReplace, "sh", live, by.incoming, by.outgoing}, nullptr, nullptr);
  if (replaced) return replaced;
  // The first of the two was done, and `outgoing` is there by right.
  ASSIGN_OR_RETURN(const bool has_live, Exists(ctx, live));
  if (!has_live) return replaced;
  return Fail(RenameError(ctx, live, by.outgoing, std::move(replaced.error())));
}

Status Toolbox::Remove(const Context& ctx, const std::string& path) const {
  if (!IsInsideFilestore(path)) {
    return Fail(ErrorCode::kInternal, "refusing to remove " + path + ": not inside a filestore");
  }
  // Once more where somebody who has lost the task was still putting files into it.
  const std::vector<std::string> argv{"rm", "-rf", "--one-file-system", "--", path};
  Status removed = Run(ctx, argv, nullptr, nullptr);
  const bool has_grown = !removed && removed.error().message.find("not empty") != std::string::npos;
  return has_grown ? Run(ctx, argv, nullptr, nullptr) : removed;
}

Result<std::vector<std::string>> Toolbox::Names(const Context& ctx, const std::string& directory,
                                                std::string_view prefix) const {
  std::vector<std::string> names;
  ASSIGN_OR_RETURN(const bool exists, Exists(ctx, directory));
  if (!exists) return names;
  StringWriter output;
  RETURN_IF_ERROR(Run(ctx,
                      {"find", directory, "-ignore_readdir_race", "-mindepth", "1", "-maxdepth",
                       "1", "-printf", "%f\\n"},
                      nullptr, &output));
  for (std::string& name : SplitLines(output.text())) {
    if (name.starts_with(prefix)) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace reprise::odoo
