// A node as a process of its own that a test can kill: a journal on a PostgreSQL catalog and
// workers that run simulated restores of targets in the same server (SharedTargets).
//
// usage: node_for_tests URL NAME FIRST STEP COUNT
//
// It orders the restores of targets FIRST, FIRST + STEP, … below COUNT, each once however often it
// is started, then works until SIGTERM.
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "base/log.hpp"
#include "catalog/stores.hpp"
#include "jobs/plain_workflow.hpp"
#include "jobs/testing/shared_targets.hpp"
#include "jobs/worker.hpp"

namespace reprise::jobs {
namespace {

using std::chrono::milliseconds;
using testing::SharedTargets;

// The steps of a restore that matter here: something slow beside what serves, then one exchange
// that must happen once.
class RestoreFactory final : public WorkflowFactory {
 public:
  RestoreFactory(std::string url, std::string node)
      : url_(std::move(url)), node_(std::move(node)) {}

  Result<std::unique_ptr<Workflow>> Make(const domain::Task& task) override {
    const std::string& target = task.subject_id;
    std::vector<PlainStep> steps;
    steps.push_back(
        {.name = "load", .weight = 80, .run = [this, target](const Context& ctx, StepRun& run) {
           return Load(ctx, run, target);
         }});
    steps.back().undo = [this, target](const Context&, StepRun&) -> Status {
      ASSIGN_OR_RETURN(SharedTargets world, SharedTargets::Open(url_));
      return world.DropSides(target);
    };
    steps.push_back(
        {.name = "swap", .after = {"load"}, .run = [this, target](const Context&, StepRun& run) {
           return Swap(run, target);
         }});
    steps.push_back({.name = "verify",
                     .after = {"swap"},
                     .run = [this, target](const Context&, StepRun&) { return Verify(target); }});
    return std::make_unique<PlainWorkflow>(
        std::move(steps), [](const Context&, const std::optional<Failure>&) { return Status(); });
  }

 private:
  Status Load(const Context& ctx, StepRun& run, const std::string& target) {
    ASSIGN_OR_RETURN(SharedTargets world, SharedTargets::Open(url_));
    RETURN_IF_ERROR(run.CheckOwner());
    RETURN_IF_ERROR(world.Load(target, run.epoch(), node_));
    constexpr int kParts = 4;
    for (int part = 1; part <= kParts; ++part) {
      RETURN_IF_ERROR(ctx.Sleep(milliseconds(120)));
      run.Progress(static_cast<double>(part) / kParts, fmt::format("part {}", part));
    }
    return run.Save("side", boost::json::value(SharedTargets::SideOf(target, run.epoch())));
  }
  Status Swap(StepRun& run, const std::string& target) {
    ASSIGN_OR_RETURN(SharedTargets world, SharedTargets::Open(url_));
    ASSIGN_OR_RETURN(const bool is_swapped, world.IsSwapped(target));
    if (is_swapped) return {};
    const auto side = run.Saved("side");
    if (!side) return Fail(ErrorCode::kInternal, "the journal forgot what was loaded");
    RETURN_IF_ERROR(run.CheckOwner());
    return world.Swap(target, std::string(side->as_string()), run.epoch(), node_);
  }
  Status Verify(const std::string& target) {
    ASSIGN_OR_RETURN(SharedTargets world, SharedTargets::Open(url_));
    ASSIGN_OR_RETURN(const std::string content, world.LiveContent(target));
    if (content == "restored") return {};
    return Fail(ErrorCode::kInternal, "what serves is " + content);
  }

  const std::string url_;
  const std::string node_;
};

struct Orders {
  int first = 0;
  int step = 1;
  int count = 0;
};

Status Order(catalog::Database& database, Journal& journal, const Orders& orders) {
  ASSIGN_OR_RETURN(const catalog::Project project,
                   catalog::TenancyStore(database).DefaultProject());
  for (int target = orders.first; target < orders.count; target += orders.step) {
    NewTask task;
    task.kind = domain::TaskKind::kRestore;
    task.project_id = project.id;
    task.subject_id = std::to_string(target);
    task.target = "target " + task.subject_id;
    task.idempotency_key = "order " + task.subject_id;
    RETURN_IF_ERROR(journal.Submit(task));
  }
  return {};
}

Status Work(const std::string& url, const std::string& name, const Orders& orders,
            const std::function<void()>& await_end) {
  ASSIGN_OR_RETURN(const auto database, catalog::OpenPostgres(url));
  const SystemClock clock;
  Journal journal(*database, clock);
  RestoreFactory factory(url, name);
  WorkerOptions options;
  options.name = name;
  options.lease = std::chrono::seconds(3);
  Worker worker(journal, factory, clock, options);
  const std::jthread working([&](const std::stop_token& stop) { worker.Run(stop); });
  RETURN_IF_ERROR(Order(*database, journal, orders));
  await_end();
  return {};
}

int Main(const std::vector<std::string>& arguments) {
  if (arguments.size() != 5) {
    std::cerr << "usage: node_for_tests URL NAME FIRST STEP COUNT\n";
    return 2;
  }
  log::SetLevel(log::Level::kError);
  sigset_t end{};
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &end, nullptr);  // before there are threads, which inherit it
  const Orders orders{std::stoi(arguments[2]), std::stoi(arguments[3]), std::stoi(arguments[4])};
  const Status worked = Work(arguments[0], arguments[1], orders, [&] {
    int signal = 0;
    sigwait(&end, &signal);
  });
  if (!worked) std::cerr << worked.error().Sentence() << "\n";
  return worked ? 0 : 1;
}

}  // namespace
}  // namespace reprise::jobs

int main(int argc, char** argv) { return reprise::jobs::Main({argv + 1, argv + argc}); }
