#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "odoo/trio.hpp"

namespace reprise::cli {

// What a process of an installation does.
enum class NodeRole {
  kServe,   // API, sweeps, and workers unless told 0
  kWorker,  // tasks only
};

// Where the catalog is. A URL may hold a password: it is never printed.
struct CatalogOptions {
  std::string url;   // postgresql://…; empty: SQLite in the data folder
  std::string file;  // a file that holds the URL; read when there is no other
};

// How `reprise serve` meets its clients.
struct EdgeOptions {
  std::string tls_cert;  // PEM files; empty: plain HTTP
  std::string tls_key;
  std::vector<std::string> trusted_proxies;  // addresses and networks
  int rate_limit = 200;                      // calls per second and caller; 0: no limit
  std::chrono::seconds drain{10};            // for running calls when stopping
};

// With whom people may sign in instead of by a password. Without an issuer: nobody.
struct OidcSettings {
  std::string issuer;
  std::string client_id;
  std::string secret_file;
  std::string secret;  // what stands in it
  std::string name;    // what people know the provider as
  std::string join;    // ORGANIZATION:ROLE of people whom nobody knows yet; empty: refused
};

// The server that takes an installation's mails. Without an address: there are none.
struct MailSettings {
  std::string url;
  std::string user;
  std::string password_file;
  std::string password;  // what stands in it
  std::string from;
  std::string ca_file;
  bool in_the_clear = false;
};

// What `reprise serve` or `reprise worker` was told.
struct ServeOptions {
  NodeRole role = NodeRole::kServe;
  CatalogOptions catalog;
  std::string data;     // folder of the catalog and the admin token
  std::string storage;  // folder of the archives
  // Storages of organizations may stand in private networks and on this machine.
  bool allow_private_storage = false;
  // From where archives may be fetched besides the internet: "HOST" or "HOST:PORT", also by http.
  std::vector<std::string> import_hosts;
  std::uint64_t import_limit = std::uint64_t{1} << 40;  // bytes of an archive that is fetched
  std::string host = "127.0.0.1";                       // of --listen HOST:PORT
  int port = 8080;
  EdgeOptions edge;
  std::string public_url;  // under which people reach the server; empty: the address it listens on
  OidcSettings oidc;
  MailSettings mail;
  std::string docker = "unix:///var/run/docker.sock";
  odoo::ImagePatterns images;
  bool webhooks_to_private = false;  // also to this machine and its networks
  int workers = 2;                   // tasks at the same time
  int load_jobs = 0;                 // connections that load a dump; 0: by the server's cores
  std::string
      on_server;  // of a worker: the name of the server on which it stands, for its tasks only
  std::vector<std::string> except_servers;  // names; those have workers of their own
  std::chrono::seconds lease{30};           // how long a node may be silent and keep its tasks
};

// What `reprise migrate` was told.
struct MigrateOptions {
  std::string data;
  CatalogOptions catalog;
};

// What `reprise export` was told.
struct ExportOptions {
  std::string data;
  CatalogOptions catalog;
  std::string out;  // the file; empty: one with the time in its name, in the working folder
  bool with_secret_key = false;
};

// What `reprise import-state` was told.
struct ImportStateOptions {
  std::string data;
  CatalogOptions catalog;
  std::string file;
  bool without_secret_key = false;  // what is sealed is given up
};

// What `reprise doctor` was told: where the installation is, as `serve` is told.
struct DoctorOptions {
  ServeOptions node;
};

// What only the program that links everything can do.
struct CliHooks {
  std::function<int(const ServeOptions&)> serve;
  std::function<int(const MigrateOptions&)> migrate = {};
  std::function<int(const ExportOptions&)> export_state = {};
  std::function<int(const ImportStateOptions&)> import_state = {};
};

// The command line of `reprise`: the whole program but for the hooks. Says the exit code: those of
// base/error.cpp, and 130 when Ctrl-C ended it.
[[nodiscard]] int RunCli(int argc, char** argv, const CliHooks& hooks);

}  // namespace reprise::cli
