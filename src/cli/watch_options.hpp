#pragma once

#include <string>
#include <vector>

// The commands of those who watch over an installation.
namespace reprise::cli {

enum class WebhookVerb {
  kList,
  kShow,
  kCreate,
  kChange,
  kEnable,
  kDisable,
  kDelete,
  kTest,
  kDeliveries,
  kRedeliver,
};
enum class WatchVerb { kList, kExport, kVerify };

struct AuditCommand {
  WatchVerb verb = WatchVerb::kList;
  std::string organization;
  std::string user;
  std::string action;
  std::string object;
  std::string result;
  std::string since;
  std::string until;
  std::string file;    // of export: to write; of verify: to read instead of asking the server
  std::string expect;  // NUMBER:HASH of an earlier verification
  bool part = false;   // an organization's rows, not the whole log
};

struct WebhookCommand {
  WebhookVerb verb = WebhookVerb::kList;
  std::string organization;
  std::string webhook;  // name or id
  std::string name;
  std::string url;
  std::vector<std::string> events;
  std::string delivery;
  bool detach = false;  // do not wait for what becomes of a message
};

}  // namespace reprise::cli
