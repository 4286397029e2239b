#pragma once

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "archive/tar_reader.hpp"
#include "archive/tar_writer.hpp"
#include "base/hash.hpp"
#include "base/lines.hpp"
#include "postgres/testing/fake_psql.hpp"

namespace reprise::odoo::testing {

// The volume of an Odoo container, and the plain tools of its image that work on it (those that a
// Toolbox starts). Paths are absolute. Thread-safe.
class FakeFiles {
 public:
  using Answer = postgres::testing::FakePsql::Answer;
  using Call = postgres::testing::FakePsql::Call;
  struct World {
    std::map<std::string, std::string> files;   // path → content
    std::map<std::string, std::string> owners;  // path → "101:101", of files and directories
    std::set<std::string> directories;
    bool operator==(const World&) const = default;
  };

  explicit FakeFiles(postgres::testing::FakePsql& programs) {
    for (const char* tool : {"test", "mkdir", "rm", "mv", "find", "env", "cp", "tar", "chown",
                             "stat", "install", "sh"}) {
      programs.OnProgram(tool, [this](const Call& call) {
        const std::scoped_lock lock(mutex_);
        return Run(call);
      });
    }
  }

  [[nodiscard]] World world() const {
    const std::scoped_lock lock(mutex_);
    return world_;
  }
  void Set(World world) {
    const std::scoped_lock lock(mutex_);
    world_ = std::move(world);
  }
  // Puts a file named by its content's hash into a filestore; says its "ab/ab12…".
  std::string Add(const std::string& filestore, const std::string& content) {
    const std::string sha1 = HashOf(HashKind::kSha1, content);
    std::string path = sha1.substr(0, 2) + "/" + sha1;
    const std::scoped_lock lock(mutex_);
    MakeParents(filestore + "/" + path, "101:101");
    world_.files[filestore + "/" + path] = content;
    world_.owners[filestore + "/" + path] = "101:101";
    return path;
  }
  void Damage(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    world_.files.at(path) += "damaged";
  }
  // What Odoo's garbage collector removes right before the next links are made.
  void RemoveBeforeLinks(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    vanishing_.insert(path);
  }
  // Contents of a filestore, sorted.
  [[nodiscard]] std::set<std::string> In(const std::string& filestore) const {
    const std::scoped_lock lock(mutex_);
    std::set<std::string> contents;
    for (const auto& [path, content] : world_.files) {
      if (path.starts_with(filestore + "/")) contents.insert(content);
    }
    return contents;
  }
  // Names right below a directory.
  [[nodiscard]] std::set<std::string> Names(const std::string& directory) const {
    const std::scoped_lock lock(mutex_);
    return NamesIn(directory);
  }

 private:
  static Answer Refuse(const std::string& why) { return {.exit_code = 1, .error = why + "\n"}; }
  [[nodiscard]] bool Exists(const std::string& path) const {
    return world_.directories.contains(path) || world_.files.contains(path);
  }
  static bool IsBelow(const std::string& path, const std::string& directory) {
    return path == directory || path.starts_with(directory + "/");
  }
  [[nodiscard]] std::set<std::string> NamesIn(const std::string& directory) const {
    std::set<std::string> names;
    const auto add = [&](const std::string& path) {
      if (!path.starts_with(directory + "/")) return;
      const std::string below = path.substr(directory.size() + 1);
      names.insert(below.substr(0, below.find('/')));
    };
    for (const std::string& path : world_.directories) add(path);
    for (const auto& [path, content] : world_.files) add(path);
    return names;
  }
  void MakeParents(const std::string& path, const std::string& owner) {
    for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
      if (world_.directories.insert(path.substr(0, at)).second) {
        world_.owners[path.substr(0, at)] = owner;
      }
    }
  }
  static std::string ValueOf(const Call& call, std::string_view option) {
    for (const std::string& argument : call.spec.argv) {
      if (argument.starts_with(option)) return argument.substr(option.size());
    }
    return {};
  }
  static std::vector<std::string> NamesGiven(const Call& call) {
    std::vector<std::string> names = Split(call.sql, '\0');
    names.pop_back();
    return names;
  }

  Answer Run(const Call& call) {
    const std::vector<std::string>& argv = call.spec.argv;
    const std::string& tool = argv.front();
    const std::string& last = argv.back();
    if (tool == "test") return {.exit_code = Exists(last) ? 0 : 1};
    if (tool == "mkdir") return MakeDirectory(last);
    if (tool == "install") {
      MakeParents(last + "/", ValueOf(call, "--owner=") + ":" + ValueOf(call, "--group="));
      return {};
    }
    if (tool == "rm") return Remove(last);
    if (tool == "mv") return Move(argv.at(argv.size() - 2), last);
    if (tool == "find") return argv.at(4) == "2" ? FindFiles(argv.at(1)) : FindNames(argv.at(1));
    if (tool == "cp") return LinkAll(argv.at(argv.size() - 2), last);
    if (tool == "env" && argv.at(3) == "xargs") {
      const bool hashes = std::find(argv.begin(), argv.end(), "sha1sum") != argv.end();
      const bool flushes = std::find(argv.begin(), argv.end(), "sync") != argv.end();
      if (flushes) return {};
      if (std::find(argv.begin(), argv.end(), "rm") != argv.end()) {
        for (const std::string& name : NamesGiven(call)) {
          world_.files.erase(argv.at(2) + "/" + name);
          world_.owners.erase(argv.at(2) + "/" + name);
        }
        return {};
      }
      return hashes ? Sha1Sum(call) : Link(call);
    }
    if (tool == "sh" && argv.at(3) == "stat") return {"10324608 4096 61000000\n101 101\n"};
    if (tool == "sh") return Replace(argv.at(4), argv.at(5), argv.at(6));
    if (tool == "tar") return argv.at(1) == "--extract" ? Extract(call) : Pack(call);
    if (tool == "chown") return ChangeOwner(call);
    if (tool == "stat") return {argv.at(1) == "-f" ? "10324608 4096\n" : "101 101\n"};
    return Refuse("a tool that this fake does not know");
  }

  Answer MakeDirectory(const std::string& path) {
    MakeParents(path + "/", "0:0");
    return {};
  }
  Answer Remove(const std::string& path) {
    std::erase_if(world_.files, [&](const auto& file) { return IsBelow(file.first, path); });
    std::erase_if(world_.owners, [&](const auto& file) { return IsBelow(file.first, path); });
    std::erase_if(world_.directories, [&](const auto& each) { return IsBelow(each, path); });
    return {};
  }
  template <class Map>
  static void MoveKeys(Map& map, const std::string& from, const std::string& to) {
    Map moved;
    for (auto at = map.begin(); at != map.end();) {
      const auto here = at++;
      auto node = map.extract(here);
      if constexpr (std::is_same_v<Map, std::set<std::string>>) {
        if (IsBelow(node.value(), from)) node.value() = to + node.value().substr(from.size());
      } else {
        if (IsBelow(node.key(), from)) node.key() = to + node.key().substr(from.size());
      }
      moved.insert(std::move(node));
    }
    map = std::move(moved);
  }
  Answer Move(const std::string& from, const std::string& to) {
    if (!Exists(from)) return Refuse("mv: cannot stat '" + from + "': No such file or directory");
    if (Exists(to)) return Refuse("mv: cannot move to '" + to + "': File exists");
    MoveKeys(world_.files, from, to);
    MoveKeys(world_.owners, from, to);
    MoveKeys(world_.directories, from, to);
    return {};
  }
  Answer Replace(const std::string& live, const std::string& incoming,
                 const std::string& outgoing) {
    if (!Exists(incoming)) return {};
    Answer moved;
    if (Exists(live)) moved = Move(live, outgoing);
    return moved.exit_code == 0 ? Move(incoming, live) : moved;
  }
  Answer FindFiles(const std::string& directory) {
    std::string output;
    for (const auto& [path, content] : world_.files) {
      if (!path.starts_with(directory + "/")) continue;
      output += fmt::format("{} {}\n", content.size(), path.substr(directory.size() + 1));
    }
    return {output};
  }
  Answer FindNames(const std::string& directory) {
    std::string output;
    for (const std::string& name : NamesIn(directory)) output += name + "\n";
    return {output};
  }
  Answer LinkAll(const std::string& from, const std::string& to) {
    MakeParents(to + "/", "101:101");
    const World before = world_;
    for (const auto& [path, content] : before.files) {
      if (!path.starts_with(from + "/")) continue;
      const std::string linked = to + path.substr(from.size());
      MakeParents(linked, "101:101");
      world_.files[linked] = content;
      world_.owners[linked] = "101:101";
    }
    return {};
  }
  Answer Sha1Sum(const Call& call) {
    std::string output;
    for (const std::string& name : NamesGiven(call)) {
      const auto found = world_.files.find(call.spec.argv.at(2) + "/" + name);
      if (found == world_.files.end()) return Refuse("sha1sum: " + name + ": No such file");
      output += HashOf(HashKind::kSha1, found->second) + "  " + name + "\n";
    }
    return {output};
  }
  Answer Link(const Call& call) {
    const std::string& from = call.spec.argv.at(2);
    const std::string to = ValueOf(call, "--target-directory=");
    Answer answer;
    for (const std::string& path : std::exchange(vanishing_, {})) world_.files.erase(path);
    for (const std::string& name : NamesGiven(call)) {
      const auto found = world_.files.find(fmt::format("{}/{}", from, name));
      if (found == world_.files.end()) {
        answer.exit_code = 123;
        answer.error += "cp: cannot stat '" + name + "': No such file or directory\n";
        continue;
      }
      const std::string linked = fmt::format("{}/{}", to, name);
      MakeParents(linked, "0:0");
      world_.files[linked] = found->second;
      world_.owners[linked] = "101:101";  // one inode with the live file
    }
    return answer;
  }
  Answer Extract(const Call& call) {
    const std::string directory = ValueOf(call, "--directory=");
    StringReader bytes(call.sql);
    archive::TarReader tar(bytes);
    while (true) {
      const auto entry = tar.Next(Context());
      if (!entry) return Refuse("tar: " + entry.error().message);
      if (!*entry) return {};
      const std::string path = directory + "/" + (*entry)->name;
      MakeParents(path, "0:0");
      world_.files[path] = ReadAll(Context(), tar.content(), (*entry)->size + 1).value_or("?");
      world_.owners[path] = "0:0";
    }
  }
  Answer Pack(const Call& call) {
    StringWriter bytes;
    archive::TarWriter tar(bytes);
    for (const std::string& name : NamesGiven(call)) {
      const auto found = world_.files.find(ValueOf(call, "--directory=") + "/" + name);
      if (found == world_.files.end()) return Refuse("tar: " + name + ": Cannot stat");
      StringReader content(found->second);
      if (!tar.AddFile(Context(), "", name, found->second.size(), content)) return Refuse("tar");
    }
    if (!tar.Finish(Context())) return Refuse("tar");
    return {bytes.Take()};
  }
  Answer ChangeOwner(const Call& call) {
    const std::vector<std::string>& argv = call.spec.argv;
    const bool tree = argv.at(1) == "-R";
    for (auto& [each, of] : world_.owners) {
      if (each == argv.back() || (tree && IsBelow(each, argv.back()))) of = argv.at(tree ? 2 : 1);
    }
    return {};
  }

  mutable std::mutex mutex_;
  World world_;
  std::set<std::string> vanishing_;
};

}  // namespace reprise::odoo::testing
