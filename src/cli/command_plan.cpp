#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "cli/commands.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;

const json::array& ListOf(const json::object& object, std::string_view name) {
  static const json::array kNone;
  const json::value* list = object.if_contains(name);
  return list != nullptr && list->is_array() ? list->get_array() : kNone;
}

const json::object& ObjectOf(const json::object& object, std::string_view name) {
  static const json::object kNone;
  const json::value* inner = object.if_contains(name);
  return inner != nullptr && inner->is_object() ? inner->get_object() : kNone;
}

std::string CountOf(const json::object& loss, std::string_view name) {
  const auto number = NumberOf(loss, name);
  return number ? fmt::format("{:.0f}", *number) : "?";
}

// A table of the models that lose something; "" when none does.
std::string DescribeLosses(const json::object& losses) {
  Table table({"  LOST", "NEW", "CHANGED", "LAST", "CREATED (UTC)"});
  for (const json::value& item : ListOf(losses, "models")) {
    const json::object& loss = item.get_object();
    const std::string created = CountOf(loss, "created");
    const std::string changed = CountOf(loss, "changed");
    if (created == "0" && changed == "0") continue;
    const json::object& last = ObjectOf(loss, "last");
    const std::string name = TextOf(last, "name");
    table.Add({"  " + TextOf(loss, "label"), created, changed,
               Printable(Shorten(name.empty() ? TextOf(last, "id") : name, 40)),
               TextOf(last, "created_at")});
  }
  return table.empty() ? "" : table.Render() + "\n";
}

std::string MarkOf(const std::string& result) {
  if (result == "blocked") return "BLOCKED";
  return result == "warning" ? "warning" : "ok";
}

void AddCheck(const json::object& check, std::string& text) {
  text += fmt::format("{:<9}{}\n", MarkOf(TextOf(check, "result")),
                      Printable(TextOf(check, "sentence")));
  const std::string fix = TextOf(check, "fix");
  if (!fix.empty()) text += fmt::format("{:<9}-> {}\n", "", Printable(fix));
}

}  // namespace

std::string DescribePlan(const json::object& plan) {
  std::string text = Printable(TextOf(plan, "sentence")) + "\n\n";
  text += DescribeLosses(ObjectOf(plan, "losses"));
  for (const json::value& check : ListOf(plan, "checks")) AddCheck(check.get_object(), text);
  return text;
}

std::string PlanInShort(const json::object& plan) {
  std::string text = Printable(TextOf(plan, "sentence")) + "\n";
  for (const json::value& item : ListOf(plan, "checks")) {
    const json::object& check = item.get_object();
    // The sentence tells the losses already.
    const bool told = TextOf(check, "name") == "losses";
    if (TextOf(check, "result") != "ok" && !told) AddCheck(check, text);
  }
  return text + "\n";
}

Status Run(const Session& session, const Plan& options) {
  ASSIGN_OR_RETURN(const std::string backup, ResolveBackup(session, options.restore.backup));
  ASSIGN_OR_RETURN(const json::object body, RestoreBody(session, options.restore, backup));
  ASSIGN_OR_RETURN(const json::value answer,
                   session.client.Post(session.ctx, "/api/v1/backups/restore/plan", body));
  if (!answer.is_object()) return Fail(ErrorCode::kInternal, "the answer is no plan");
  const json::object& plan = answer.get_object();
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.terminal.Out(DescribePlan(plan));
  }
  if (TextOf(plan, "result") != "blocked") return {};
  return Fail(ErrorCode::kIncompatible, "this restore would be refused",
              "do what stands beside what is blocked, then plan again");
}

}  // namespace reprise::cli
