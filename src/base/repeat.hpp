#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string_view>

#include "base/context.hpp"
#include "base/error.hpp"

namespace reprise {

// Does `work` again and again until stopped, with a pause after each. Its trouble is logged as
// `event` and tried again; what the stop broke off is no trouble.
void RepeatUntilStopped(const std::stop_token& stop, std::chrono::milliseconds pause,
                        std::string_view event, const std::function<Status(const Context&)>& work);

}  // namespace reprise
