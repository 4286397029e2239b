#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "docker/engine.hpp"

namespace reprise::docker {

// A file, directory or link of a tar archive that a test makes or expects.
struct TarEntry {
  std::string name;
  std::string content;
  char type = '0';  // '5' directory, '2' symbolic link to `content`
  int owner = 0;
  int mode = 0644;
};
// An ustar archive. Names up to 100 bytes.
[[nodiscard]] std::string MakeTar(const std::vector<TarEntry>& entries);
// The regular files of a small ustar archive.
[[nodiscard]] std::vector<TarEntry> ReadTar(std::string_view tar);

// For tests against a real Docker Engine: the one that REPRISE_TEST_DOCKER_HOST (unix://…) names,
// with a small image made from this machine's static busybox.
class LiveEngine {
 public:
  static constexpr std::string_view kImage = "reprise-test/busybox:1";

  // Null when there is none; `why` then says so for GTEST_SKIP.
  [[nodiscard]] static std::unique_ptr<LiveEngine> Find(std::string& why);
  // Removes everything that carries this test's label.
  ~LiveEngine();
  LiveEngine(const LiveEngine&) = delete;
  LiveEngine& operator=(const LiveEngine&) = delete;

  [[nodiscard]] Engine& engine() { return *engine_; }
  [[nodiscard]] Labels labels() const { return {{"reprise.test", id_}}; }
  // A name that only this test uses.
  [[nodiscard]] std::string Name(std::string_view suffix) const;
  // A container of the test image that runs `command`, labelled; not yet made.
  [[nodiscard]] ContainerSpec Spec(std::string_view suffix, std::vector<std::string> command) const;
  // The same, running, until it is told to end. Returns its name.
  [[nodiscard]] std::string Running(std::string_view suffix);

 private:
  explicit LiveEngine(std::string socket_path);
  Status EnsureImage(const std::string& socket_path);

  std::unique_ptr<Engine> engine_;
  std::string id_;
};

}  // namespace reprise::docker
