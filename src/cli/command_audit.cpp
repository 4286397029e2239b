#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <charconv>
#include <fstream>
#include <functional>

#include "api/audit_json.hpp"
#include "base/file.hpp"
#include "base/json_fields.hpp"
#include "cli/commands.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

// The audit log.
namespace reprise::cli {
namespace {

namespace json = boost::json;
using domain::AuditChain;
using domain::AuditEntry;

const std::string kAudit = "/api/v1/audit";
constexpr int kBatch = 5000;  // rows of one answer

Result<std::string> OrganizationOf(const Session& session, const AuditCommand& options) {
  if (options.organization.empty()) return std::string();
  return ResolveOrganization(session, options.organization);
}

Status List(const Session& session, const AuditCommand& options) {
  ASSIGN_OR_RETURN(const std::string organization, OrganizationOf(session, options));
  std::string user;
  if (!options.user.empty()) {
    ASSIGN_OR_RETURN(user,
                     ResolveBy(session, "/api/v1/users", "email", options.user, "user", "id"));
  }
  ASSIGN_OR_RETURN(json::array items, FetchAll(session, kAudit,
                                               {{"organization_id", organization},
                                                {"actor_id", user},
                                                {"action", options.action},
                                                {"object_id", options.object},
                                                {"result", options.result},
                                                {"since", options.since},
                                                {"until", options.until}}));
  if (session.json) {
    session.PrintList(std::move(items));
    return {};
  }
  Table table({"AT", "WHO", "FROM", "ACTION", "OBJECT", "RESULT"});
  for (const json::value& item : items) {
    const json::object& row = item.get_object();
    const std::string name = TextOf(row, "actor_name");
    table.Add({TextOf(row, "at"), name.empty() ? TextOf(row, "actor") : name,
               TextOf(row, "address"), TextOf(row, "action"), TextOf(row, "object_id"),
               TextOf(row, "result")});
  }
  session.terminal.Out(table.empty() ? "none yet\n" : table.Render());
  return {};
}

using TakeLine = std::function<Status(std::string_view)>;

Status EachLine(std::string_view text, const TakeLine& take, std::int64_t* count) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty()) continue;
    RETURN_IF_ERROR(take(line));
    if (count != nullptr) ++*count;
  }
  return {};
}

// All rows of the server's log, batch after batch.
Status Fetch(const Session& session, const std::string& organization, const TakeLine& take) {
  std::int64_t last = 0;
  while (true) {
    ASSIGN_OR_RETURN(
        const std::string text,
        session.client.GetText(session.ctx,
                               PathWith(kAudit + "/export", {{"organization_id", organization},
                                                             {"after", std::to_string(last)},
                                                             {"limit", std::to_string(kBatch)}})));
    std::int64_t rows = 0;
    std::string_view newest;
    const auto note = [&](std::string_view line) -> Status {
      newest = line;
      return take(line);
    };
    RETURN_IF_ERROR(EachLine(text, note, &rows));
    if (rows < kBatch) return {};
    ASSIGN_OR_RETURN(const json::value row, ParseJson(newest));
    ASSIGN_OR_RETURN(const AuditEntry entry, api::ReadAuditEntry(row));
    if (entry.number <= last) {
      return Fail(ErrorCode::kInternal, "the server tells the same rows again and again");
    }
    last = entry.number;
  }
}

Status Export(const Session& session, const AuditCommand& options) {
  ASSIGN_OR_RETURN(const std::string organization, OrganizationOf(session, options));
  if (options.file.empty()) {
    return Fetch(session, organization, [&](std::string_view line) -> Status {
      session.terminal.Out(std::string(line) + "\n");
      return {};
    });
  }
  std::ofstream out(options.file, std::ios::trunc | std::ios::binary);
  const Status fetched = Fetch(session, organization, [&](std::string_view line) -> Status {
    out << line << '\n';
    return {};
  });
  RETURN_IF_ERROR(fetched);
  out.close();
  if (out) return {};
  return Fail(ErrorCode::kIo, fmt::format("cannot write {}", options.file));
}

// "12:ab…" of an earlier verification.
struct Mark {
  std::int64_t number = 0;
  std::string hash;
};

Result<Mark> ReadMark(const std::string& text) {
  Mark mark;
  if (text.empty()) return mark;
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + colon, mark.number);
  if (error == std::errc() && end == text.data() + colon && colon < text.size()) {
    mark.hash = text.substr(colon + 1);
  }
  if (mark.hash.size() == 64 && mark.number > 0) return mark;
  return Fail(ErrorCode::kInvalidArgument, "--expect takes NUMBER:HASH",
              "as an earlier \"reprise audit verify\" printed it");
}

Status Verify(const Session& session, const AuditCommand& options) {
  ASSIGN_OR_RETURN(const Mark mark, ReadMark(options.expect));
  AuditChain chain(options.part ? AuditChain::Extent::kPart : AuditChain::Extent::kWhole);
  bool found = mark.hash.empty();
  const auto take = [&](std::string_view line) -> Status {
    ASSIGN_OR_RETURN(const json::value row, ParseJson(line));
    ASSIGN_OR_RETURN(const AuditEntry entry, api::ReadAuditEntry(row));
    RETURN_IF_ERROR(chain.Add(entry));
    if (entry.number == mark.number && entry.hash == mark.hash) found = true;
    return {};
  };
  if (options.file.empty()) {
    RETURN_IF_ERROR(Fetch(session, "", take));
  } else {
    ASSIGN_OR_RETURN(const std::string text, ReadTextFile(options.file, std::size_t{1} << 32U));
    RETURN_IF_ERROR(EachLine(text, take, nullptr));
  }
  if (!found) {
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("row {} is not the one that was verified before", mark.number),
                "the log was made anew, or rows at its end were removed");
  }
  if (session.json) {
    session.PrintJson(json::object{
        {"rows", chain.count()}, {"last", chain.last_number()}, {"hash", chain.head()}});
    return {};
  }
  session.terminal.Out(fmt::format("{} rows hold together\nlast: {}:{}\n", chain.count(),
                                   chain.last_number(), chain.head()));
  return {};
}

}  // namespace

Status Run(const Session& session, const AuditCommand& options) {
  switch (options.verb) {
    case WatchVerb::kList:
      return List(session, options);
    case WatchVerb::kExport:
      return Export(session, options);
    case WatchVerb::kVerify:
      return Verify(session, options);
  }
  return {};
}

}  // namespace reprise::cli
