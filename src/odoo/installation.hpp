#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "docker/engine.hpp"

namespace reprise::odoo {

// What an Odoo container is set up for, as far as it can be read from outside: image contract
// (environment), odoo.conf, command line; later ones win, as in Odoo itself.
struct Installation {
  std::string version;    // "14.0"
  std::string program;    // "odoo", or where the image keeps it
  std::string conf_path;  // "/etc/odoo/odoo.conf"
  std::string db_name;    // empty: not set
  std::string db_host;
  std::string db_user = "odoo";
  std::string db_password;  // never stored, never shown
  std::string data_dir = "/var/lib/odoo";
  int http_port = 8069;
};

// Looks into the container; it must run. kContainerMissing, kContainerFailed. Program and version
// are asked for once while this process and that container run; once for all that are `known_as`
// the same, when that is said.
[[nodiscard]] Result<Installation> ReadInstallation(const Context& ctx, docker::Engine& engine,
                                                    const docker::ContainerInfo& container,
                                                    const std::string& known_as = {});

// The same without program and version, which take Odoo itself to tell: half a second of a
// processor that an Odoo which is starting may need.
[[nodiscard]] Result<Installation> ReadSettings(const Context& ctx, docker::Engine& engine,
                                                const docker::ContainerInfo& container);

// Pieces of it, without an engine.
// Value of `key` in the [options] section of an odoo.conf; nullopt when absent or "False".
[[nodiscard]] std::optional<std::string> ConfOption(std::string_view conf, std::string_view key);
// Value of an option given as "--name=value", "--name value" or "-x value".
[[nodiscard]] std::optional<std::string> ArgumentOption(const std::vector<std::string>& arguments,
                                                        const std::vector<std::string_view>& names);
// "Odoo Server 14.0-20221114+dfsg" → "14.0"
[[nodiscard]] std::optional<std::string> VersionIn(std::string_view text);
// "14.0" → 14; 0 when it is no version.
[[nodiscard]] int MajorOf(std::string_view version);

}  // namespace reprise::odoo
