#include "cli/session.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <ctime>

#include "base/id.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

namespace reprise::cli {

namespace json = boost::json;

void Session::PrintJson(const json::value& value) const {
  terminal.Out(json::serialize(value) + "\n");
}

void Session::PrintList(json::array items) const {
  const std::size_t total = items.size();
  PrintJson(json::object{{"items", std::move(items)},
                         {"total", total},
                         {"page", 1},
                         {"page_size", total},
                         {"total_pages", total == 0 ? 0 : 1}});
}

std::string Session::AgeOf(const json::object& object, std::string_view name) const {
  const std::string text = TextOf(object, name);
  if (text.empty()) return {};
  const Result<Instant> when = ParseInstant(text);
  return when ? HumanAge(*when, clock.Now()) : text;
}

struct Interruption::OldMask {
  sigset_t set{};
};

Interruption::Interruption() : old_mask_(std::make_unique<OldMask>()) {
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGINT);
  sigaddset(&watched, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &watched, &old_mask_->set);
  thread_ = std::jthread([this, watched](const std::stop_token& done) {
    const timespec moment{0, 50'000'000};
    while (!done.stop_requested()) {
      if (::sigtimedwait(&watched, nullptr, &moment) > 0) stop_.request_stop();
    }
  });
}

Interruption::~Interruption() {
  thread_.request_stop();
  thread_.join();
  ::pthread_sigmask(SIG_SETMASK, &old_mask_->set, nullptr);
}

Result<json::array> FetchAll(const Session& session, const std::string& path, QueryPairs query) {
  json::array all;
  query.emplace_back("page_size", "100");
  for (int page = 1;; ++page) {
    QueryPairs with_page = query;
    with_page.emplace_back("page", std::to_string(page));
    ASSIGN_OR_RETURN(const json::value answer,
                     session.client.Get(session.ctx, PathWith(path, with_page)));
    const json::object* list = answer.if_object();
    const json::value* items = list == nullptr ? nullptr : list->if_contains("items");
    if (items == nullptr || !items->is_array()) {
      return Fail(ErrorCode::kInternal, fmt::format("the answer to {} is no list", path));
    }
    for (const json::value& item : items->get_array()) {
      if (item.is_object()) all.push_back(item);
    }
    if (page >= static_cast<int>(NumberOf(*list, "total_pages").value_or(0))) return all;
  }
}

namespace {

Result<std::string> ResolveName(const Session& session, const std::string& path,
                                std::string_view thing, const std::string& text) {
  if (IsUuid(text)) return text;
  ASSIGN_OR_RETURN(const json::array items, FetchAll(session, path));
  std::vector<std::string> ids;
  for (const json::value& item : items) {
    if (TextOf(item.get_object(), "name") == text) ids.push_back(TextOf(item.get_object(), "id"));
  }
  if (ids.empty()) {
    return Fail(ErrorCode::kNotFound, fmt::format("there is no {} \"{}\"", thing, text),
                fmt::format("\"reprise {} list\" shows names and ids",
                            thing == "environment" ? "env" : thing));
  }
  if (ids.size() > 1) {
    return Fail(
        ErrorCode::kConflict,
        fmt::format("{} {}s are named \"{}\": {}", ids.size(), thing, text, fmt::join(ids, ", ")),
        "say which by its id");
  }
  return ids.front();
}

}  // namespace

Result<std::string> ResolveEnvironment(const Session& session, const std::string& text) {
  return ResolveName(session, "/api/v1/environments", "environment", text);
}

Result<std::string> ResolveBackup(const Session& session, const std::string& text) {
  return ResolveName(session, "/api/v1/backups", "backup", text);
}

Result<json::array> FetchAllOf(const Session& session, const std::string& path,
                               const std::string& environment) {
  if (environment.empty()) return FetchAll(session, path);
  ASSIGN_OR_RETURN(const std::string id, ResolveEnvironment(session, environment));
  return FetchAll(session, path, {{"environment_id", id}});
}

Status AskToType(const Session& session, std::string_view question, std::string_view word) {
  if (!session.terminal.can_ask()) {
    return Fail(ErrorCode::kConfirmationMissing, "this needs a confirmation, and nobody is there",
                "give --yes or --confirm when a script does it");
  }
  session.terminal.Err(fmt::format("{}\nType {} to confirm: ", question, word));
  const std::optional<std::string> line = session.terminal.ReadLine();
  if (line && *line == word) return {};
  return Fail(ErrorCode::kConfirmationMissing, "not confirmed: nothing was done");
}

}  // namespace reprise::cli
