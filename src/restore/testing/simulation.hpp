#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "restore/testing/simulated_node.hpp"

namespace reprise::restore::testing {

// Which tasks of a history are struck.
enum class Act { kBackup, kRestore, kUndo, kRelease };

// How often each kind of blow has fallen, by what the process was at (Fallen::place).
using Toll = std::map<std::string, std::map<Blow, int>>;

// Some days of a shop: backups, restores, undos and releases, by processes that are struck by
// faults, die and freeze, one after the other or two at once. After each task it looks at
// everything that can be seen and keeps what is not as it was promised.
class Simulation {
 public:
  // All of it drawn from a seed.
  explicit Simulation(std::uint64_t seed) : random_(seed) {}
  // A plain history in which one thing happens.
  struct OneStrike {
    domain::RestoreStrategy strategy = domain::RestoreStrategy::kSideBySide;
    Act act = Act::kRestore;
    Strike strike;
  };
  explicit Simulation(const OneStrike& only) : only_(only) {}

  // What was broken, one sentence each; empty when all promises held.
  [[nodiscard]] const std::vector<std::string>& Run() {
    Arrange();
    if (only_ ? only_->act == Act::kBackup : Chance(3)) SimulateBackup();
    const domain::RestoreId restore = SimulateRestore();
    const domain::RestorePoint row = world_.restores.Get(restore).value();
    if (!row.previous_db_name.empty() && complaints_.empty()) {
      if (only_ ? only_->act == Act::kUndo : Chance(2)) {
        SimulateUndo(restore);
      } else if (only_ ? only_->act == Act::kRelease : Chance(2)) {
        SimulateRelease(restore);
      }
    }
    return complaints_;
  }
  // What happened, for whoever has to find out why.
  [[nodiscard]] std::string story() const { return story_.str(); }
  [[nodiscard]] int strikes_fallen() const { return strikes_fallen_; }
  [[nodiscard]] const Toll& toll() const { return toll_; }

 private:
  using World = reprise::testing::World;
  using Order = SimulatedNode::Order;

  bool Chance(int one_in) { return Below(one_in) == 0; }
  int Below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
  void Complain(const std::string& what) { complaints_.push_back(what); }
  void Expect(bool holds, const std::string& what) {
    if (!holds) Complain(what);
  }

  void Arrange() {
    request_.backup_id = world_.backup.id;
    world_.trio.databases.custom_dumps_are_whole = true;  // the safety backup's
    world_.settings.health = {.attempts = 3, .interval = std::chrono::milliseconds(0)};
    if (only_) {
      request_.strategy = only_->strategy;
    } else {
      DrawRequest();
    }
    world_.Stock();
    story_ << domain::NameOf(request_.strategy)
           << (request_.include_filestore ? "" : ", without filestore")
           << (request_.create_pre_restore_backup ? "" : ", without safety backup")
           << (world_.trio.sick.empty() ? "" : ", the backup is sick")
           << (world_.trio.databases.load_complaint.empty() ? "" : ", the dump is broken")
           << (order_ == Order::kSideBySide ? ", steps side by side" : "") << "\n";
  }
  void DrawRequest() {
    if (Chance(4)) request_.strategy = domain::RestoreStrategy::kInPlace;
    if (Chance(5)) request_.include_filestore = false;
    if (request_.strategy != domain::RestoreStrategy::kInPlace && Chance(4)) {
      request_.create_pre_restore_backup = false;
    }
    if (Chance(6)) world_.trio.sick.insert("backup");
    if (Chance(10)) world_.trio.databases.load_complaint = "syntax error at or near \"x\"";
    order_ = Chance(4) ? Order::kSideBySide : Order::kInARow;
  }

  // Faults of one process. A task makes some hundred calls.
  std::vector<Strike> DrawStrikes() {
    std::vector<Strike> strikes;
    for (int left = 1 + Below(2); left > 0; --left) {
      Strike strike;
      strike.world = static_cast<World>(Below(3));
      strike.at = Below(strike.world == World::kEngine    ? 110
                        : strike.world == World::kStorage ? 40
                                                          : 160);
      const bool reads = strike.world == World::kStorage && Chance(3);
      strike.blow = reads ? Blow::kAltered : static_cast<Blow>(Below(5));
      strikes.push_back(strike);
    }
    return strikes;
  }

  // Those of the processes that work on an act, one after the other.
  std::vector<std::vector<Strike>> FatesIn(Act act) {
    std::vector<std::vector<Strike>> fates;
    if (only_) {
      if (only_->act == act) fates.push_back({only_->strike});
      return fates;
    }
    for (int struck = 1 + Below(3); struck > 0; --struck) fates.push_back(DrawStrikes());
    return fates;
  }

  // Lets processes come and go until nothing is left to do, then sweeps.
  void LetNodesWork(Act act) {
    for (const std::vector<Strike>& strikes : FatesIn(act)) {
      auto node = std::make_shared<SimulatedNode>(world_, strikes, order_);
      SimulatedNode successor(world_, {}, order_);
      std::atomic<bool> ended = false;
      std::jthread working([&] {
        Work(*node);
        ended = true;
      });
      while (node->fate.AwaitFrozen([&] { return ended.load(); })) {
        // Stopped past its lease: another process takes over and ends all, then it wakes up.
        world_.clock.Advance(std::chrono::seconds(31));
        Work(successor);
        story_ << "  another process has gone on meanwhile\n";
        node->fate.Thaw();
      }
      working.join();
      Tell(*node);
      static_cast<void>(successor.journal.ExpireLeases());
    }
    SimulatedNode last(world_, {}, order_);
    Work(last);
    const Status swept = last.Sweep();
    Expect(swept.has_value(), "the janitor could not sweep");
    const auto tasks = last.journal.List({}, {1, 100}).value();
    for (const domain::Task& task : tasks.items) {
      Expect(domain::HasEnded(task.status), "a task did not end");
    }
    Expect(world_.space.Count() == 0, "room is reserved for tasks that have ended");
  }
  static void Work(SimulatedNode& node) {
    constexpr int kMost = 20;
    for (int i = 0; i < kMost && node.RunNext(); ++i) {
    }
  }
  void Tell(const SimulatedNode& node) {
    for (const Fallen& fallen : node.fate.fallen()) {
      story_ << "  " << fallen.strike << " (" << fallen.call << ")"
             << (fallen.place.empty() ? "" : " in ") << fallen.place << "\n";
      ++toll_[fallen.place][fallen.strike.blow];
      ++strikes_fallen_;
    }
  }

  void SimulateBackup() {
    SimulatedNode clerk(world_, {}, order_);
    const Sight before = world_.Look();
    const auto ordered = clerk.Backups().Order({.environment_id = world_.trio.shop.id});
    if (!ordered) return Complain("no backup could be ordered: " + ordered.error().Sentence());
    LetNodesWork(Act::kBackup);
    const domain::Backup backup = world_.backups.Get(ordered->id).value();
    story_ << "the backup is " << domain::NameOf(backup.status) << " " << backup.error_message
           << "\n";
    ExpectSame(before, "a backup");
    const bool stands =
        !backup.storage_key.empty() && world_.store.Stat(Context(), backup.storage_key).has_value();
    if (backup.status == domain::BackupStatus::kCompleted) {
      Expect(backup.is_verified && stands, "a completed backup has no archive, or is not verified");
    } else {
      Expect(backup.status == domain::BackupStatus::kFailed, "a backup ended as nothing");
      Expect(!stands, "a failed backup left an archive");
    }
  }

  domain::RestoreId SimulateRestore() {
    SimulatedNode clerk(world_, {}, order_);
    before_ = world_.Look();
    const auto ticket = clerk.Restores().Submit(Context(), request_);
    if (!ticket) {
      Complain("no restore could be ordered: " + ticket.error().Sentence());
      return {};
    }
    LetNodesWork(Act::kRestore);
    const domain::RestorePoint row = world_.restores.Get(ticket->restore.id).value();
    const domain::Task task = clerk.journal.Get(ticket->task.id).value();
    story_ << "the restore is " << domain::NameOf(row.status) << ", " << domain::NameOf(row.outcome)
           << " " << row.error_step << ": " << row.error_message << "\n";
    ExpectServing();
    ExpectTidy(row);
    if (row.status == domain::RestoreStatus::kCompleted) {
      Expect(task.status == domain::TaskStatus::kCompleted, "task and restore tell differently");
      ExpectRestored(row);
    } else {
      Expect(row.status == domain::RestoreStatus::kFailed, "a restore ended as nothing");
      Expect(task.status == domain::TaskStatus::kFailed, "task and restore tell differently");
      Expect(!row.error_message.empty(), "a failed restore does not say why");
      ExpectUntouched(row);
    }
    return row.id;
  }

  void SimulateUndo(const domain::RestoreId& id) {
    SimulatedNode clerk(world_, {}, order_);
    const Sight before = world_.Look();
    const auto task = clerk.Restores().Undo(id);
    if (!task) return Complain("no undo could be ordered: " + task.error().Sentence());
    LetNodesWork(Act::kUndo);
    const domain::RestorePoint row = world_.restores.Get(id).value();
    const domain::Task ended = clerk.journal.Get(task->id).value();
    story_ << "the undo is " << domain::NameOf(ended.status) << ", outcome "
           << domain::NameOf(row.outcome) << " " << ended.error_message << "\n";
    ExpectServing();
    ExpectTidy(row);
    if (ended.status == domain::TaskStatus::kCompleted) {
      Expect(row.outcome == domain::RestoreOutcome::kUndone, "an undo that is not told");
      Expect(world_.Live() == "live", "an undo did not bring the former database back");
      Expect(world_.FilesOf("shop-db") == FilesBefore(), "an undo did not bring the files back");
    } else {
      Expect(row.outcome == domain::RestoreOutcome::kSwapped, "a failed undo is told as done");
      ExpectSame(before, "a failed undo");
    }
  }

  void SimulateRelease(const domain::RestoreId& id) {
    SimulatedNode clerk(world_, {}, order_);
    const std::string live = world_.Live();
    const auto files = world_.FilesOf("shop-db");
    const auto task = clerk.Restores().Release(id);
    if (!task) return Complain("no release could be ordered: " + task.error().Sentence());
    LetNodesWork(Act::kRelease);
    const domain::RestorePoint row = world_.restores.Get(id).value();
    story_ << "the release is " << domain::NameOf(clerk.journal.Get(task->id).value().status)
           << "\n";
    ExpectServing();
    Expect(world_.Live() == live, "a release changed what serves");
    Expect(world_.FilesOf("shop-db") == files, "a release changed the files that serve");
    if (row.previous_db_name.empty()) {
      Expect(Databases() == 1, "a release left the previous database");
      Expect(Filestores().size() <= 1, "a release left the previous files");
    }
  }

  // --- What is promised.
  void ExpectServing() {
    Expect(world_.trio.Answers("shop-db"), "Odoo does not answer");
    const Sight now = world_.Look();
    Expect(now.odoo_runs, "Odoo does not run");
    Expect(now.pgbouncer_runs, "PgBouncer does not run");
    Expect(now.restart_policy == before_.restart_policy, "Odoo's restart policy is another one");
    const auto shop = world_.environments.Get(world_.trio.shop.id).value();
    Expect(shop.status == domain::EnvironmentStatus::kRunning, "the environment is not running");
  }
  // No helper, no side database, no loader's role, no side directory; a kept database is fenced.
  void ExpectTidy(const domain::RestorePoint& row) {
    const Sight now = world_.Look();
    Expect(now.helpers.empty(), "a helper was left");
    Expect(now.databases.roles == before_.databases.roles, "a loader's role was left");
    for (const auto& [name, database] : now.databases.databases) {
      if (name == "shop-db") continue;
      Expect(name == row.previous_db_name, "a database was left: " + name);
      Expect(!database.open, "the kept database is not fenced");
    }
    for (const std::string& name : Filestores()) {
      Expect(name == "shop-db" || name == row.previous_db_name, "a directory was left: " + name);
    }
    Expect(row.previous_db_name.empty() ||
               world_.trio.databases.ContentOf(row.previous_db_name) != "-",
           "the restore promises an undo that cannot be");
  }
  void ExpectRestored(const domain::RestorePoint& row) {
    Expect(world_.Live() == "backup", "a completed restore serves from " + world_.Live());
    Expect(world_.trio.sick.empty(), "a sick database was left live");
    Expect(row.outcome == domain::RestoreOutcome::kSwapped, "a completed restore is not swapped");
    Expect(
        world_.FilesOf("shop-db") == (request_.include_filestore ? FilesOfBackup() : FilesBefore()),
        "a completed restore serves other files");
    if (!row.previous_db_name.empty()) {
      Expect(world_.trio.databases.ContentOf(row.previous_db_name) == "live",
             "what is kept is not what was there");
      if (request_.include_filestore) {
        Expect(world_.FilesOf(row.previous_db_name) == FilesBefore(), "the kept files are others");
      }
    }
    ExpectLoadedBytes();
  }
  // What was loaded to its end is the dump of the archive, whatever was altered on the way.
  void ExpectLoadedBytes() {
    bool was_loaded = false;
    for (const auto& call : world_.trio.programs.calls()) {
      if (std::count(call.spec.argv.begin(), call.spec.argv.end(), "-f") == 0) continue;
      const bool is_whole = call.sql.find(world_.dump_end) != std::string::npos;
      const bool is_right = call.sql.find(world_.dump_body) != std::string::npos;
      Expect(is_right || !is_whole, "other bytes were loaded: " + call.sql);
      was_loaded = was_loaded || (is_right && is_whole);
    }
    Expect(was_loaded, "nothing was loaded to its end");
  }
  void ExpectUntouched(const domain::RestorePoint& row) {
    Expect(row.outcome == domain::RestoreOutcome::kTargetUntouched ||
               row.outcome == domain::RestoreOutcome::kRolledBack,
           "a failed restore tells no outcome");
    Sight now = world_.Look();
    if (row.strategy == domain::RestoreStrategy::kInPlace && world_.Live() == "safety backup") {
      now.databases.databases["shop-db"].content = "live";  // it came back as its copy
    }
    if (now == before_) return;
    std::ostringstream difference;
    difference << "a failed restore did not leave the target as it was; before:" << before_
               << "\nafter:" << now;
    Complain(difference.str());
  }
  void ExpectSame(const Sight& before, const std::string& who) {
    const Sight now = world_.Look();
    if (now == before) return;
    std::ostringstream difference;
    difference << who << " changed what it may not; before:" << before << "\nafter:" << now;
    Complain(difference.str());
  }

  [[nodiscard]] std::size_t Databases() { return world_.Look().databases.databases.size(); }
  [[nodiscard]] std::set<std::string> Filestores() {
    return world_.trio.files.Names(odoo::testing::FakeTrio::kFilestores);
  }
  static std::set<std::string> FilesBefore() { return {"a file in both", "a file of the shop"}; }
  static std::set<std::string> FilesOfBackup() {
    return {"a file in both", "a file of the backup"};
  }

  const std::optional<OneStrike> only_;
  std::mt19937_64 random_;
  RestoreHouse world_;
  domain::RestoreRequest request_;
  Order order_ = Order::kInARow;
  Sight before_;
  std::vector<std::string> complaints_;
  std::ostringstream story_;
  int strikes_fallen_ = 0;
  Toll toll_;
};

}  // namespace reprise::restore::testing
