#include "jobs/worker.hpp"

#include <exception>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "jobs/task_run.hpp"

namespace reprise::jobs {
namespace {

// How often a worker looks for tasks that nobody told it of: due by now, or of a dead worker.
constexpr std::chrono::milliseconds kLookEvery{1000};

}  // namespace

struct Worker::Impl {
  Journal& journal;
  WorkflowFactory& factory;
  const Clock& clock;
  WorkerOptions options;

  // Claims and runs one task after the other until stopped.
  void Loop(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      try {
        RunNext(stop);
      } catch (const std::exception& e) {
        log::Failure("worker.broke", {{"worker", options.name}, {"error", e.what()}});
        static_cast<void>(Context(stop).Sleep(kLookEvery));
      }
    }
  }

  void RunNext(const std::stop_token& stop) {
    const std::uint64_t asked = journal.Asked();
    Result<std::optional<Claim>> claim =
        journal.ClaimNext(options.name, options.lease, options.scope);
    if (!claim) {
      log::Failure("worker.claim.failed",
                   {{"worker", options.name}, {"error", claim.error().Sentence()}});
      static_cast<void>(Context(stop).Sleep(kLookEvery));
      return;
    }
    if (!*claim) {
      journal.WaitForWork(asked, kLookEvery, stop);
      return;
    }
    TaskRun run({journal, factory, clock, options}, **std::move(claim), asked);
    // A journal that does not take writes may be full: not to be asked again at once.
    if (run.Execute(stop) != HaltReason::kNone) static_cast<void>(Context(stop).Sleep(kLookEvery));
  }
};

Worker::Worker(Journal& journal, WorkflowFactory& factory, const Clock& clock,
               WorkerOptions options)
    : impl_(std::make_unique<Impl>(Impl{journal, factory, clock, std::move(options)})) {}

Worker::~Worker() = default;

void Worker::Run(std::stop_token stop) {
  std::vector<std::jthread> loops;
  for (int i = 0; i < impl_->options.parallel_tasks; ++i) {
    loops.emplace_back([this, stop] { impl_->Loop(stop); });
  }
}

}  // namespace reprise::jobs
