#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/human.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostSql = 64 * 1024;

json::array ListUnder(const json::object& settings, std::string_view name) {
  const json::value* value = settings.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : json::array();
}

std::string Describe(const json::object& settings) {
  Facts facts;
  std::string masked;
  for (const json::value& preset : ListUnder(settings, "mask")) {
    masked += (masked.empty() ? "" : ", ") + json::value_to<std::string>(preset);
  }
  facts.Add("masked", masked.empty() ? "nothing" : masked);
  for (const json::value& value : ListUnder(settings, "mask_rules")) {
    const json::object& rule = value.as_object();
    facts.Add("rule", fmt::format("{}.{}={}", TextOf(rule, "table"), TextOf(rule, "column"),
                                  TextOf(rule, "how")));
  }
  const std::string sql = TextOf(settings, "extra_sql");
  if (sql.empty()) {
    facts.Add("own SQL", "none");
    return facts.Render();
  }
  const json::value* seconds = settings.if_contains("extra_sql_seconds");
  facts.Add("own SQL", fmt::format("for at most {} s:",
                                   seconds == nullptr ? "60" : json::serialize(*seconds)));
  return facts.Render() + Printable(sql) + "\n";
}

Status Print(const Session& session, const json::value& settings) {
  if (session.json || !settings.is_object()) {
    session.PrintJson(settings);
  } else {
    session.terminal.Out(Describe(settings.get_object()));
  }
  return {};
}

Result<json::object> RuleOf(const std::string& text) {
  const std::size_t dot = text.find('.');
  const std::size_t equals = text.find('=');
  if (dot == std::string::npos || equals == std::string::npos || equals < dot) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no rule", text),
                "write it as table.column=how, such as x_pets.x_owner=name");
  }
  return json::object{{"table", text.substr(0, dot)},
                      {"column", text.substr(dot + 1, equals - dot - 1)},
                      {"how", text.substr(equals + 1)}};
}

Result<std::string> SqlIn(const Session& session, const std::string& file) {
  if (file != "-") return ReadTextFile(file, kMostSql);
  std::string sql;
  while (const auto line = session.terminal.ReadLine()) {
    sql += *line + "\n";
    if (sql.size() > kMostSql) break;  // the server says so
  }
  return sql;
}

Status Set(const Session& session, const SafeCopyCommand& options, const std::string& path) {
  ASSIGN_OR_RETURN(json::object settings, FetchObject(session, path));
  if (!options.mask.empty()) settings["mask"] = MaskOf(options.mask);
  if (!options.rules.empty()) {
    json::array rules;
    for (const std::string& text : options.rules) {
      if (text == "none") continue;
      ASSIGN_OR_RETURN(json::object rule, RuleOf(text));
      rules.push_back(std::move(rule));
    }
    settings["mask_rules"] = std::move(rules);
  }
  if (options.no_sql) settings["extra_sql"] = "";
  if (!options.sql_file.empty()) {
    ASSIGN_OR_RETURN(const std::string sql, SqlIn(session, options.sql_file));
    settings["extra_sql"] = sql;
  }
  if (options.sql_seconds) settings["extra_sql_seconds"] = *options.sql_seconds;
  ASSIGN_OR_RETURN(const json::value answer, session.client.Put(session.ctx, path, settings));
  return Print(session, answer);
}

}  // namespace

json::array MaskOf(const std::vector<std::string>& names) {
  json::array mask;
  for (const std::string& name : names) {
    if (name != "none") mask.emplace_back(name);
  }
  return mask;
}

Status Run(const Session& session, const SafeCopyCommand& options) {
  ASSIGN_OR_RETURN(const std::string id, ResolveProject(session, options.project));
  const std::string path = "/api/v1/projects/" + id + "/safe-copy";
  if (options.verb == SafeCopyVerb::kSet) return Set(session, options, path);
  if (options.verb == SafeCopyVerb::kReset) {
    ASSIGN_OR_RETURN(const json::value settings, session.client.Delete(session.ctx, path));
    return Print(session, settings);
  }
  ASSIGN_OR_RETURN(const json::object settings, FetchObject(session, path));
  return Print(session, settings);
}

}  // namespace reprise::cli
