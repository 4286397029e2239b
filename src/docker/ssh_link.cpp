#include "docker/ssh_link.hpp"

#include <fmt/format.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp

#include <cerrno>
#include <fstream>

#include "docker/byte_socket.hpp"
#include "docker/ssh_options.hpp"

namespace reprise::docker {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kConnectLimit{30};
constexpr seconds kCommandLimit{30};
constexpr int kSshItselfFailed = 255;

// A folder for sockets: short, as the path of a socket may be no longer than 107 bytes, and open to
// this user only.
Result<fs::path> MakeFolder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");  // NOLINT(concurrency-mt-unsafe)
  const bool usable = runtime != nullptr && std::string_view(runtime).size() < 60;
  std::string pattern = fmt::format("{}/reprise-XXXXXX", usable ? runtime : "/tmp");
  if (::mkdtemp(pattern.data()) == nullptr && usable) {
    pattern = "/tmp/reprise-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) return Fail(ErrnoError(errno, "making " + pattern));
  }
  return fs::path(pattern);
}

class Folder {
 public:
  explicit Folder(fs::path path) : path_(std::move(path)) {}
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Result<std::unique_ptr<MemoryFile>> InMemory(const std::string& text) {
  ASSIGN_OR_RETURN(MemoryFile file, MemoryFile::Of(text));
  return std::make_unique<MemoryFile>(std::move(file));
}

Result<std::unique_ptr<MemoryFile>> KeyFile(const SshAddress& address) {
  if (address.private_key.empty()) return nullptr;
  // OpenSSH does not read a key without the line break at its end.
  return InMemory(address.private_key + (address.private_key.ends_with('\n') ? "" : "\n"));
}

std::string KeyPath(const std::unique_ptr<MemoryFile>& key) { return key ? key->path() : ""; }

}  // namespace

Result<std::string> AskHostKey(const Context& ctx, const SshAddress& address) {
  RETURN_IF_ERROR(CheckSshHost(address.host));
  RETURN_IF_ERROR(CheckSshUser(address.user));
  ASSIGN_OR_RETURN(const fs::path path, MakeFolder());
  const Folder folder(path);
  const fs::path shown = folder.path() / "shown";
  // No key is offered, so this ends at the door, after the host key was shown and written down.
  ASSIGN_OR_RETURN(const auto nothing, InMemory("\n"));
  SshAddress door = address;
  std::vector<std::string> argv =
      SshCommand(door, shown.string(), address.private_key.empty() ? "" : nothing->path());
  for (const char* option : {"StrictHostKeyChecking=accept-new", "PreferredAuthentications=none",
                             "ControlMaster=no", "ControlPath=none", "ClearAllForwardings=yes"}) {
    argv.insert(argv.end(), {"-o", option});
  }
  argv.insert(argv.end(), {"--", address.host, "true"});
  ASSIGN_OR_RETURN(const auto ssh, ChildProcess::Start(argv));
  const auto ended = ssh->Wait(ctx.WithTimeout(kConnectLimit));
  RETURN_IF_ERROR(ctx.Check());
  std::ifstream file(shown);
  std::string line;
  while (std::getline(file, line)) {
    if (!line.starts_with(kKnownAs)) continue;
    return line.substr(line.find(' ') + 1);
  }
  return Fail(SshFailure(address.host, address, ended ? ssh->Complaints() : "timed out"));
}

SshLink::SshLink(std::string name, SshAddress address)
    : name_(std::move(name)), address_(std::move(address)) {}

SshLink::~SshLink() {
  ssh_.reset();
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

Error SshLink::Failure(const std::string& complaints) const {
  return SshFailure(name_, address_, complaints);
}

Status SshLink::Begin() {
  up_ = false;
  ssh_.reset();
  if (folder_.empty()) {
    ASSIGN_OR_RETURN(folder_, MakeFolder());
  }
  for (const char* name : {"docker", "control"}) {
    std::error_code ignored;
    fs::remove(folder_ / name, ignored);
  }
  ASSIGN_OR_RETURN(key_, KeyFile(address_));
  ASSIGN_OR_RETURN(known_hosts_, InMemory(fmt::format("{} {}\n", kKnownAs, address_.host_key)));
  std::vector<std::string> argv = SshCommand(address_, known_hosts_->path(), KeyPath(key_));
  for (const std::string& option :
       {std::string("StrictHostKeyChecking=yes"), std::string("ExitOnForwardFailure=yes"),
        std::string("ControlMaster=yes"), std::string("ControlPersist=no"),
        "ControlPath=" + (folder_ / "control").string()}) {
    argv.insert(argv.end(), {"-o", option});
  }
  argv.insert(argv.end(),
              {"-N", "-T", "-L",
               fmt::format("{}:{}", (folder_ / "docker").string(), address_.docker_socket), "--",
               address_.host});
  ASSIGN_OR_RETURN(ssh_, ChildProcess::Start(argv));
  return {};
}

Status SshLink::WaitUntilUp(const Context& ctx) {
  while (true) {
    if (!ssh_->Runs()) return Fail(Failure(ssh_->Complaints()));
    std::error_code ignored;
    // Made after the server has let us in.
    if (fs::exists(folder_ / "docker", ignored) && fs::exists(folder_ / "control", ignored)) break;
    Status waited = ctx.Sleep(milliseconds(10));
    if (waited) continue;
    if (waited.error().code == ErrorCode::kTimeout) return Fail(Failure("timed out"));
    return waited;
  }
  up_ = true;
  return {};
}

Result<std::string> SshLink::Connect(const Context& ctx) {
  const std::scoped_lock lock(mutex_);
  if (!ssh_ || !ssh_->Runs()) {
    RETURN_IF_ERROR(Begin());
  }
  if (!up_) {
    const Status up = WaitUntilUp(ctx.WithTimeout(kConnectLimit));
    if (!up) {
      ssh_.reset();
      RETURN_IF_ERROR(ctx.Check());
      return Fail(up.error());
    }
  }
  return (folder_ / "docker").string();
}

Result<std::string> SshLink::Run(const Context& ctx, const std::string& command) {
  ASSIGN_OR_RETURN(const std::string socket, Connect(ctx));
  // Takes the way of the connection that is there, so it needs neither key nor known hosts.
  const std::string control = (fs::path(socket).parent_path() / "control").string();
  ASSIGN_OR_RETURN(const auto ssh,
                   ChildProcess::Start({"ssh", "-F", "none", "-S", control, "-o", "BatchMode=yes",
                                        "-o", "LogLevel=ERROR", "-o", "ProxyCommand=false", "-T",
                                        "--", address_.host, command}));
  ASSIGN_OR_RETURN(const int code, ssh->Wait(ctx.WithTimeout(kCommandLimit)));
  if (code == 0) return ssh->Output();
  if (code == kSshItselfFailed) return Fail(Failure(ssh->Complaints()));
  return Fail(ErrorCode::kEngineUnavailable,
              fmt::format("the server \"{}\" does not run commands for us: {}", name_,
                          LastLine(ssh->Complaints())));
}

std::string SshLink::LastComplaint() const {
  const std::scoped_lock lock(mutex_);
  return ssh_ ? LastLine(ssh_->Complaints()) : std::string();
}

}  // namespace reprise::docker
