#pragma once

#include "docker/engine.hpp"
#include "odoo/labels.hpp"

namespace reprise::odoo {

// Removes the helper containers that other attempts at `owner`'s task have started on this engine,
// and with them the programs in them: a process that was paused in the middle of a call must find
// nothing to go on with.
[[nodiscard]] Status RemoveFormerHelpers(const Context& ctx, docker::Engine& engine,
                                         const HelperOwner& owner);

}  // namespace reprise::odoo
