#include "docker/throwaway_container.hpp"

#include "base/log.hpp"

namespace reprise::docker {

Result<ThrowawayContainer> ThrowawayContainer::Start(const Context& ctx, Engine& engine,
                                                     const ContainerSpec& spec) {
  RETURN_IF_ERROR(engine.Remove(ctx, spec.name));  // of an attempt that died
  ThrowawayContainer container(engine, spec.name);
  RETURN_IF_ERROR(engine.Create(ctx, spec));
  RETURN_IF_ERROR(engine.Start(ctx, spec.name));
  return container;
}

ThrowawayContainer::ThrowawayContainer(ThrowawayContainer&& other) noexcept
    : engine_(other.engine_), name_(std::move(other.name_)) {
  other.name_.clear();
}

ThrowawayContainer::~ThrowawayContainer() {
  if (name_.empty()) return;
  // Not the caller's context: a cancelled task must still be cleaned up after.
  const Context ctx = Context().WithTimeout(std::chrono::seconds(120));
  if (const Status removed = engine_->Remove(ctx, name_); !removed) {
    log::Warning("container.left_behind", {{"name", name_}, {"error", removed.error().message}});
  }
}

Result<int> ThrowawayContainer::Exec(const Context& ctx, const ExecSpec& spec,
                                     const ExecStreams& streams) const {
  return engine_->Exec(ctx, name_, spec, streams);
}

Result<std::string> ThrowawayContainer::ExecText(const Context& ctx, const ExecSpec& spec) const {
  return docker::ExecText(ctx, *engine_, name_, spec);
}

}  // namespace reprise::docker
