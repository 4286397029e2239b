#pragma once

#include <functional>

#include "restore/steps.hpp"

// What a drill does with the environment that it has restored.
namespace reprise::restore {

namespace step {
inline constexpr std::string_view kLogin = "login";
inline constexpr std::string_view kDocument = "document";
inline constexpr std::string_view kRemove = "remove";
}  // namespace step

namespace fact {
inline constexpr std::string_view kDocumentShown =
    "document_shown";  // "account.move 7: 5120 bytes"
}  // namespace fact

// As the deploy step of a restore, but nothing reaches what it makes, and it reaches nothing.
StepPtr MakeFencedDeployStep(RestoreSession& session);
// `answered` gets the time at which Odoo first answered.
StepPtr MakeLoginStep(RestoreSession& session, std::function<Status(Instant)> answered);
StepPtr MakeDocumentStep(RestoreSession& session);
StepPtr MakeRemoveStep(RestoreSession& session);

}  // namespace reprise::restore
