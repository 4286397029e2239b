#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "jobs/workflow.hpp"

namespace reprise::jobs {

// A step made of functions, for workflows whose steps are a few lines each.
struct PlainStep {
  std::string name;
  std::vector<std::string> after;
  double weight = 1;
  std::function<Status(const Context&, StepRun&)> run;
  std::function<Status(const Context&, StepRun&)> undo = {};  // empty: nothing to take back
  bool must_be_undone = false;                                // as Step says
};

// A workflow made of such steps, and of functions for its end.
class PlainWorkflow final : public Workflow {
 public:
  using StepHook = std::function<void(std::string_view, domain::StepState)>;
  using EndHook = std::function<Status(const Context&, const std::optional<Failure>&)>;

  PlainWorkflow(std::vector<PlainStep> steps, EndHook ended, StepHook changed = {})
      : ended_(std::move(ended)), changed_(std::move(changed)) {
    for (PlainStep& step : steps) steps_.push_back(std::make_unique<Adapter>(std::move(step)));
  }
  [[nodiscard]] const std::vector<std::unique_ptr<Step>>& steps() const override { return steps_; }
  void StepChanged(std::string_view step, domain::StepState state) override {
    if (changed_) changed_(step, state);
  }
  [[nodiscard]] Status Ended(const Context& ctx, const std::optional<Failure>& failure) override {
    return ended_(ctx, failure);
  }

 private:
  class Adapter final : public Step {
   public:
    explicit Adapter(PlainStep step) : step_(std::move(step)) {}
    [[nodiscard]] std::string_view name() const override { return step_.name; }
    [[nodiscard]] std::vector<std::string_view> after() const override {
      return {step_.after.begin(), step_.after.end()};
    }
    [[nodiscard]] double weight() const override { return step_.weight; }
    [[nodiscard]] bool must_be_undone() const override { return step_.must_be_undone; }
    [[nodiscard]] Status Run(const Context& ctx, StepRun& run) override {
      return step_.run(ctx, run);
    }
    [[nodiscard]] Status Undo(const Context& ctx, StepRun& run) override {
      return step_.undo ? step_.undo(ctx, run) : Status();
    }

   private:
    PlainStep step_;
  };

  std::vector<std::unique_ptr<Step>> steps_;
  EndHook ended_;
  StepHook changed_;
};

}  // namespace reprise::jobs
