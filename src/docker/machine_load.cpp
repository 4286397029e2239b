#include "docker/machine_load.hpp"

#include <sys/sysmacros.h>

#include <charconv>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace reprise::docker {
namespace {

constexpr ByteCount kKibibyte = 1024;

std::vector<std::string> Words(const std::string& line) {
  std::istringstream words(line);
  std::vector<std::string> all;
  for (std::string word; words >> word;) all.push_back(word);
  return all;
}

ByteCount NumberOf(const std::string& text) {
  ByteCount number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool IsBelow(std::string_view path, std::string_view mount) {
  if (mount == "/") return true;
  return path.starts_with(mount) && (path.size() == mount.size() || path[mount.size()] == '/');
}

// "8:1" as a program sees it that asks for a file's device.
std::string DeviceOf(const std::string& major_and_minor) {
  const std::size_t colon = major_and_minor.find(':');
  if (colon == std::string::npos) return {};
  return std::to_string(
      makedev(static_cast<unsigned>(NumberOf(major_and_minor.substr(0, colon))),
              static_cast<unsigned>(NumberOf(major_and_minor.substr(colon + 1)))));
}

}  // namespace

Result<MachineLoad> ReadMachineLoad(std::string_view printed, const EngineInfo& engine) {
  MachineLoad load;
  load.cpus = engine.cpus;
  std::istringstream lines{std::string(printed)};
  std::map<std::string, std::string> devices;  // by where they are mounted
  for (std::string line; std::getline(lines, line);) {
    const std::vector<std::string> words = Words(line);
    if (words.size() == 5 && words[3].find('/') != std::string::npos) {
      std::istringstream(words[0]) >> load.busy_cpus;  // "0.75 0.50 0.25 1/500 4242"
    } else if (words.size() >= 2 && words[0] == "MemTotal:") {
      load.memory_bytes = NumberOf(words[1]) * kKibibyte;
    } else if (words.size() >= 2 && words[0] == "MemAvailable:") {
      load.memory_free_bytes = NumberOf(words[1]) * kKibibyte;
    } else if (words.size() == 2 && words[1].starts_with('/')) {
      devices[words[1]] = DeviceOf(words[0]);  // of /proc/self/mountinfo; the last one is on top
    } else if (words.size() == 6 && words[5].starts_with('/')) {
      // Of the mounts above the folder the longest holds it; of two equal ones the later.
      if (!IsBelow(engine.root_dir, words[5]) || words[5].size() < load.disk_path.size()) continue;
      load.disk_path = words[5];
      load.disk_bytes = NumberOf(words[1]);
      load.disk_free_bytes = NumberOf(words[3]);
    }
  }
  load.disk_device = devices[load.disk_path];
  if (load.memory_bytes > 0 && load.disk_bytes > 0) return load;
  return Fail(ErrorCode::kEngineUnavailable,
              "the server does not tell how much memory and disk it has",
              "its user must be able to read /proc and to run df");
}

}  // namespace reprise::docker
