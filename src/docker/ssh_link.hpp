#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/child_process.hpp"
#include "base/context.hpp"

namespace reprise::docker {

// How a server is reached with the system's OpenSSH.
struct SshAddress {
  std::string host;
  std::string user;  // empty: as the ssh configuration says
  int port = 0;      // 0: the same, else 22
  // In OpenSSH's own format. Empty: the configuration, keys, agent and jump hosts of the user as
  // whom reprise runs. With a key of its own, none of these is looked at.
  std::string private_key;
  std::string host_key;  // "ssh-ed25519 AAAA…": the only one that is believed
  std::string docker_socket = "/var/run/docker.sock";
};

// Nothing that ssh could take for an option or hand to a shell: letters, digits and ".-_:@%".
[[nodiscard]] Status CheckSshHost(std::string_view host);
[[nodiscard]] Status CheckSshUser(std::string_view user);
// An absolute path without what ssh gives a meaning in a forwarding.
[[nodiscard]] Status CheckSocketPath(std::string_view path);

// "SHA256:…", as ssh-keygen -l prints it; kInvalidArgument when it is no public key.
[[nodiscard]] Result<std::string> FingerprintOf(std::string_view public_key);

// The host key that the server shows now ("ssh-ed25519 AAAA…"), without signing in there.
[[nodiscard]] Result<std::string> AskHostKey(const Context& ctx, const SshAddress& address);

// One connection to a server that carries everything: the engine's socket, forwarded to one of ours
// (Connect), and single commands (Run). Made when it is needed, made anew when it has ended; a
// silent network ends it within 15 seconds. Leaves no file on the server. Thread-safe; the
// connection ends with this object, and with this process, however it ends.
class SshLink {
 public:
  // `name` of the server, for messages.
  SshLink(std::string name, SshAddress address);
  ~SshLink();
  SshLink(const SshLink&) = delete;
  SshLink& operator=(const SshLink&) = delete;

  // The path of the local socket behind which the engine is. kEngineUnavailable when the server
  // cannot be reached, shows another host key, or does not let us in.
  [[nodiscard]] Result<std::string> Connect(const Context& ctx);
  // What a command prints there. `command` is for a shell, so it must be a constant.
  [[nodiscard]] Result<std::string> Run(const Context& ctx, const std::string& command);
  // The last thing that ssh complained about; empty when nothing.
  [[nodiscard]] std::string LastComplaint() const;

 private:
  Status Begin();
  Status WaitUntilUp(const Context& ctx);
  [[nodiscard]] Error Failure(const std::string& complaints) const;

  const std::string name_;
  const SshAddress address_;
  mutable std::mutex mutex_;
  std::filesystem::path folder_;  // of this process alone; holds the two sockets
  std::unique_ptr<MemoryFile> key_;
  std::unique_ptr<MemoryFile> known_hosts_;
  std::unique_ptr<ChildProcess> ssh_;
  bool up_ = false;
};

}  // namespace reprise::docker
