#include "odoo/former_helpers.hpp"

namespace reprise::odoo {

Status RemoveFormerHelpers(const Context& ctx, docker::Engine& engine, const HelperOwner& owner) {
  const std::string own = owner.Name("");
  ASSIGN_OR_RETURN(const auto helpers, engine.List(ctx, {{kTaskLabel, owner.task.value}}));
  for (const docker::ContainerInfo& helper : helpers) {
    if (!helper.name.starts_with(own)) RETURN_IF_ERROR(engine.Remove(ctx, helper.id));
  }
  return {};
}

}  // namespace reprise::odoo
