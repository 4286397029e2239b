#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

#include "jobs/journal.hpp"
#include "jobs/workflow.hpp"

namespace reprise::jobs {

struct WorkerOptions {
  std::string name;  // host and process
  int parallel_tasks = 2;
  ClaimScope scope = {};
  std::chrono::seconds lease{30};  // renewed at a third of it
  int undo_attempts = 5;           // with growing pauses, then the task ends needing attention
  int vital_undo_attempts = 60;    // of what leaves down what serves: about ten minutes
  std::chrono::milliseconds undo_pause{1000};  // before the second attempt; doubles up to 30 s
};

// Claims tasks and runs their workflows until stopped. On a stop (not a cancel) running steps are
// interrupted, nothing is undone, and the task is given back so that the next worker goes on where
// this one stopped: steps that are done are not run again.
class Worker {
 public:
  // `clock` is for how long things take: what is told of their end is worked out with it.
  Worker(Journal& journal, WorkflowFactory& factory, const Clock& clock, WorkerOptions options);
  ~Worker();

  // Blocks. Returns after all running tasks have been given back.
  void Run(std::stop_token stop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reprise::jobs
