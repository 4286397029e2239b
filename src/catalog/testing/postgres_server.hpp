#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace reprise::catalog::testing {

// A real PostgreSQL server on a private socket, for tests (tests/postgres_server.py): that of
// REPRISE_TEST_POSTGRES (a file that names the socket's folder), which ctest starts once for all
// test programs, or one that lives as long as this process.
class PostgresServer {
 public:
  // Whether this machine has the program.
  [[nodiscard]] static bool IsInstalled() {
    std::error_code error;
    for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", error)) {
      if (std::filesystem::exists(version.path() / "bin/initdb")) return true;
    }
    return false;
  }
  // Started when first asked for; aborts when it cannot be.
  [[nodiscard]] static const PostgresServer& Get() {
    static const PostgresServer server;
    return server;
  }
  [[nodiscard]] std::string UrlOf(const std::string& database) const {
    return "postgresql://postgres@/" + database + "?host=" + folder_;
  }

  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  ~PostgresServer() {
    if (runner_ < 0) return;
    ::close(keep_alive_);
    ::waitpid(runner_, nullptr, 0);
  }

 private:
  PostgresServer() {
    if (const char* file = std::getenv("REPRISE_TEST_POSTGRES")) {
      std::getline(std::ifstream(file) >> std::ws, folder_);
    }
    if (folder_.empty()) Start();
    if (folder_.empty()) std::abort();
  }

  static std::string Script() {
    std::filesystem::path at = std::filesystem::read_symlink("/proc/self/exe");
    while (at.has_relative_path()) {
      at = at.parent_path();
      if (std::filesystem::exists(at / "tests/postgres_server.py")) break;
    }
    return at / "tests/postgres_server.py";
  }

  void Start() {
    std::array<int, 2> to{};
    std::array<int, 2> from{};
    if (::pipe2(to.data(), O_CLOEXEC) != 0 || ::pipe2(from.data(), O_CLOEXEC) != 0) std::abort();
    const std::string script = Script();
    runner_ = ::fork();
    if (runner_ == 0) {
      ::dup2(to[0], STDIN_FILENO);
      ::dup2(from[1], STDOUT_FILENO);
      ::execlp("python3", "python3", "-B", script.c_str(), "run", nullptr);
      ::_exit(127);
    }
    ::close(to[0]);
    ::close(from[1]);
    keep_alive_ = to[1];
    char c = 0;
    while (::read(from[0], &c, 1) == 1 && c != '\n') folder_ += c;
    ::close(from[0]);
  }

  std::string folder_;
  pid_t runner_ = -1;
  int keep_alive_ = -1;
};

}  // namespace reprise::catalog::testing
