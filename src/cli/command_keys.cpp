#include <fmt/format.h>

#include <boost/json/object.hpp>

#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

// What an organization seals its archives with, and what opens them without a server. The other
// calls are in parse_plain.cpp.
namespace reprise::cli {

Status Run(const Session& session, const RecoverySheetCommand& options) {
  ASSIGN_OR_RETURN(const std::string organization,
                   ResolveOrganization(session, options.organization));
  ASSIGN_OR_RETURN(
      const boost::json::value answer,
      session.client.Post(session.ctx,
                          fmt::format("/api/v1/organizations/{}/recovery-sheet", organization),
                          boost::json::object()));
  const std::string sheet = answer.is_object() ? TextOf(answer.get_object(), "sheet") : "";
  if (options.to.empty()) {
    if (session.json) {
      session.PrintJson(answer);
    } else {
      session.terminal.Out(sheet);
    }
    return {};
  }
  RETURN_IF_ERROR(WriteTextFile(options.to, sheet, FileMode::kPrivate));
  if (session.json) {
    session.PrintJson(boost::json::object{{"path", options.to}});
  } else {
    session.terminal.Out(options.to + "\n");
  }
  return {};
}

}  // namespace reprise::cli
