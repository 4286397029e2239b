#pragma once

#include <string>

#include "docker/engine.hpp"

namespace reprise::docker {

// A helper container that lives as long as this object. When its process dies it stays, and is
// found again by its name (Start removes a former one) or its labels (the janitor).
class ThrowawayContainer {
 public:
  // Creates and starts it; `spec.name` must be set.
  static Result<ThrowawayContainer> Start(const Context& ctx, Engine& engine,
                                          const ContainerSpec& spec);
  ~ThrowawayContainer();
  ThrowawayContainer(ThrowawayContainer&& other) noexcept;
  ThrowawayContainer& operator=(ThrowawayContainer&&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Engine& engine() const { return *engine_; }

  // What Exec of the engine does, in this container.
  [[nodiscard]] Result<int> Exec(const Context& ctx, const ExecSpec& spec,
                                 const ExecStreams& streams) const;
  [[nodiscard]] Result<std::string> ExecText(const Context& ctx, const ExecSpec& spec) const;

 private:
  ThrowawayContainer(Engine& engine, std::string name) : engine_(&engine), name_(std::move(name)) {}
  Engine* engine_;
  std::string name_;
};

}  // namespace reprise::docker
