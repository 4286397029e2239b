#include <fmt/format.h>

#include <array>
#include <boost/json/object.hpp>
#include <cctype>
#include <charconv>
#include <cmath>

#include "cli/commands.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

// What an organization may have at once.
namespace reprise::cli {
namespace {

namespace json = boost::json;

// The powers of 1000 that HumanSize() shows.
constexpr std::array<std::pair<std::string_view, double>, 10> kUnits = {{{"", 1},
                                                                         {"B", 1},
                                                                         {"K", 1e3},
                                                                         {"KB", 1e3},
                                                                         {"M", 1e6},
                                                                         {"MB", 1e6},
                                                                         {"G", 1e9},
                                                                         {"GB", 1e9},
                                                                         {"T", 1e12},
                                                                         {"TB", 1e12}}};

Error NoLimit(const std::string& option, const std::string& text, std::string_view how) {
  return {ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no limit for {}", text, option),
          fmt::format("write {}, or none", how)};
}

// "500GB" → 500000000000, "none" → null.
Result<json::value> BytesOf(const std::string& text) {
  if (text == "none") return json::value(nullptr);
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  std::string unit;
  for (const char* c = at; c != end; ++c) {
    if (*c != ' ') unit += static_cast<char>(std::toupper(static_cast<unsigned char>(*c)));
  }
  for (const auto& [name, bytes] : kUnits) {
    if (error != std::errc() || unit != name || number < 0 || number * bytes > 9e15) continue;
    return json::value(static_cast<std::uint64_t>(std::llround(number * bytes)));
  }
  return Fail(NoLimit("--bytes", text, "a size such as 500GB"));
}

Result<json::value> CountOf(const std::string& option, const std::string& text) {
  if (text == "none") return json::value(nullptr);
  std::uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && at == end) return json::value(number);
  return Fail(NoLimit(option, text, "a number"));
}

json::object Part(const json::object& quota, std::string_view name) {
  const json::value* part = quota.if_contains(name);
  return part != nullptr && part->is_object() ? part->get_object() : json::object();
}

std::string Line(const json::object& quota, std::string_view name,
                 std::string (*show)(std::uint64_t)) {
  const auto number = [&](std::string_view side) -> std::optional<std::uint64_t> {
    const json::object part = Part(quota, side);
    const json::value* value = part.if_contains(name);
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    return static_cast<std::uint64_t>(value->get_int64());
  };
  const std::optional<std::uint64_t> limit = number("limits");
  const std::string use = show(number("use").value_or(0));
  return limit ? fmt::format("{} of {}", use, show(*limit)) : fmt::format("{}, no limit", use);
}

std::string Plain(std::uint64_t number) { return fmt::format("{}", number); }

Status Print(const Session& session, const json::value& answer) {
  if (session.json || !answer.is_object()) {
    session.PrintJson(answer);
    return {};
  }
  const json::object& quota = answer.get_object();
  Facts facts;
  facts.Add("stored backups", Line(quota, "stored_bytes", HumanSize));
  facts.Add("environments", Line(quota, "environments", Plain));
  facts.Add("tasks", Line(quota, "active_tasks", Plain));
  session.terminal.Out(facts.Render());
  return {};
}

}  // namespace

Status Run(const Session& session, const QuotaCommand& options) {
  ASSIGN_OR_RETURN(const std::string id, ResolveOrganization(session, options.organization));
  const std::string path = "/api/v1/organizations/" + id + "/quota";
  ASSIGN_OR_RETURN(const json::object now, FetchObject(session, path));
  if (options.bytes.empty() && options.environments.empty() && options.tasks.empty()) {
    return Print(session, now);
  }
  json::object limits = Part(now, "limits");
  if (!options.bytes.empty()) {
    ASSIGN_OR_RETURN(limits["stored_bytes"], BytesOf(options.bytes));
  }
  if (!options.environments.empty()) {
    ASSIGN_OR_RETURN(limits["environments"], CountOf("--environments", options.environments));
  }
  if (!options.tasks.empty()) {
    ASSIGN_OR_RETURN(limits["active_tasks"], CountOf("--tasks", options.tasks));
  }
  ASSIGN_OR_RETURN(const json::value answer, session.client.Put(session.ctx, path, limits));
  return Print(session, answer);
}

}  // namespace reprise::cli
