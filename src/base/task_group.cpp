#include "base/task_group.hpp"

#include <exception>

namespace reprise {

TaskGroup::TaskGroup(const Context& ctx)
    : ctx_(ctx), forward_(ctx.stop(), std::function<void()>([this] { stop_.request_stop(); })) {}

TaskGroup::~TaskGroup() {
  stop_.request_stop();
  threads_.clear();
}

void TaskGroup::Spawn(std::function<Status(const Context&)> work) {
  threads_.emplace_back([this, work = std::move(work)] {
    Status status;
    try {
      status = work(ctx_.WithStop(stop_.get_token()));
    } catch (const std::exception& e) {
      status = Fail(ErrorCode::kInternal, e.what());
    }
    if (status) return;
    const std::scoped_lock lock(mutex_);
    if (!first_error_) first_error_ = std::move(status.error());
    stop_.request_stop();
  });
}

Status TaskGroup::Join() {
  threads_.clear();
  const std::scoped_lock lock(mutex_);
  if (first_error_) return Fail(*first_error_);
  return {};
}

}  // namespace reprise
