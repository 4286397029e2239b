#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;

const std::string kPath = "/api/v1/mounts";

std::string WholeOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_number()) return {};
  return std::to_string(value->to_number<std::int64_t>());
}

const json::array& ItemsOf(const json::object& answer, std::string_view name = "items") {
  static const json::array none;
  const json::value* items = answer.if_contains(name);
  return items != nullptr && items->is_array() ? items->get_array() : none;
}

std::string DescribeMount(const Session& session, const json::object& mount) {
  Facts facts;
  facts.Add("id", TextOf(mount, "id"));
  facts.Add("state", TextOf(mount, "status"));
  facts.Add("backup", TextOf(mount, "backup_id"));
  facts.Add("environment", TextOf(mount, "environment_id"));
  facts.Add("database", TextOf(mount, "database_name"));
  facts.Add("unmounted", session.AgeOf(mount, "expires_at"));
  facts.Add("mounted by", TextOf(mount, "created_by"));
  facts.Add("error", TextOf(mount, "error_message"));
  return facts.Render();
}

Status PrintQueued(const Session& session, const json::object& answer) {
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.terminal.Out(fmt::format("queued: task {}\n", TextOf(answer, "task_id")));
  }
  return {};
}

Status Mount(const Session& session, const RescueCommand& options) {
  ASSIGN_OR_RETURN(const std::string backup, ResolveBackup(session, options.backup));
  json::object body{{"hours", options.hours}};
  if (!options.environment.empty()) {
    ASSIGN_OR_RETURN(const std::string id, ResolveEnvironment(session, options.environment));
    body["environment_id"] = id;
  }
  ASSIGN_OR_RETURN(
      const json::value answer,
      session.client.Post(session.ctx, fmt::format("/api/v1/backups/{}/mount", backup), body));
  if (!answer.is_object()) return Fail(ErrorCode::kInternal, "the answer is no mount");
  const json::object& mount = answer.get_object();
  if (options.detach) return PrintQueued(session, mount);
  return FinishTask(session, TextOf(mount, "task_id"), kPath + "/" + TextOf(mount, "id"),
                    DescribeMount);
}

Status Unmount(const Session& session, const RescueCommand& options, const std::string& path) {
  ASSIGN_OR_RETURN(const json::value answer, session.client.Delete(session.ctx, path));
  if (!answer.is_object()) return Fail(ErrorCode::kInternal, "the answer names no task");
  if (options.detach) return PrintQueued(session, answer.get_object());
  return FinishTask(session, TextOf(answer.get_object(), "task_id"), path, DescribeMount);
}

Status List(const Session& session, const RescueCommand& options) {
  ASSIGN_OR_RETURN(const json::array items, FetchAllOf(session, kPath, options.environment));
  if (session.json) {
    session.PrintList(items);
    return {};
  }
  Table table({"MOUNTED", "STATE", "UNTIL", "BACKUP", "BY", "ID"});
  for (const json::value& item : items) {
    const json::object& one = item.get_object();
    table.Add({session.AgeOf(one, "created_at"), TextOf(one, "status"),
               session.AgeOf(one, "expires_at"), TextOf(one, "backup_id"),
               TextOf(one, "created_by"), TextOf(one, "id")});
  }
  session.terminal.Out(table.empty() ? "nothing is mounted: \"reprise rescue mount BACKUP\"\n"
                                     : table.Render());
  return {};
}

Status Tables(const Session& session, const RescueCommand& options, const std::string& path) {
  ASSIGN_OR_RETURN(
      const json::object answer,
      FetchObject(session,
                  PathWith(path + "/tables", {{"differing", options.differing ? "true" : ""}})));
  if (session.json) {
    session.PrintJson(answer);
    return {};
  }
  Table table({"TABLE", "IN THE BACKUP", "LIVE", "MODEL", "CALLED"});
  for (const json::value& item : ItemsOf(answer)) {
    const json::object& one = item.as_object();
    const std::string live = WholeOf(one, "live_rows");
    table.Add(
        {TextOf(one, "name"), (FlagOf(one, "is_exact") ? "" : "about ") + WholeOf(one, "rows"),
         live.empty() ? "no such table" : (FlagOf(one, "live_is_exact") ? "" : "about ") + live,
         TextOf(one, "model"), TextOf(one, "label")});
  }
  session.terminal.Out(table.empty() ? "the live database has as many rows of each\n"
                                     : table.Render());
  return {};
}

Status Rows(const Session& session, const RescueCommand& options, const std::string& path) {
  ASSIGN_OR_RETURN(
      const json::object answer,
      FetchObject(session, PathWith(fmt::format("{}/tables/{}/rows", path, options.table),
                                    {{"limit", std::to_string(options.limit)},
                                     {"offset", std::to_string(options.after)}})));
  if (session.json) {
    session.PrintJson(answer);
    return {};
  }
  // One column a line: an Odoo table has too many for one.
  const json::array& columns = ItemsOf(answer, "columns");
  for (const json::value& row : ItemsOf(answer, "rows")) {
    Facts facts;
    for (std::size_t i = 0; i < columns.size() && i < row.as_array().size(); ++i) {
      const json::value& value = row.as_array()[i];
      if (value.is_string()) {
        facts.Add(std::string(columns[i].as_string()), std::string(value.get_string()));
      }
    }
    session.terminal.Out(facts.Render() + "\n");
  }
  return {};
}

Status Fetch(const Session& session, const std::string& path, const std::string& to) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ByteWriter> file, CreateFileAtomically(to));
  RETURN_IF_ERROR(session.client.Download(session.ctx, path, *file, {}, ApiClient::kLongSilence));
  RETURN_IF_ERROR(file->Close(session.ctx));
  if (session.json) {
    session.PrintJson(json::object{{"path", to}});
  } else {
    session.terminal.Out(to + "\n");
  }
  return {};
}

Status Attachments(const Session& session, const RescueCommand& options, const std::string& path) {
  ASSIGN_OR_RETURN(const json::object answer,
                   FetchObject(session, PathWith(path + "/attachments",
                                                 {{"q", options.text},
                                                  {"model", options.model},
                                                  {"missing", options.missing ? "true" : ""},
                                                  {"after", std::to_string(options.after)},
                                                  {"limit", std::to_string(options.limit)}})));
  if (session.json) {
    session.PrintJson(answer);
    return {};
  }
  Table table({"ID", "NAME", "MODEL", "RECORD", "SIZE", "LIVE ROW", "LIVE FILE"});
  for (const json::value& item : ItemsOf(answer)) {
    const json::object& one = item.as_object();
    table.Add({WholeOf(one, "id"), TextOf(one, "name"), TextOf(one, "model"),
               WholeOf(one, "record_id"),
               HumanSize(static_cast<std::uint64_t>(NumberOf(one, "size").value_or(0))),
               TextOf(one, "live_row"), FlagOf(one, "has_live_file") ? "there" : "missing"});
  }
  std::string text = table.empty() ? "no documents\n" : table.Render();
  const std::string next = WholeOf(answer, "next_after");
  if (!next.empty()) text += fmt::format("more: --after {}\n", next);
  session.terminal.Out(text);
  return {};
}

Status BringBack(const Session& session, const RescueCommand& options, const std::string& path) {
  const json::object body{
      {"attachment_ids", json::array(options.attachments.begin(), options.attachments.end())}};
  ASSIGN_OR_RETURN(const json::value answer,
                   session.client.Post(session.ctx, path + "/attachments/bring-back", body));
  if (!answer.is_object()) return Fail(ErrorCode::kInternal, "the answer tells of no documents");
  Table table({"ID", "NAME", "ROW", "LIVE ID", "FILE", "ERROR"});
  std::size_t failed = 0;
  for (const json::value& item : ItemsOf(answer.get_object())) {
    const json::object& one = item.as_object();
    if (TextOf(one, "row") == "failed" || TextOf(one, "file") == "failed") ++failed;
    table.Add({WholeOf(one, "id"), TextOf(one, "name"), TextOf(one, "row"), WholeOf(one, "live_id"),
               TextOf(one, "file"), TextOf(one, "error")});
  }
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.terminal.Out(table.Render());
  }
  if (failed == 0) return {};
  return Fail(ErrorCode::kConflict, fmt::format("{} of the documents did not come back", failed));
}

}  // namespace

Status Run(const Session& session, const RescueCommand& options) {
  const std::string path = kPath + "/" + options.mount;
  switch (options.verb) {
    case RescueVerb::kMount:
      return Mount(session, options);
    case RescueVerb::kList:
      return List(session, options);
    case RescueVerb::kUnmount:
      return Unmount(session, options, path);
    case RescueVerb::kTables:
      return Tables(session, options, path);
    case RescueVerb::kRows:
      return Rows(session, options, path);
    case RescueVerb::kCsv:
      return Fetch(session, fmt::format("{}/tables/{}/csv", path, options.table),
                   options.to.empty() ? options.table + ".csv" : options.to);
    case RescueVerb::kAttachments:
      return Attachments(session, options, path);
    case RescueVerb::kGet:
      return Fetch(session,
                   fmt::format("{}/attachments/{}/content", path, options.attachments.front()),
                   options.to);
    case RescueVerb::kBringBack:
      return BringBack(session, options, path);
    case RescueVerb::kShow:
      break;
  }
  ASSIGN_OR_RETURN(const json::object mount, FetchObject(session, path));
  if (session.json) {
    session.PrintJson(mount);
  } else {
    session.terminal.Out(DescribeMount(session, mount));
  }
  return {};
}

}  // namespace reprise::cli
