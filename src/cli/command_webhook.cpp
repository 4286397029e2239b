#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <chrono>

#include "cli/commands.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

// Webhooks.
namespace reprise::cli {
namespace {

namespace json = boost::json;

Status Say(const Session& session, const json::value& answer, std::string_view what) {
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.terminal.Out(fmt::format("{}\n", what));
  }
  return {};
}

std::string TextIn(const json::value& value, std::string_view member) {
  return value.is_object() ? TextOf(value.get_object(), member) : std::string();
}

json::array EventsOf(const WebhookCommand& options) {
  return json::array(options.events.begin(), options.events.end());
}

Status List(const Session& session, const std::string& all) {
  ASSIGN_OR_RETURN(json::array items, FetchAll(session, all));
  if (session.json) {
    session.PrintList(std::move(items));
    return {};
  }
  Table table({"NAME", "URL", "STATE", "ID"});
  for (const json::value& item : items) {
    const json::object& row = item.get_object();
    const bool is_enabled = row.at("is_enabled").as_bool();
    const std::string reason = TextOf(row, "disabled_reason");
    table.Add({TextOf(row, "name"), TextOf(row, "url"),
               is_enabled       ? "enabled"
               : reason.empty() ? "disabled"
                                : "disabled: " + reason,
               TextOf(row, "id")});
  }
  session.terminal.Out(table.empty() ? "none yet\n" : table.Render());
  return {};
}

Status Create(const Session& session, const std::string& all, const WebhookCommand& options) {
  json::object body{{"name", options.name}, {"url", options.url}};
  if (!options.events.empty()) body["events"] = EventsOf(options);
  ASSIGN_OR_RETURN(const json::value answer, session.client.Post(session.ctx, all, body));
  return Say(
      session, answer,
      fmt::format("made {}. Its secret, shown once: {}", options.name, TextIn(answer, "secret")));
}

Status Change(const Session& session, const std::string& one, const WebhookCommand& options) {
  json::object body;
  if (options.verb != WebhookVerb::kChange) {
    body["is_enabled"] = options.verb == WebhookVerb::kEnable;
  }
  if (!options.name.empty()) body["name"] = options.name;
  if (!options.url.empty()) body["url"] = options.url;
  if (!options.events.empty()) body["events"] = EventsOf(options);
  ASSIGN_OR_RETURN(const json::value answer, session.client.Patch(session.ctx, one, body));
  return Say(session, answer,
             options.verb == WebhookVerb::kEnable    ? "enabled"
             : options.verb == WebhookVerb::kDisable ? "disabled"
                                                     : "changed");
}

Status Deliveries(const Session& session, const std::string& one) {
  ASSIGN_OR_RETURN(json::array items, FetchAll(session, one + "/deliveries"));
  if (session.json) {
    session.PrintList(std::move(items));
    return {};
  }
  Table table({"AT", "EVENT", "STATE", "TRIES", "ANSWER", "ID"});
  for (const json::value& item : items) {
    const json::object& row = item.get_object();
    const json::value& status = row.at("response_status");
    table.Add({TextOf(row, "created_at"), TextOf(row, "type"), TextOf(row, "state"),
               fmt::format("{}", row.at("attempts").to_number<int>()),
               status.is_null() ? TextOf(row, "error") : fmt::format("{}", status.to_number<int>()),
               TextOf(row, "id")});
  }
  session.terminal.Out(table.empty() ? "none yet\n" : table.Render());
  return {};
}

// How long a message that was sent just now is waited for.
constexpr std::chrono::seconds kWait{40};
constexpr std::chrono::milliseconds kPause{300};

// What became of a message once it was tried.
Result<json::object> AwaitAttempt(const Session& session, const std::string& one,
                                  const std::string& id) {
  const auto until = std::chrono::steady_clock::now() + kWait;
  while (true) {
    ASSIGN_OR_RETURN(const json::object page,
                     FetchObject(session, one + "/deliveries?page_size=100"));
    for (const json::value& item : page.at("items").as_array()) {
      const json::object& row = item.as_object();
      const bool tried = !row.at("error").is_null() || !row.at("response_status").is_null();
      if (TextOf(row, "id") == id && tried) return row;
    }
    if (std::chrono::steady_clock::now() > until) {
      return Fail(ErrorCode::kTimeout, "the message was not tried yet",
                  "\"reprise webhook deliveries\" shows what becomes of it");
    }
    RETURN_IF_ERROR(session.ctx.Sleep(kPause));
  }
}

// Sends a message and says whether it arrived, and else why not.
Status Send(const Session& session, const WebhookCommand& options, const std::string& one,
            const std::string& path) {
  ASSIGN_OR_RETURN(const json::value answer,
                   session.client.Post(session.ctx, path, json::object{}));
  if (options.detach) {
    return Say(session, answer,
               fmt::format("queued as {}; \"reprise webhook deliveries\" shows whether it arrived",
                           TextIn(answer, "id")));
  }
  ASSIGN_OR_RETURN(const json::object row, AwaitAttempt(session, one, TextIn(answer, "id")));
  if (session.json) session.PrintJson(row);
  if (TextOf(row, "state") == "delivered") {
    if (!session.json) session.terminal.Out("it arrived\n");
    return {};
  }
  const json::value& status = row.at("response_status");
  const std::string error = TextOf(row, "error");
  return Fail(
      ErrorCode::kUnavailable,
      "it did not arrive: " +
          (error.empty() ? fmt::format("the answer was {}", status.to_number<int>()) : error),
      "it is tried again; \"reprise webhook deliveries\" shows what becomes of it");
}

}  // namespace

Status Run(const Session& session, const WebhookCommand& options) {
  ASSIGN_OR_RETURN(const std::string organization,
                   ResolveOrganization(session, options.organization));
  const std::string all = fmt::format("/api/v1/organizations/{}/webhooks", organization);
  if (options.verb == WebhookVerb::kList) return List(session, all);
  if (options.verb == WebhookVerb::kCreate) return Create(session, all, options);
  ASSIGN_OR_RETURN(const std::string id,
                   ResolveBy(session, all, "name", options.webhook, "webhook", "id"));
  const std::string one = all + "/" + id;
  switch (options.verb) {
    case WebhookVerb::kShow: {
      ASSIGN_OR_RETURN(const json::object webhook, FetchObject(session, one));
      session.PrintJson(webhook);
      return {};
    }
    case WebhookVerb::kDelete:
      RETURN_IF_ERROR(session.client.Delete(session.ctx, one));
      return Say(session, nullptr, "deleted");
    case WebhookVerb::kTest:
      return Send(session, options, one, one + "/test");
    case WebhookVerb::kDeliveries:
      return Deliveries(session, one);
    case WebhookVerb::kRedeliver:
      return Send(session, options, one,
                  fmt::format("{}/deliveries/{}/redeliver", one, options.delivery));
    default:
      return Change(session, one, options);
  }
}

}  // namespace reprise::cli
