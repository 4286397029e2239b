#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/child_process.hpp"
#include "docker/ssh_link.hpp"

namespace reprise::docker::testing {

// A real sshd of the system on the loopback, with keys of its own, that lets in this test's user
// with one key. Gone with this object.
class SshServer {
 public:
  // Null when this machine has no sshd; `why` then says so for GTEST_SKIP.
  [[nodiscard]] static std::unique_ptr<SshServer> Start(std::string& why);
  ~SshServer();
  SshServer(const SshServer&) = delete;
  SshServer& operator=(const SshServer&) = delete;

  // How to reach it, with the key and the pin.
  [[nodiscard]] SshAddress Address(const std::string& docker_socket) const;
  [[nodiscard]] std::string HostKey() const;
  [[nodiscard]] std::string OtherKey() const;  // a private key that it does not let in
  // Ends it with all of its connections, and starts it again on the same port.
  void Kill();
  void Restart();
  void MakeNewHostKey() const;
  // The server's processes stop reading and writing, as behind a cut cable.
  void Freeze() const;

 private:
  explicit SshServer(std::filesystem::path folder);
  bool WaitUntilUp() const;

  std::filesystem::path folder_;
  int port_ = 0;
  std::unique_ptr<ChildProcess> sshd_;
};

}  // namespace reprise::docker::testing
