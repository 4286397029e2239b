#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "cli/session.hpp"

namespace reprise::cli {

// Follows a task live until it has ended and answers with its last state. Comes back with the last
// event it saw when the connection drops. Ctrl-C ends the watching only: kCancelled with a hint.
[[nodiscard]] Result<boost::json::object> FollowTask(const Session& session,
                                                     const std::string& task_id);

// The failure that a task ended with; ok when it is completed.
[[nodiscard]] Status OutcomeOf(const boost::json::object& task);

}  // namespace reprise::cli
