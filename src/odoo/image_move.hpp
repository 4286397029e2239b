#pragma once

#include <functional>
#include <string>

#include "docker/engine.hpp"
#include "domain/environment.hpp"

namespace reprise::odoo {

// Brings those of `images` to the engine `to` that it lacks and `from` has: pulled where a registry
// has them, else moved from engine to engine as a stream, through a bounded buffer. What neither
// way brings is left to ChooseImages, which then knows others or says what is missing. Failures are
// those of an engine or a full disk. `tell` gets a few words for each image.
[[nodiscard]] Status BringImages(const Context& ctx, docker::Engine& from, docker::Engine& to,
                                 const domain::EnvironmentImages& images,
                                 const std::function<void(std::string)>& tell);

}  // namespace reprise::odoo
