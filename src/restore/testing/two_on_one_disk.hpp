#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "restore/testing/simulated_node.hpp"

namespace reprise::restore::testing {

// Two environments on one disk that has room for one more database, and a restore into each, begun
// at once by two processes. Each stands still where the seed says, while the other goes on; some
// die or meet faults. One thing runs at a time, so a seed replays. Whatever happens, the disk never
// fills, what was not restored is as it was, and nothing stays reserved.
class TwoOnOneDisk {
 public:
  explicit TwoOnOneDisk(std::uint64_t seed) : random_(seed) {}

  // What was broken, one sentence each; empty when all promises held.
  [[nodiscard]] const std::vector<std::string>& Run() {
    Arrange();
    std::array<domain::RestoreId, 2> restores;
    SimulatedNode clerk(world_, {}, Order::kInARow);
    for (std::size_t at = 0; at < 2; ++at) {
      const auto ticket = clerk.Restores().Submit(Context(), requests_[at]);
      if (!ticket) {
        complaints_.push_back("no restore could be ordered: " + ticket.error().Sentence());
        return complaints_;
      }
      restores[at] = ticket->restore.id;
    }
    RunBoth();
    LetTheLastOneFinish();
    for (std::size_t at = 0; at < 2; ++at) Look(at, world_.restores.Get(restores[at]).value());
    Expect(completed_ <= 1, "both went through");
    Expect(struck_ || completed_ == 1, "nothing broke, and not one of them went through");
    Expect(world_.trio.databases.overflows() == 0, "a load met a full disk");
    Expect(world_.space.Count() == 0, "room stays reserved");
    Expect(world_.trio.Helpers().empty(), "a helper was left");
    Expect(world_.trio.databases.CountLoaded() == 2 + completed_, "a database was left");
    return complaints_;
  }
  [[nodiscard]] std::string story() const { return story_.str(); }
  [[nodiscard]] int completed() const { return completed_; }
  [[nodiscard]] int told_of_the_other() const { return told_of_the_other_; }

 private:
  using Order = SimulatedNode::Order;
  using World = reprise::testing::World;
  static constexpr std::uint64_t kDatabase = 10'000'000'000;
  static constexpr std::uint64_t kDisk = 35'000'000'000;  // the two that live, and one more

  // A process on a thread of its own, of which the other waits until it stands still or has ended.
  struct Worker {
    SimulatedNode node;
    std::atomic<bool> ended = false;
    std::jthread thread;

    Worker(RestoreHouse& world, std::vector<Strike> strikes)
        : node(world, std::move(strikes), Order::kInARow) {}
    // False when it has ended.
    bool GoOn() {
      if (thread.joinable()) {
        node.fate.Thaw();
      } else {
        thread = std::jthread([this] {
          // One task each: the second is the other's.
          static_cast<void>(node.RunNext());
          ended = true;
        });
      }
      return node.fate.AwaitFrozen([this] { return ended.load(); });
    }
  };

  int Below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
  void Expect(bool holds, const std::string& what) {
    if (!holds) complaints_.push_back(what);
  }

  void Arrange() {
    world_.manifest.database_bytes = kDatabase;
    world_.settings.health = {.attempts = 3, .interval = std::chrono::milliseconds(0)};
    world_.trio.databases.most_loaded = 3;
    world_.trio.databases.custom_dumps_are_whole = true;
    world_.trio.programs.OnProgram("stat", [this](const auto& call) {
      const auto& argv = call.spec.argv;
      if (argv.front() == "stat") return Answer{"101 101\n"};
      const auto used = static_cast<std::uint64_t>(world_.trio.databases.CountLoaded()) * kDatabase;
      return Answer{fmt::format("{} 1 {}\n2049\n", kDisk - std::min(used, kDisk), kDisk)};
    });
    AddLab();
    world_.Stock();
    for (domain::RestoreRequest& request : requests_) {
      request.backup_id = world_.backup.id;
      request.create_pre_restore_backup = Below(3) == 0;
    }
    requests_[1].mode = domain::RestoreMode::kExisting;
    requests_[1].environment_id = {"e2"};
  }
  // Beside the shop: another database in the same PostgreSQL, an Odoo of its own.
  void AddLab() {
    domain::Environment lab = world_.trio.shop;
    lab.id = {"e2"};
    lab.name = "lab";
    lab.type = domain::EnvironmentType::kStaging;
    lab.db_name = "lab-db";
    lab.data_dir = "/var/lib/lab";
    lab.containers = {"shop_lab_odoo", "shop_db", "shop_lab_pgbouncer"};
    for (const std::string& name : {lab.containers.odoo, lab.containers.pgbouncer}) {
      docker::ContainerSpec spec;
      spec.name = name;
      spec.image = name.ends_with("_odoo") ? "odoo:14" : "pgbouncer:1";
      spec.restart_policy = "unless-stopped";
      static_cast<void>(world_.trio.engine.Create(Context(), spec));
      static_cast<void>(world_.trio.engine.Start(Context(), name));
    }
    world_.trio.databases.Add(lab.db_name, {.content = "live"});
    world_.trio.files.Add("/var/lib/lab/filestore/lab-db", "a file of the shop");
    static_cast<void>(world_.environments.Insert(lab));
  }

  // Where a process stands still, and maybe what befalls it besides.
  std::vector<Strike> DrawStrikes() {
    std::vector<Strike> strikes;
    for (int left = 1 + Below(2); left > 0; --left) {
      strikes.push_back(
          {Below(2) == 0 ? World::kEngine : World::kCatalog, Below(110), Blow::kFreezes});
    }
    if (Below(3) == 0) {
      strikes.push_back({static_cast<World>(Below(3)), Below(110), static_cast<Blow>(Below(4))});
    }
    return strikes;
  }
  void RunBoth() {
    std::array<Worker, 2> workers{Worker{world_, DrawStrikes()}, Worker{world_, DrawStrikes()}};
    for (std::array<bool, 2> goes_on{true, true}; goes_on[0] || goes_on[1];) {
      for (std::size_t at = 0; at < 2; ++at) {
        if (goes_on[at]) goes_on[at] = workers[at].GoOn();
      }
    }
    for (Worker& worker : workers) {
      for (const Fallen& fallen : worker.node.fate.fallen()) {
        struck_ = struck_ || fallen.strike.blow != Blow::kFreezes;
        story_ << "  " << fallen.strike << " (" << fallen.call << ") in " << fallen.place << "\n";
      }
      story_ << "  --\n";
    }
  }
  void LetTheLastOneFinish() {
    world_.clock.Advance(std::chrono::seconds(31));
    SimulatedNode last(world_, {}, Order::kInARow);
    static_cast<void>(last.journal.ExpireLeases());
    for (int i = 0; i < 20 && last.RunNext(); ++i) {
    }
    Expect(last.Sweep().has_value(), "the janitor could not sweep");
  }

  void Look(std::size_t at, const domain::RestorePoint& row) {
    const domain::Environment target = world_.environments.Get(row.target_environment_id).value();
    const std::string live = world_.trio.databases.ContentOf(target.db_name);
    story_ << target.name << ": " << domain::NameOf(row.status) << " " << row.error_step << ": "
           << row.error_message << "\n";
    Expect(target.status == domain::EnvironmentStatus::kRunning, target.name + " does not run");
    Expect(world_.trio.Answers(target.db_name), target.name + " does not answer");
    if (row.status == domain::RestoreStatus::kCompleted) {
      ++completed_;
      Expect(live == "backup", target.name + " was restored, and serves from " + live);
      return;
    }
    Expect(row.status == domain::RestoreStatus::kFailed, "a restore ended as nothing");
    Expect(live == "live", target.name + " was not restored, and serves from " + live);
    Expect(world_.trio.files.In(fmt::format("{}/filestore/{}", target.data_dir, target.db_name)) ==
               (at == 0 ? std::set<std::string>{"a file in both", "a file of the shop"}
                        : std::set<std::string>{"a file of the shop"}),
           target.name + " was not restored, and has other files");
    if (struck_) return;
    Expect(row.error_code == NameOf(ErrorCode::kNoSpace), "it failed by " + row.error_code);
    const bool tells = row.error_message.find("reserved by the restore of") != std::string::npos;
    told_of_the_other_ += tells ? 1 : 0;
  }

  using Answer = odoo::testing::FakeFiles::Answer;

  std::mt19937_64 random_;
  RestoreHouse world_;
  std::array<domain::RestoreRequest, 2> requests_;
  std::vector<std::string> complaints_;
  std::ostringstream story_;
  int completed_ = 0;
  int told_of_the_other_ = 0;
  bool struck_ = false;
};

}  // namespace reprise::restore::testing
