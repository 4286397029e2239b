#pragma once

#include <optional>
#include <string>

#include "catalog/stores.hpp"

namespace reprise::catalog {

// How an enrolled server is reached. The local one has no such row.
struct ServerAccess {
  domain::ServerId server_id;
  std::string host;
  std::string user;
  int port = 0;            // 0: as the ssh configuration says
  std::string sealed_key;  // empty: the ssh configuration of the user as whom reprise runs
  std::string host_key;    // pinned
  std::string docker_socket;
};

// Servers that were enrolled. A removed one is kept, as what has happened on it names it, but it is
// not found any more.
class ServerStore {
 public:
  explicit ServerStore(Database& database) : database_(database) {}
  // kNameTaken when the installation has a server of that name.
  [[nodiscard]] Status Insert(const Server& server, const ServerAccess& access);
  // nullopt for the local one; kNotFound for one that is not (or no longer) there.
  [[nodiscard]] Result<std::optional<ServerAccess>> Access(const domain::ServerId& id) const;
  // kConflict for the local one, and while living environments or open tasks need it. Forgets how
  // it was reached, with its key.
  [[nodiscard]] Status Remove(const domain::ServerId& id, Instant now);

 private:
  Database& database_;
};

}  // namespace reprise::catalog
