#pragma once

#include <libssh/libssh.h>
#include <libssh/sftp.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/context.hpp"
#include "base/error.hpp"
#include "storage/endpoint_guard.hpp"
#include "storage/line_watch.hpp"

namespace reprise::storage {

struct SftpSettings {
  std::string host;
  int port = 22;
  std::string username;
  std::string folder;         // absolute; it must be there
  std::string host_key;       // "SHA256:…" as ssh-keygen -l prints it: no other host is talked to
  long silence_seconds = 30;  // of the host, until a connection is given up
};

struct SftpSecrets {
  std::string password;
  std::string private_key;  // as OpenSSH keeps it
  std::string passphrase;
};

// One connection with its SFTP session (libssh). One thread at a time. A context that is stopped
// while a call waits cuts the connection, and so does a host that falls silent: libssh itself would
// wait for ever.
class SftpConnection {
 public:
  // Lives around calls on the session.
  class Guard {
   public:
    Guard(SftpConnection& connection, const Context& ctx);

   private:
    LineWatch::Waiting waiting_;
    std::stop_callback<std::function<void()>> stopped_;
  };

  // kStorageFailed when the host shows another key, refuses the login, or has no such folder;
  // kUnavailable when it cannot be reached.
  [[nodiscard]] static Result<std::unique_ptr<SftpConnection>> Open(
      const Context& ctx, const SftpSettings& settings, const SftpSecrets& secrets,
      PrivateEndpoints private_endpoints);
  ~SftpConnection();
  SftpConnection(const SftpConnection&) = delete;
  SftpConnection& operator=(const SftpConnection&) = delete;

  [[nodiscard]] sftp_session sftp() const { return sftp_; }
  // What the last call on the session failed with. kUnavailable when the connection is gone.
  [[nodiscard]] Error ErrorOf(const std::string& what) const;
  [[nodiscard]] bool IsWell() const;
  // Cuts the line when `ctx` is stopped or the host is silent, as long as the guard lives.
  [[nodiscard]] Guard CutWhenStopped(const Context& ctx) { return {*this, ctx}; }

 private:
  SftpConnection() = default;
  [[nodiscard]] Status Connect(const SftpSettings& settings);
  [[nodiscard]] Status CheckHost(const SftpSettings& settings);
  [[nodiscard]] Status LogIn(const SftpSettings& settings, const SftpSecrets& secrets);
  [[nodiscard]] Status StartSftp(const SftpSettings& settings);

  int socket_ = -1;
  ssh_session session_ = nullptr;
  sftp_session sftp_ = nullptr;
  std::optional<LineWatch> watch_;
};

}  // namespace reprise::storage
