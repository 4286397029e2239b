#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "archive/backup_reader.hpp"
#include "docker/throwaway_container.hpp"
#include "odoo/installation.hpp"
#include "odoo/toolbox.hpp"

namespace reprise::odoo {

// Room on the file system under a path. Two paths with the same device share it.
struct Room {
  std::uint64_t free_bytes = 0;
  std::uint64_t all_bytes = 0;
  std::string device;  // its number, decimal
};
// Of a path in a running container, as root.
[[nodiscard]] Result<Room> RoomAt(const Context& ctx, docker::Engine& engine,
                                  const std::string& container, const std::string& path);

// The modules that an Odoo can find, and the folders in which it looks for them.
struct Addons {
  std::vector<std::string> paths;
  std::vector<std::string> modules;  // sorted
};

// A look into an environment's Odoo that changes nothing: into its own container while that runs,
// else into a throwaway one like it that only sleeps, without a network.
class Glimpse {
 public:
  // What the throwaway one is called and marked with.
  struct Helper {
    std::string name;
    docker::Labels labels;
  };
  static Result<Glimpse> Into(const Context& ctx, docker::Engine& engine,
                              const std::string& odoo_container, const Helper& helper);

  // The same through a helper that stands already, of the same image and with the same volumes.
  static Result<Glimpse> Through(const Context& ctx, docker::Engine& engine,
                                 const std::string& odoo_container, const Toolbox& helper);

  [[nodiscard]] Result<Installation> ReadInstallation(const Context& ctx) const;
  // Asks Odoo's own code, with the same configuration. kContainerFailed with what it said instead.
  [[nodiscard]] Result<Addons> ReadAddons(const Context& ctx,
                                          const Installation& installation) const;
  [[nodiscard]] Result<Room> RoomAt(const Context& ctx, const std::string& path) const;
  // Names and sizes of a filestore's files; none when it is not there.
  [[nodiscard]] Result<std::vector<archive::FilestoreFile>> ListFilestore(
      const Context& ctx, const std::string& filestore) const;

  // Which of these files a filestore has.
  [[nodiscard]] Result<std::set<std::string>> FilesThere(
      const Context& ctx, const std::string& filestore,
      const std::vector<std::string>& paths) const;

 private:
  explicit Glimpse(docker::Engine& engine) : engine_(&engine) {}
  // From here on it looks into `helper`, which is not Odoo's own container.
  Status LookInto(const Context& ctx, const std::string& helper);

  docker::Engine* engine_;
  docker::ContainerInfo info_;  // of the one looked into, started as Odoo's own is
  std::string known_as_;        // of its Odoo, where it is the image's
  std::optional<docker::ThrowawayContainer> helper_;
};

}  // namespace reprise::odoo
