#include "cli/options.hpp"

#include <unistd.h>

#include <cstdlib>

namespace reprise::cli {

Variables ReadVariables() {
  Variables variables;
  for (const char* name : {"REPRISE_URL",
                           "REPRISE_TOKEN",
                           "REPRISE_TOKEN_FILE",
                           "REPRISE_DATA",
                           "REPRISE_CATALOG",
                           "REPRISE_CATALOG_FILE",
                           "REPRISE_CA_FILE",
                           "REPRISE_PUBLIC_URL",
                           "REPRISE_OIDC_ISSUER",
                           "REPRISE_OIDC_CLIENT_ID",
                           "REPRISE_OIDC_SECRET_FILE",
                           "REPRISE_OIDC_NAME",
                           "REPRISE_OIDC_JOIN",
                           "REPRISE_SMTP_URL",
                           "REPRISE_SMTP_USER",
                           "REPRISE_SMTP_PASSWORD_FILE",
                           "REPRISE_SMTP_FROM",
                           "REPRISE_SMTP_CA_FILE",
                           "DOCKER_HOST",
                           "HOME",
                           "XDG_CONFIG_HOME"}) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): read once, before there are other threads
    if (const char* value = std::getenv(name); value != nullptr) variables[name] = value;
  }
  return variables;
}

std::string DefaultDataFolder(const Variables& variables) {
  if (const auto told = variables.find("REPRISE_DATA"); told != variables.end()) {
    return told->second;
  }
  const auto home = variables.find("HOME");
  if (::geteuid() == 0 || home == variables.end()) return "/var/lib/reprise";
  return home->second + "/.local/share/reprise";
}

}  // namespace reprise::cli
