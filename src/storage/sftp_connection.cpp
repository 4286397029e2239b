#include "storage/sftp_connection.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace reprise::storage {
namespace {

constexpr unsigned kSilenceMillis = 60'000;

// A connected socket to the first address that may be and can be reached.
Result<int> ConnectTo(const Context& ctx, const addrinfo& address) {
  const int fd = ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                          address.ai_protocol);
  if (fd < 0) return Fail(ErrorCode::kUnavailable, std::strerror(errno));
  int failure = ::connect(fd, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  for (int waited = 0; failure == EINPROGRESS && waited < 150 && ctx.Check(); ++waited) {
    pollfd poll_fd{fd, POLLOUT, 0};
    if (::poll(&poll_fd, 1, 100) <= 0) continue;
    socklen_t length = sizeof failure;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &length);
  }
  if (failure != 0) {
    ::close(fd);
    RETURN_IF_ERROR(ctx.Check());
    return Fail(ErrorCode::kUnavailable,
                failure == EINPROGRESS ? "no answer" : std::strerror(failure));
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kSilenceMillis, sizeof kSilenceMillis);
  return fd;
}

Result<int> Dial(const Context& ctx, const SftpSettings& settings,
                 PrivateEndpoints private_endpoints) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(settings.port);
  if (const int code = ::getaddrinfo(settings.host.c_str(), port.c_str(), &hints, &found);
      code != 0) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("{} has no address: {}", settings.host, ::gai_strerror(code)),
                "correct the host of the storage");
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(found, &::freeaddrinfo);
  Result<int> last = Fail(ErrorCode::kUnavailable, "no address");
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    RETURN_IF_ERROR(CheckEndpoint(*one->ai_addr, private_endpoints));
    last = ConnectTo(ctx, *one);
    if (last) return last;
    RETURN_IF_ERROR(ctx.Check());
  }
  return Fail(
      ErrorCode::kUnavailable,
      fmt::format("no connection to {}:{}: {}", settings.host, settings.port, last.error().message),
      "see whether the host can be reached from here");
}

}  // namespace

SftpConnection::~SftpConnection() {
  watch_.reset();  // before its socket is closed
  if (sftp_ != nullptr) sftp_free(sftp_);
  if (session_ != nullptr) {
    ssh_disconnect(session_);
    ssh_free(session_);  // closes the socket
  } else if (socket_ >= 0) {
    ::close(socket_);
  }
}

Result<std::unique_ptr<SftpConnection>> SftpConnection::Open(const Context& ctx,
                                                             const SftpSettings& settings,
                                                             const SftpSecrets& secrets,
                                                             PrivateEndpoints private_endpoints) {
  std::unique_ptr<SftpConnection> connection(new SftpConnection());
  ASSIGN_OR_RETURN(connection->socket_, Dial(ctx, settings, private_endpoints));
  connection->watch_.emplace(connection->socket_, std::chrono::seconds(settings.silence_seconds));
  const auto cut = connection->CutWhenStopped(ctx);
  const auto steps = [&]() -> Status {
    RETURN_IF_ERROR(connection->Connect(settings));
    RETURN_IF_ERROR(connection->CheckHost(settings));
    RETURN_IF_ERROR(connection->LogIn(settings, secrets));
    return connection->StartSftp(settings);
  };
  const Status opened = steps();
  RETURN_IF_ERROR(ctx.Check());
  if (!opened) return Fail(opened.error());
  return connection;
}

SftpConnection::Guard::Guard(SftpConnection& connection, const Context& ctx)
    : waiting_(*connection.watch_),
      stopped_(ctx.stop(), [socket = connection.socket_] { ::shutdown(socket, SHUT_RDWR); }) {}

Status SftpConnection::Connect(const SftpSettings& settings) {
  session_ = ssh_new();
  if (session_ == nullptr) return Fail(ErrorCode::kInternal, "no SSH session can be made");
  const int off = 0;
  ssh_options_set(session_, SSH_OPTIONS_PROCESS_CONFIG, &off);
  ssh_options_set(session_, SSH_OPTIONS_HOST, settings.host.c_str());
  ssh_options_set(session_, SSH_OPTIONS_PORT, &settings.port);
  ssh_options_set(session_, SSH_OPTIONS_USER, settings.username.c_str());
  ssh_options_set(session_, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
  ssh_options_set(session_, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
  ssh_options_set(session_, SSH_OPTIONS_TIMEOUT, &settings.silence_seconds);
  ssh_options_set(session_, SSH_OPTIONS_FD, &socket_);
  if (ssh_connect(session_) == SSH_OK) return {};
  return Fail(ErrorCode::kUnavailable, fmt::format("{} does not speak SSH with us: {}",
                                                   settings.host, ssh_get_error(session_)));
}

Status SftpConnection::CheckHost(const SftpSettings& settings) {
  ssh_key key = nullptr;
  if (ssh_get_server_publickey(session_, &key) != SSH_OK) {
    return Fail(ErrorCode::kStorageFailed, "the host shows no key");
  }
  unsigned char* hash = nullptr;
  std::size_t length = 0;
  const int hashed = ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &length);
  ssh_key_free(key);
  if (hashed != SSH_OK) return Fail(ErrorCode::kStorageFailed, "the host's key has no hash");
  char* text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, length);
  const std::string seen = text == nullptr ? "" : text;
  ssh_string_free_char(text);
  ssh_clean_pubkey_hash(&hash);
  if (seen == settings.host_key) return {};
  return Fail(ErrorCode::kStorageFailed,
              fmt::format("{} shows the host key {}, not the one that was pinned ({})",
                          settings.host, seen, settings.host_key),
              "somebody may stand in between. If the host has a new key, compare it there with "
              "ssh-keygen -l and pin it");
}

Status SftpConnection::LogIn(const SftpSettings& settings, const SftpSecrets& secrets) {
  int outcome = SSH_AUTH_DENIED;
  if (!secrets.private_key.empty()) {
    ssh_key key = nullptr;
    const char* phrase = secrets.passphrase.empty() ? nullptr : secrets.passphrase.c_str();
    if (ssh_pki_import_privkey_base64(secrets.private_key.c_str(), phrase, nullptr, nullptr,
                                      &key) != SSH_OK) {
      return Fail(ErrorCode::kStorageFailed, "the private key of the storage cannot be read",
                  "give it as OpenSSH keeps it, with its passphrase when it has one");
    }
    outcome = ssh_userauth_publickey(session_, nullptr, key);
    ssh_key_free(key);
  } else {
    outcome = ssh_userauth_password(session_, nullptr, secrets.password.c_str());
  }
  if (outcome == SSH_AUTH_SUCCESS) return {};
  if (outcome == SSH_AUTH_ERROR && ssh_is_connected(session_) == 0) {
    return Fail(ErrorCode::kUnavailable, "the connection was cut during the login");
  }
  return Fail(ErrorCode::kStorageFailed,
              fmt::format("{} does not let {} in", settings.host, settings.username),
              "give the storage the credentials that hold now");
}

Status SftpConnection::StartSftp(const SftpSettings& settings) {
  sftp_ = sftp_new(session_);
  if (sftp_ == nullptr || sftp_init(sftp_) != SSH_OK) {
    return Fail(ErrorCode::kStorageFailed,
                fmt::format("{} has no SFTP: {}", settings.host, ssh_get_error(session_)));
  }
  sftp_attributes folder = sftp_stat(sftp_, settings.folder.c_str());
  const bool there = folder != nullptr && folder->type == SSH_FILEXFER_TYPE_DIRECTORY;
  if (folder != nullptr) sftp_attributes_free(folder);
  if (there) return {};
  return Fail(ErrorCode::kStorageFailed,
              fmt::format("the folder {} is not there on {}", settings.folder, settings.host),
              "make it, or correct its name: a missing one may be a disk that is not mounted");
}

bool SftpConnection::IsWell() const { return ssh_is_connected(session_) == 1; }

Error SftpConnection::ErrorOf(const std::string& what) const {
  // Fatal is also what was altered on the way: libssh keeps the line, but nothing on it is of use.
  if (!IsWell() || ssh_get_error_code(session_) == SSH_FATAL) {
    return {ErrorCode::kUnavailable, what + ": the connection was cut",
            "see whether the host can be reached from here"};
  }
  switch (sftp_get_error(sftp_)) {
    case SSH_FX_NO_SUCH_FILE:
    case SSH_FX_NO_SUCH_PATH:
      return {ErrorCode::kNotFound, what + ": it is not there"};
    case SSH_FX_PERMISSION_DENIED:
      return {ErrorCode::kStorageFailed, what + ": permission denied",
              "give the storage's user the right to do this in its folder"};
    case SSH_FX_NO_CONNECTION:
    case SSH_FX_CONNECTION_LOST:
      return {ErrorCode::kUnavailable, what + ": the connection was lost"};
    default:
      return {ErrorCode::kStorageFailed, fmt::format("{}: {}", what, ssh_get_error(session_)),
              "see the host's log; its disk may be full"};
  }
}

}  // namespace reprise::storage
