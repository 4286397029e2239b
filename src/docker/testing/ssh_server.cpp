#include "docker/testing/ssh_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <vector>

#include "base/file.hpp"

namespace reprise::docker::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSshd = "/usr/sbin/sshd";
constexpr const char* kKeygen = "/usr/bin/ssh-keygen";

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): the socket API's way
int FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  const bool found = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  return found ? ntohs(address.sin_port) : 0;  // with 0 sshd refuses to start
}

bool Listens(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port);
  const bool listens =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return listens;
}
// NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)

void MakeKey(const fs::path& path) {
  fs::remove(path);
  const auto keygen =
      ChildProcess::Start({kKeygen, "-q", "-t", "ed25519", "-N", "", "-f", path.string()});
  if (keygen) static_cast<void>((*keygen)->Wait(Context().WithTimeout(std::chrono::seconds(20))));
}

// A signal to a process and all that it has started: the children that serve connections.
void SignalTree(int pid, int number) {
  std::ifstream list(fmt::format("/proc/{}/task/{}/children", pid, pid));
  std::vector<int> children;
  for (int child = 0; list >> child;) children.push_back(child);
  ::kill(pid, number);
  for (const int child : children) SignalTree(child, number);
}

// 0 as long as it is not written: sshd makes the file first.
int PidIn(const fs::path& pid_file) {
  int pid = 0;
  std::ifstream(pid_file) >> pid;
  return pid;
}

void SignalAll(const fs::path& pid_file, int number) {
  const int pid = PidIn(pid_file);
  if (pid > 1) SignalTree(pid, number);
}

std::string UserName() {
  const passwd* user = ::getpwuid(::getuid());  // NOLINT(concurrency-mt-unsafe): one thread
  return user == nullptr ? "root" : user->pw_name;
}

}  // namespace

std::unique_ptr<SshServer> SshServer::Start(std::string& why) {
  if (!fs::exists(kSshd) || !fs::exists(kKeygen)) {
    why = "this machine has no sshd (HINT: script/deps test)";
    return nullptr;
  }
  std::string folder = "/tmp/reprise-sshd-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) {
    why = "no folder for an sshd";
    return nullptr;
  }
  std::unique_ptr<SshServer> server(new SshServer(folder));
  server->Restart();
  if (server->WaitUntilUp()) return server;
  why = "sshd does not start here: " + server->sshd_->Complaints();
  return nullptr;
}

SshServer::SshServer(fs::path folder) : folder_(std::move(folder)), port_(FreePort()) {
  for (const char* name : {"host", "user", "other"}) MakeKey(folder_ / name);
  fs::copy_file(folder_ / "user.pub", folder_ / "authorized");
  std::error_code ignored;
  fs::create_directory("/run/sshd", ignored);  // sshd of root wants it
  static_cast<void>(WriteTextFile(
      folder_ / "config",
      fmt::format("Port {}\nListenAddress 127.0.0.1\nHostKey {}/host\nPidFile {}/pid\n"
                  "AuthorizedKeysFile {}/authorized\nStrictModes no\nUsePAM no\n"
                  "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
                  "PermitRootLogin prohibit-password\n",
                  port_, folder_.string(), folder_.string(), folder_.string()),
      FileMode::kShared));
}

SshServer::~SshServer() {
  Kill();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void SshServer::Restart() {
  auto started = ChildProcess::Start({kSshd, "-D", "-e", "-f", (folder_ / "config").string()});
  if (started) sshd_ = *std::move(started);
  static_cast<void>(WaitUntilUp());
}

bool SshServer::WaitUntilUp() const {
  const Context ctx = Context().WithTimeout(std::chrono::seconds(20));
  while (sshd_ && sshd_->Runs() && !(Listens(port_) && PidIn(folder_ / "pid") > 1)) {
    if (!ctx.Sleep(std::chrono::milliseconds(10))) return false;
  }
  return sshd_ && sshd_->Runs();
}

void SshServer::Kill() {
  SignalAll(folder_ / "pid", SIGCONT);
  SignalAll(folder_ / "pid", SIGKILL);
  sshd_.reset();
  fs::remove(folder_ / "pid");
}

void SshServer::Freeze() const { SignalAll(folder_ / "pid", SIGSTOP); }

void SshServer::MakeNewHostKey() const { MakeKey(folder_ / "host"); }

std::string SshServer::HostKey() const {
  const std::string text = ReadTextFile(folder_ / "host.pub").value_or("");
  const std::size_t comment = text.find(' ', text.find(' ') + 1);
  return text.substr(0, comment);
}

std::string SshServer::OtherKey() const { return ReadTextFile(folder_ / "other").value_or(""); }

SshAddress SshServer::Address(const std::string& docker_socket) const {
  return {.host = "127.0.0.1",
          .user = UserName(),
          .port = port_,
          .private_key = ReadTextFile(folder_ / "user").value_or(""),
          .host_key = HostKey(),
          .docker_socket = docker_socket};
}

}  // namespace reprise::docker::testing
