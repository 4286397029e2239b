#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sstream>
#include <system_error>
#include <thread>

#include "base/file.hpp"
#include "base/hex.hpp"
#include "base/outgoing_call.hpp"
#include "doctor/checks.hpp"

// What the machine gives: folders, keys, ports, limits, clocks, programs.
namespace reprise::doctor {
namespace {

namespace fs = std::filesystem;

constexpr double kGigabyte = 1e9;
constexpr double kLeastFree = 1 * kGigabyte;
constexpr double kRoomyFree = 10 * kGigabyte;
constexpr rlim_t kLeastFiles = 1024;
constexpr rlim_t kManyFiles = 4096;
constexpr std::size_t kKeyBytes = 32;

Finding CheckSpace(const std::string& name, const fs::path& folder) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) {
    return Bad(name, ErrnoError(errno, "asking for the space of " + folder.string()));
  }
  const double free = static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
  const std::string told =
      fmt::format("{:.1f} GB are free in {}", free / kGigabyte, folder.string());
  const std::string fix = "free space, or move the folder to a larger disk";
  if (free < kLeastFree) return Bad(name, told, fix);
  if (free < kRoomyFree) return Warn(name, told, fix);
  return Ok(name, told);
}

// Writing is tried, as permissions alone do not tell: a disk may be mounted read-only.
Status TryToWrite(const fs::path& folder) {
  const fs::path file = folder / fmt::format(".doctor-{}", ::getpid());
  RETURN_IF_ERROR(WriteTextFile(file, "reprise", FileMode::kPrivate));
  std::error_code ignored;
  fs::remove(file, ignored);
  return {};
}

std::string ModeText(mode_t mode) { return fmt::format("{:04o}", mode & 07777U); }

// Null where nobody listens.
bool SomebodyListens(const addrinfo& address) {
  const int fd = ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool answers = ::connect(fd, address.ai_addr, address.ai_addrlen) == 0;
  ::close(fd);
  return answers;
}

int BindError(const addrinfo& address) {
  const int fd = ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const int error = ::bind(fd, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  ::close(fd);
  return error;
}

Finding CheckKeyFile(const std::string& name, const fs::path& file, bool is_needed) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) {
    if (errno == ENOENT && !is_needed) return Ok(name, file.string() + " is not there");
    if (errno != ENOENT) return Bad(name, ErrnoError(errno, "looking at " + file.string()));
    if (file.extension() != ".key") {
      return Warn(name, file.string() + " is gone", "the next start makes a new one");
    }
    return Bad(name, file.string() + " is gone",
               "put it back from your copy of the data folder; without it, what was sealed with "
               "it cannot be read");
  }
  if ((info.st_mode & 077U) != 0) {
    return Bad(
        name,
        fmt::format("{} can be read by others (mode {})", file.string(), ModeText(info.st_mode)),
        fmt::format("chmod 600 {}, and change what was sealed with it if others use this "
                    "machine",
                    file.string()));
  }
  if (file.extension() == ".key") {
    const Result<std::string> key =
        ReadKeyFile(file, kKeyBytes, "put back the file that was there");
    if (!key) return Bad(name, key.error());
  } else if (const Result<std::string> text = ReadTextFile(file, 4096); !text) {
    return Bad(name, text.error());
  }
  return Ok(name, file.string() + " is there, for its owner only");
}

}  // namespace

Findings CheckFolder(const std::string& name, const fs::path& folder, bool is_private) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    const std::string fix =
        is_private ? "name the right one with --data; \"reprise serve\" makes a new one"
                   : "is its disk mounted? Name the right one with --storage";
    return {Bad(name, fmt::format("there is no folder {}", folder.string()), fix)};
  }
  Findings findings;
  if (is_private && (info.st_mode & 077U) != 0) {
    findings.push_back(
        Warn(name,
             fmt::format("{} is open to others (mode {})", folder.string(), ModeText(info.st_mode)),
             "chmod 700 " + folder.string()));
  }
  if (info.st_uid != ::geteuid()) {
    findings.push_back(
        Warn(name,
             fmt::format("{} belongs to user {}, and this is user {}", folder.string(), info.st_uid,
                         ::geteuid()),
             "run doctor as the user as whom reprise serves; else chown the folder to that user"));
  }
  if (const Status written = TryToWrite(folder); !written) {
    findings.push_back(
        Bad(name, fmt::format("{} cannot be written", folder.string()), written.error().message));
  } else if (findings.empty()) {
    findings.push_back(Ok(name, folder.string() + " can be written"));
  }
  findings.push_back(CheckSpace(name, folder));
  return findings;
}

Findings CheckKeys(const fs::path& data, bool is_shared, bool is_new) {
  Findings findings;
  for (const char* file : {"secret.key", "proof.key", "admin.token"}) {
    // Nodes that share a catalog may do without the token.
    const bool is_needed = !is_new && !(is_shared && std::string_view(file) == "admin.token");
    findings.push_back(CheckKeyFile(file, data / file, is_needed));
  }
  return findings;
}

Finding CheckPort(const std::string& host, int port) {
  const std::string where = fmt::format("{}:{}", host, port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) {
    return Bad("port",
               fmt::format("{} is no address of this machine: {}", host, gai_strerror(code)),
               "correct --listen");
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  if (SomebodyListens(*addresses)) {
    OutgoingCall call;
    call.url = fmt::format("http://{}/healthz", host.find(':') == std::string::npos
                                                    ? where
                                                    : fmt::format("[{}]:{}", host, port));
    call.reach = Reach::kAnybody;
    call.limit = std::chrono::seconds(5);
    const OutgoingAnswer answer = Perform(Context(), call);
    if (answer.status == 200) return Ok("port", "reprise answers at " + where);
    return Bad("port", fmt::format("something else than reprise listens at {}", where),
               "end it, or choose another address with --listen");
  }
  const int error = BindError(*addresses);
  if (error == 0) return Ok("port", where + " is free");
  return Bad(
      "port",
      fmt::format("{} cannot be listened at: {}", where, std::generic_category().message(error)),
      error == EACCES ? "ports below 1024 are root's: choose another one with --listen"
                      : "choose another address with --listen");
}

Finding CheckFileLimit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const std::string told =
      fmt::format("this user may have {} files and connections open at once", limit.rlim_cur);
  const std::string fix = "raise it: LimitNOFILE=65536 in the systemd unit, or ulimit -n 65536";
  if (limit.rlim_cur < kLeastFiles) return Bad("files", told, fix);
  if (limit.rlim_cur < kManyFiles) return Warn("files", told, fix);
  return Ok("files", told);
}

Finding CheckClock(Instant now) {
  constexpr std::int64_t kYear2024 = 1'704'067'200;
  const std::string told = "this machine's clock says " + FormatInstant(now);
  if (ToMicros(now) / 1'000'000 < kYear2024) {
    return Bad("clock", told, "set it, and keep it right with chrony or systemd-timesyncd");
  }
  // Both clocks have to go on, and alike: leases and time limits stand on them.
  const auto steady = std::chrono::steady_clock::now();
  const auto wall = std::chrono::system_clock::now();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const std::chrono::duration<double> steadily = std::chrono::steady_clock::now() - steady;
  const std::chrono::duration<double> by_wall = std::chrono::system_clock::now() - wall;
  const double apart = (by_wall - steadily).count();
  if (steadily.count() <= 0 || apart > 0.1 || apart < -0.1) {
    return Bad(
        "clock",
        fmt::format("this machine's clock was moved by {:.1f} s while it was looked at", apart),
        "let one program alone set it, in small steps (chrony, systemd-timesyncd)");
  }
  return Ok("clock", told);
}

Finding CheckSsh(bool is_needed) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing changes the environment
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path program = fs::path(folder) / "ssh";
    if (::access(program.c_str(), X_OK) == 0) return Ok("ssh", program.string() + " is there");
  }
  const std::string fix = "install openssh-client";
  if (is_needed) return Bad("ssh", "there is no ssh to reach the enrolled servers with", fix);
  return Warn("ssh", "there is no ssh, so no other server can be enrolled", fix);
}

}  // namespace reprise::doctor
