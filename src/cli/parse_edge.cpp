#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "cli/parse_builder.hpp"

// How `serve` meets its clients.
namespace reprise::cli {

void AddEdgeOptions(CLI::App& command, EdgeOptions& options) {
  CLI::Option* cert = command.add_option("--tls-cert", options.tls_cert,
                                         "PEM file of the certificate, the chain behind it: HTTPS");
  CLI::Option* key =
      command.add_option("--tls-key", options.tls_key, "PEM file of its private key");
  cert->needs(key);
  key->needs(cert);
  command
      .add_option(
          "--trusted-proxy", options.trusted_proxies,
          "address or network (10.0.0.0/8) of a proxy in front: who calls, and whether over "
          "TLS, is what it says; may be given more than once")
      ->delimiter(',');
  command
      .add_option("--rate-limit", options.rate_limit,
                  "calls per second that one caller may make; 0: no limit")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  command
      .add_option_function<int>(
          "--drain", [&options](int told) { options.drain = std::chrono::seconds(told); },
          "seconds that running calls have to finish when the server stops (default 10)")
      ->check(CLI::Range(0, 3600));
}

}  // namespace reprise::cli
