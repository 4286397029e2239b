#pragma once

#include <functional>
#include <string>

#include "odoo/trio.hpp"

namespace reprise::cli {

// What `reprise serve` was told.
struct ServeOptions {
  std::string data;                // folder of the catalog and the admin token
  std::string storage;             // folder of the archives
  std::string host = "127.0.0.1";  // of --listen HOST:PORT
  int port = 8080;
  std::string docker = "unix:///var/run/docker.sock";
  odoo::ImagePatterns images;
  int workers = 2;  // tasks at the same time
};

// What only the program that links everything can do.
struct CliHooks {
  std::function<int(const ServeOptions&)> serve;
};

// The command line of `reprise`: the whole program but for the hooks. Says the exit code: those of
// base/error.cpp, and 130 when Ctrl-C ended it.
[[nodiscard]] int RunCli(int argc, char** argv, const CliHooks& hooks);

}  // namespace reprise::cli
