// Nodes as real processes on one PostgreSQL catalog, killed at random while they work: every task
// ends, and what must happen once has happened once, as the targets themselves tell.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <map>
#include <random>
#include <set>

#include "jobs/testing/journal_bench.hpp"
#include "jobs/testing/shared_targets.hpp"

namespace reprise::jobs {
namespace {

using domain::TaskStatus;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::SharedTargets;

constexpr int kServing = 3;  // take orders and work, as `reprise serve` does
constexpr int kWorking = 4;  // only work, as `reprise worker` does
constexpr int kRestores = 500;

// A process of node_for_tests; killed with the object at the latest.
class NodeProcess {
 public:
  explicit NodeProcess(std::vector<std::string> arguments) {
    // Built into the same folder as these tests.
    const auto self = std::filesystem::read_symlink("/proc/self/exe");
    arguments.insert(arguments.begin(), self.parent_path() / "node_for_tests");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    // Until it waits for it, SIGTERM has to wait: one that is stopped in its first moments ends
    // well.
    sigset_t blocked{};
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    posix_spawnattr_t attributes{};
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigmask(&attributes, &blocked);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    if (::posix_spawn(&pid_, argv[0], nullptr, &attributes, argv.data(), environ) != 0) pid_ = -1;
    ::posix_spawnattr_destroy(&attributes);
    EXPECT_GT(pid_, 0) << "cannot start " << argv[0];
  }
  ~NodeProcess() { Kill(); }
  NodeProcess(const NodeProcess&) = delete;
  NodeProcess& operator=(const NodeProcess&) = delete;

  void Kill() { End(SIGKILL); }
  // As systemd stops it: its exit code.
  int Stop() { return End(SIGTERM); }

 private:
  int End(int signal) {
    if (pid_ <= 0) return -1;
    int status = 0;
    ::kill(pid_, signal);
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  pid_t pid_ = -1;
};

class KilledNodesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!catalog::testing::PostgresServer::IsInstalled()) {
      GTEST_SKIP() << "PostgreSQL is not installed, and many nodes need it: "
                      "apt-get install postgresql";
    }
    bench_.emplace(testing::JournalBench::Kind::kPostgres);
    world_.emplace(SharedTargets::Open(bench_->catalog().url()).value());
    ASSERT_TRUE(world_->Make(kRestores));
  }
  void Start(int place) {
    const std::string first = std::to_string(place < kServing ? place : kRestores);
    const std::string name = "node-" + std::to_string(++born_);
    nodes_[place] = std::make_unique<NodeProcess>(std::vector<std::string>{
        bench_->catalog().url(), name, first, std::to_string(kServing), std::to_string(kRestores)});
  }
  std::int64_t CountOf(std::optional<TaskStatus> status) {
    return bench_->journal().List({.status = status}, {1, 1}).value().total;
  }
  [[nodiscard]] bool AllHaveEnded() {
    return CountOf(std::nullopt) == kRestores && CountOf(TaskStatus::kQueued) == 0 &&
           CountOf(TaskStatus::kRunning) == 0;
  }
  // Kills a node every `pause` and starts another in its place, until all tasks have ended.
  int KillUntilAllHaveEnded(seconds pause, seconds limit) {
    std::mt19937 random(11);
    int killed = 0;
    const auto began = steady_clock::now();
    auto next = began + pause;
    while (!AllHaveEnded()) {
      static_cast<void>(Context().Sleep(milliseconds(100)));
      if (steady_clock::now() < next) continue;
      if (steady_clock::now() > began + limit) {
        ADD_FAILURE() << "after " << limit.count() << " s not all tasks have ended";
        break;
      }
      next += pause;
      const int place = static_cast<int>(random() % (kServing + kWorking));
      nodes_[place]->Kill();
      Start(place);
      ++killed;
    }
    return killed;
  }
  // What the journal tells of ends, and how often a task was begun anew.
  void ExpectOneEndEach() {
    std::map<std::string, int> ends;
    for (const domain::TaskEvent& event : bench_->Events()) {
      if (event.type == "task.completed") ++ends[event.task_id.value];
      EXPECT_NE(event.type, "task.failed") << event.data;
      EXPECT_NE(event.type, "task.cancelled") << event.data;
    }
    EXPECT_EQ(ends.size(), static_cast<std::size_t>(kRestores));
    for (const auto& [task, count] : ends) EXPECT_EQ(count, 1) << task;
  }
  // What the targets tell.
  void ExpectOneSwapEach() {
    std::map<std::string, int> swaps;
    const std::vector<SharedTargets::Act> acts = world_->Acts("swap").value();
    for (const SharedTargets::Act& act : acts) ++swaps[act.target];
    EXPECT_EQ(swaps.size(), static_cast<std::size_t>(kRestores));
    for (const auto& [target, count] : swaps) EXPECT_EQ(count, 1) << "target " << target;
    for (int target = 0; target < kRestores; ++target) {
      EXPECT_EQ(world_->LiveContent(std::to_string(target)).value(), "restored") << target;
    }
    EXPECT_EQ(world_->Names("old_").value().size(), static_cast<std::size_t>(kRestores));
    EXPECT_THAT(world_->Names("side_").value(), ::testing::IsEmpty());
  }

  std::optional<testing::JournalBench> bench_;
  std::optional<SharedTargets> world_;
  std::map<int, std::unique_ptr<NodeProcess>> nodes_;
  int born_ = 0;
};

TEST_F(KilledNodesTest, FiveHundredRestoresEndOnceWhileAProcessIsKilledEveryTwoSeconds) {
  for (int place = 0; place < kServing + kWorking; ++place) Start(place);
  const int killed = KillUntilAllHaveEnded(seconds(2), seconds(240));
  for (auto& [place, node] : nodes_) EXPECT_EQ(node->Stop(), 0);

  EXPECT_GT(killed, 4);
  ExpectOneEndEach();
  ExpectOneSwapEach();
  const std::size_t loads = world_->Acts("load").value().size();
  EXPECT_GT(loads, static_cast<std::size_t>(kRestores)) << "nobody was killed at work";
  fmt::print("{} killed, {} loads for {} restores\n", killed, loads, kRestores);
}

}  // namespace
}  // namespace reprise::jobs
