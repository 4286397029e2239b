#pragma once

#include <string>

namespace reprise::cli {

enum class ServerVerb { kList, kEnrol, kTest, kRemove, kTargets };

struct ServerCommand {
  ServerVerb verb = ServerVerb::kList;
  std::string server;  // name or id
  std::string backup;  // of targets
  std::string address;
  std::string user;
  int port = 0;
  std::string key_file;  // empty: the ssh configuration of the user as whom reprise runs
  std::string docker_socket;
  std::string organization;
  std::string host_key;  // the fingerprint, for scripts; empty: a person is asked
};

}  // namespace reprise::cli
