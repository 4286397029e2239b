#include "docker/byte_socket.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <system_error>

#include "base/file_descriptor.hpp"

namespace reprise::docker {
namespace {

using std::chrono::milliseconds;

// A stop token as something that poll(2) can wait for.
class StopSignal {
 public:
  explicit StopSignal(const std::stop_token& stop)
      : fd_(stop.stop_possible() ? ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1),
        usable_(fd_.get() >= 0 || !stop.stop_possible()),
        callback_(stop, std::function<void()>([this] { Raise(); })) {}

  [[nodiscard]] bool usable() const { return usable_; }
  // -1, which poll(2) ignores, when the token can never stop.
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  void Raise() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t put = ::write(fd_.get(), &one, sizeof one);
  }

  FileDescriptor fd_;
  bool usable_;
  std::stop_callback<std::function<void()>> callback_;  // goes before the descriptor it writes to
};

Status WaitUntilReady(const Context& ctx, int fd, short events) {
  const StopSignal stop(ctx.stop());
  if (!stop.usable()) return Fail(ErrnoError(errno, "making an eventfd"));
  while (true) {
    RETURN_IF_ERROR(ctx.Check());
    std::array<pollfd, 2> polled = {pollfd{fd, events, 0}, pollfd{stop.fd(), POLLIN, 0}};
    const int timeout =
        ctx.deadline() ? static_cast<int>(ctx.Remaining(std::chrono::hours(1)).count()) : -1;
    const int ready = ::poll(polled.data(), polled.size(), timeout);
    if (ready < 0 && errno != EINTR) return Fail(ErrnoError(errno, "waiting for the engine"));
    RETURN_IF_ERROR(ctx.Check());
    if (ready > 0 && polled[0].revents != 0) return {};
  }
}

class UnixSocket final : public ByteSocket {
 public:
  explicit UnixSocket(FileDescriptor fd) : fd_(std::move(fd)) {}

  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    RETURN_IF_ERROR(ctx.Check());
    while (true) {
      const ssize_t got = ::recv(fd_.get(), into.data(), into.size(), MSG_DONTWAIT);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno == EINTR) continue;
      if (errno == ECONNRESET) return 0;
      if (errno != EAGAIN) return Fail(ErrnoError(errno, "reading from the Docker Engine"));
      RETURN_IF_ERROR(WaitUntilReady(ctx, fd_.get(), POLLIN));
    }
  }

  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override {
    RETURN_IF_ERROR(ctx.Check());
    while (!bytes.empty()) {
      const ssize_t put =
          ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (put >= 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(put));
        continue;
      }
      if (errno == EINTR) continue;
      if (errno == EPIPE || errno == ECONNRESET) {
        return Fail(ErrorCode::kEngineUnavailable, "the Docker Engine closed the connection");
      }
      if (errno != EAGAIN) return Fail(ErrnoError(errno, "writing to the Docker Engine"));
      RETURN_IF_ERROR(WaitUntilReady(ctx, fd_.get(), POLLOUT));
    }
    return {};
  }

  void EndWriting() override { ::shutdown(fd_.get(), SHUT_WR); }
  void Cut() override { ::shutdown(fd_.get(), SHUT_RDWR); }

 private:
  FileDescriptor fd_;
};

Error DialError(int number, const std::string& path) {
  Error error{ErrorCode::kEngineUnavailable,
              fmt::format("the Docker Engine does not answer on {}: {}", path,
                          std::generic_category().message(number))};
  if (number == EACCES || number == EPERM) {
    return std::move(error).WithHint(
        "run Reprise as a user who may use Docker, for example one in the group docker");
  }
  return std::move(error).WithHint(
      "check that Docker runs on that server (systemctl status docker) and that this is its "
      "socket");
}

}  // namespace

Result<std::unique_ptr<ByteSocket>> DialUnix(const Context& ctx, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return Fail(DialError(ENAMETOOLONG, path));
  std::memcpy(address.sun_path, path.data(), path.size());

  FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return Fail(ErrnoError(errno, "making a socket"));
  while (true) {
    RETURN_IF_ERROR(ctx.Check());
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets interface wants it
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(fd.get(), generic, sizeof address) == 0) break;
    // A full backlog: a unix socket cannot be polled for room in it.
    if (errno == EAGAIN)
      RETURN_IF_ERROR(ctx.Sleep(milliseconds(20)));
    else if (errno != EINTR)
      return Fail(DialError(errno, path));
  }
  return std::make_unique<UnixSocket>(std::move(fd));
}

}  // namespace reprise::docker
