#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "cli/commands.hpp"
#include "cli/human.hpp"
#include "doctor/doctor.hpp"

namespace reprise::cli {

namespace json = boost::json;

Status Run(const Session& session, const DoctorOptions& options) {
  const ServeOptions& node = options.node;
  const auto findings =
      doctor::Examine(session.ctx, {.data = node.data,
                                    .storage = node.storage,
                                    .catalog_url = node.catalog.url,
                                    .docker = node.docker,
                                    .host = node.host,
                                    .port = node.port,
                                    .allow_private_storage = node.allow_private_storage});
  json::array list;
  Table table({"", "WHAT", "HOW IT IS"});
  int failed = 0;
  for (const doctor::Finding& finding : findings) {
    failed += finding.level == doctor::Level::kFail ? 1 : 0;
    list.push_back(json::object{
        {"name", finding.name},
        {"level", NameOf(finding.level)},
        {"sentence", finding.sentence},
        {"fix", finding.fix.empty() ? json::value(nullptr) : json::value(finding.fix)}});
    table.Add({std::string(NameOf(finding.level)), finding.name, finding.sentence});
    if (!finding.fix.empty()) table.Add({"", "", "  fix: " + finding.fix});
  }
  if (session.json) {
    session.PrintJson(json::object{{"healthy", failed == 0}, {"findings", std::move(list)}});
  } else {
    session.terminal.Out(table.Render());
  }
  if (failed == 0) return {};
  return Fail(ErrorCode::kUnhealthy,
              fmt::format("{} of {} checks failed", failed, findings.size()));
}

}  // namespace reprise::cli
