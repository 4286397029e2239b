#pragma once

#include <map>
#include <string>

// The commands of storages.
namespace reprise::cli {

enum class StorageVerb { kList, kShow, kCreate, kChange, kTest, kRemove, kDefault };

struct StorageCommand {
  StorageVerb verb = StorageVerb::kList;
  std::string organization;
  std::string storage;   // name or id
  std::string name;      // to be given
  std::string provider;  // of a new one
  std::map<std::string, std::string> settings;
  std::string path_style;    // "", "true" or "false"
  std::string implicit_tls;  // "", "true" or "false"
  int port = 0;              // 0: as it is
  int part_size_mb = 0;      // 0: as it is
  std::string ca_file;       // certificates to trust
  std::string secrets_file;  // "-": the input. Never an argument, which everybody sees
  std::string key_file;      // a private key
  bool secrets_from_env = false;
  bool is_default = false;
  bool encrypt = false;     // new archives
  bool no_encrypt = false;  // not any more
};

// All keys of an organization, as text.
struct RecoverySheetCommand {
  std::string organization;
  std::string to;  // a file; empty: printed
};

}  // namespace reprise::cli
