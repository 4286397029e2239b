#include "base/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace reprise {
namespace {

constexpr std::size_t kMostTold = 64UL << 10U;
constexpr int kSignalled = 128;

// What the new process does until it is the program: only what is safe after a fork of a process
// with threads. Tells errno through `report` when it fails.
[[noreturn]] void BecomeProgram(char* const* argv, int output, int complaints, int report,
                                pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it died before that took hold
  static_cast<void>(std::signal(SIGPIPE, SIG_DFL));
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing >= 0 && ::dup2(nothing, STDIN_FILENO) >= 0 && ::dup2(output, STDOUT_FILENO) >= 0 &&
      ::dup2(complaints, STDERR_FILENO) >= 0) {
    ::execvp(argv[0], argv);
  }
  const int error = errno;
  [[maybe_unused]] const ssize_t told = ::write(report, &error, sizeof error);
  ::_exit(127);
}

std::vector<char*> Pointers(const std::vector<std::string>& argv) {
  std::vector<char*> pointers;
  pointers.reserve(argv.size() + 1);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): execvp's way, it changes nothing
  for (const std::string& word : argv) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::Start(std::vector<std::string> argv) {
  ASSIGN_OR_RETURN(MemoryFile output, MemoryFile::Of(""));
  ASSIGN_OR_RETURN(MemoryFile complaints, MemoryFile::Of(""));
  std::unique_ptr<ChildProcess> child(new ChildProcess(std::move(output), std::move(complaints)));
  const std::string program = argv.front();
  child->thread_ = std::jthread([self = child.get(), argv = std::move(argv)] { self->Live(argv); });
  std::unique_lock lock(child->mutex_);
  child->changed_.wait(lock, [&] { return child->started_; });
  if (child->start_error_ == 0) return child;
  const int error = child->start_error_;
  lock.unlock();
  if (error != ENOENT) return Fail(ErrnoError(error, "starting " + program));
  return Fail(ErrorCode::kNotFound, fmt::format("the program {} is not installed", program),
              "install it on the machine on which reprise runs");
}

ChildProcess::~ChildProcess() {
  const std::scoped_lock lock(mutex_);
  // Not yet waited for, so the number is still its own.
  if (pid_ > 0 && !exit_code_) ::kill(pid_, SIGKILL);
}

void ChildProcess::Tell(int error, int pid) {
  const std::scoped_lock lock(mutex_);
  started_ = true;
  start_error_ = error;
  pid_ = pid;
  changed_.notify_all();
}

void ChildProcess::Live(const std::vector<std::string>& argv) {
  const std::vector<char*> pointers = Pointers(argv);
  std::array<int, 2> report{};
  if (::pipe2(report.data(), O_CLOEXEC) != 0) return Tell(errno, -1);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    BecomeProgram(pointers.data(), output_.fd(), complaints_.fd(), report[1], parent);
  }
  const int fork_error = errno;
  ::close(report[1]);
  int error = pid < 0 ? fork_error : 0;
  // Nothing comes when it became the program: its end of the pipe is closed then.
  while (pid > 0 && ::read(report[0], &error, sizeof error) < 0 && errno == EINTR) {
  }
  ::close(report[0]);
  Tell(error, pid);
  if (pid < 0) return;
  siginfo_t ended{};
  while (::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT) != 0 &&
         errno == EINTR) {
  }
  const std::scoped_lock lock(mutex_);
  ::waitpid(pid, nullptr, 0);
  exit_code_ = ended.si_code == CLD_EXITED ? ended.si_status : kSignalled + ended.si_status;
  changed_.notify_all();
}

bool ChildProcess::Runs() const {
  const std::scoped_lock lock(mutex_);
  return pid_ > 0 && !exit_code_;
}

Result<int> ChildProcess::Wait(const Context& ctx) const {
  std::unique_lock lock(mutex_);
  while (!exit_code_) {
    RETURN_IF_ERROR(ctx.Check());
    changed_.wait_for(lock, ctx.stop(), ctx.Remaining(std::chrono::seconds(1)),
                      [&] { return exit_code_.has_value(); });
  }
  return *exit_code_;
}

std::string ChildProcess::Output() const { return output_.Tail(kMostTold); }
std::string ChildProcess::Complaints() const { return complaints_.Tail(kMostTold); }

}  // namespace reprise
