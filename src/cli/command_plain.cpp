#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/file.hpp"
#include "base/id.hpp"
#include "base/json_fields.hpp"
#include "cli/commands.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

// Commands that are one call of the API.
namespace reprise::cli {
namespace {

namespace json = boost::json;

Result<std::string> IdOf(const Session& session, const std::string& name, const std::string& text,
                         const std::string& organization) {
  const std::string own = "/api/v1/organizations/" + organization;
  if (name == "org") return ResolveOrganization(session, text);
  if (name == "project") return ResolveProject(session, text);
  if (name == "backup") return ResolveBackup(session, text);
  if (name == "user") return ResolveBy(session, "/api/v1/users", "email", text, "user", "id");
  if (name == "server") return ResolveBy(session, "/api/v1/servers", "name", text, "server", "id");
  if (name == "schedule") {
    return ResolveBy(session, "/api/v1/schedules", "name", text, "schedule", "id");
  }
  if (name == "team") return ResolveBy(session, own + "/teams", "name", text, "team", "id");
  if (name == "role") return ResolveBy(session, own + "/roles", "name", text, "role", "id");
  if (IsUuid(text)) return text;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no id", text),
              "lists show ids, also with --json");
}

// Puts ids in the place of the names in `text`.
Result<std::string> Filled(const Session& session, const PlainCommand& command, std::string text,
                           std::string& organization) {
  for (std::size_t at = text.find('{'); at != std::string::npos; at = text.find('{')) {
    const std::size_t end = text.find('}', at);
    const std::string name = text.substr(at + 1, end - at - 1);
    const auto typed = command.typed.find(name);
    ASSIGN_OR_RETURN(
        const std::string id,
        IdOf(session, name, typed == command.typed.end() ? "" : typed->second, organization));
    if (name == "org") organization = id;
    text.replace(at, end - at + 1, id);
  }
  return text;
}

Result<json::value> BodyOf(const Session& session, const PlainCommand& command,
                           std::string& organization) {
  json::object body;
  if (!command.data_file.empty()) {
    std::string text = command.data_file;
    if (text.starts_with('@')) {
      ASSIGN_OR_RETURN(text, ReadTextFile(text.substr(1)));
    }
    return ParseJson(text);
  }
  for (const auto& [field, text] : command.fields) {
    if (text.find('{') == std::string::npos) {
      body[field] = text;
      continue;
    }
    const std::string name = text.substr(1, text.size() - 2);
    if (const auto typed = command.typed.find(name);
        typed == command.typed.end() || typed->second.empty()) {
      continue;
    }
    ASSIGN_OR_RETURN(const std::string id, Filled(session, command, text, organization));
    body[field] = id;
  }
  for (const auto& [field, value] : command.values) {
    if (!value.empty()) body[field] = value;
  }
  for (const auto& [field, list] : command.lists) {
    if (!list.empty()) body[field] = json::array(list.begin(), list.end());
  }
  if (command.asks_password) {
    Login how;
    how.password_stdin = command.password_stdin;
    ASSIGN_OR_RETURN(const std::string password, AskSecret(session, how, "Password: "));
    body["password"] = password;
  }
  return json::value(std::move(body));
}

Status PrintColumns(const Session& session, const PlainCommand& command, const std::string& path) {
  ASSIGN_OR_RETURN(json::array items, FetchAll(session, path));
  if (session.json) {
    session.PrintList(std::move(items));
    return {};
  }
  std::vector<std::string> headings;
  headings.reserve(command.columns.size());
  for (const auto& [heading, member] : command.columns) headings.push_back(heading);
  Table table(headings);
  for (const json::value& item : items) {
    std::vector<std::string> row;
    for (const auto& [heading, member] : command.columns) {
      const json::value& value = item.as_object().at(member);
      row.push_back(value.is_string() ? std::string(value.get_string())
                    : value.is_null() ? std::string()
                                      : json::serialize(value));
    }
    table.Add(row);
  }
  session.terminal.Out(table.empty() ? "none yet\n" : table.Render());
  return {};
}

Status PrintStream(const Session& session, const std::string& path) {
  const Interruption interruption;
  return session.client.Follow(
      session.ctx.WithStop(interruption.token()), path, "", [&](const StreamEvent& event) {
        session.terminal.Out(
            session.json ? fmt::format("{}\n", event.data)
                         : fmt::format("{} {} {}\n", event.id, event.type, Printable(event.data)));
        return true;
      });
}

}  // namespace

Status Run(const Session& session, const PlainCommand& command) {
  std::string organization;
  ASSIGN_OR_RETURN(const std::string path, Filled(session, command, command.path, organization));
  if (command.answer == PlainCommand::Answer::kStream) return PrintStream(session, path);
  if (command.answer == PlainCommand::Answer::kText) {
    ASSIGN_OR_RETURN(const std::string text, session.client.GetText(session.ctx, path));
    session.terminal.Out(text);
    return {};
  }
  if (!command.columns.empty()) return PrintColumns(session, command, path);
  Result<json::value> answer = json::value();
  if (command.method == "GET") answer = session.client.Get(session.ctx, path);
  if (command.method == "DELETE" && !command.asks_password) {
    answer = session.client.Delete(session.ctx, path);
  } else if (command.method != "GET") {
    ASSIGN_OR_RETURN(const json::value body, BodyOf(session, command, organization));
    answer = session.client.Ask(session.ctx, command.method, path, body);
  }
  if (!answer) return Fail(answer.error());
  if (session.json || command.said.empty()) {
    if (!answer->is_null() || session.json) session.PrintJson(*answer);
    return {};
  }
  session.terminal.Out(command.said + "\n");
  return {};
}

}  // namespace reprise::cli
