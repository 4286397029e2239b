#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;

constexpr const char* kServers = "/api/v1/servers";

double GigabytesOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr || !value->is_number() ? 0 : value->to_number<double>() / 1e9;
}

double NumberOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr || !value->is_number() ? 0 : value->to_number<double>();
}

Status List(const Session& session) {
  ASSIGN_OR_RETURN(const json::array items, FetchAll(session, kServers));
  if (session.json) {
    session.PrintList(items);
    return {};
  }
  Table table({"NAME", "ADDRESS", "ID"});
  for (const json::value& item : items) {
    const json::object& server = item.get_object();
    table.Add({TextOf(server, "name"), TextOf(server, "address"), TextOf(server, "id")});
  }
  session.terminal.Out(table.Render());
  return {};
}

// Shows the host key and has a person confirm it, unless it was told beforehand.
Result<std::string> ConfirmHostKey(const Session& session, const ServerCommand& options,
                                   const json::object& where) {
  if (!options.host_key.empty()) return options.host_key;
  ASSIGN_OR_RETURN(const json::value shown,
                   session.client.Post(session.ctx, std::string(kServers) + "/host-key", where));
  const std::string fingerprint = TextOf(shown.as_object(), "fingerprint");
  RETURN_IF_ERROR(AskToType(
      session,
      fmt::format("{} shows the host key {}\ncompare it with what the server's own console tells: "
                  "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\n",
                  options.address, fingerprint),
      "yes"));
  return fingerprint;
}

Status Enrol(const Session& session, const ServerCommand& options) {
  json::object body{{"address", options.address},
                    {"user", options.user},
                    {"port", options.port},
                    {"use_ssh_config", options.key_file.empty()}};
  if (!options.organization.empty()) {
    ASSIGN_OR_RETURN(const std::string organization,
                     ResolveOrganization(session, options.organization));
    body["organization_id"] = organization;
  }
  ASSIGN_OR_RETURN(const std::string fingerprint, ConfirmHostKey(session, options, body));
  body["host_key_fingerprint"] = fingerprint;
  body["name"] = options.server;
  if (!options.docker_socket.empty()) body["docker_socket"] = options.docker_socket;
  if (!options.key_file.empty()) {
    ASSIGN_OR_RETURN(const std::string key, ReadTextFile(options.key_file));
    body["private_key"] = key + "\n";
  }
  ASSIGN_OR_RETURN(const json::value answer, session.client.Post(session.ctx, kServers, body));
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.terminal.Out(fmt::format("{} is enrolled, its host key is pinned\n", options.server));
  }
  return {};
}

Status Test(const Session& session, const std::string& path) {
  ASSIGN_OR_RETURN(const json::value answer,
                   session.client.Post(session.ctx, path + "/test", json::object{}));
  if (session.json) {
    session.PrintJson(answer);
    return {};
  }
  const json::object& report = answer.as_object();
  const double reserved = GigabytesOf(report, "disk_reserved_bytes");
  session.terminal.Out(fmt::format(
      "reached: Docker {} on {}\nCPU {:.0f} (load {:.2f})\nmemory {:.1f} of {:.1f} GB free\n"
      "disk {:.1f} of {:.1f} GB free{}\n",
      TextOf(report, "engine_version"), TextOf(report, "engine_name"), NumberOf(report, "cpus"),
      NumberOf(report, "busy_cpus"), GigabytesOf(report, "memory_free_bytes"),
      GigabytesOf(report, "memory_bytes"), GigabytesOf(report, "disk_free_bytes"),
      GigabytesOf(report, "disk_bytes"),
      reserved > 0 ? fmt::format(", {:.1f} GB of it reserved by what runs", reserved) : ""));
  return {};
}

std::string Shortages(const json::object& server) {
  std::string text = TextOf(server, "reason");
  for (const json::value& line : server.at("short_of").as_array()) {
    text += fmt::format("{}{}", text.empty() ? "" : "; ", std::string(line.as_string()));
  }
  return text;
}

Status Targets(const Session& session, const ServerCommand& options) {
  ASSIGN_OR_RETURN(const std::string id,
                   ResolveBy(session, "/api/v1/backups", "name", options.backup, "backup", "id"));
  ASSIGN_OR_RETURN(const json::object answer,
                   FetchObject(session, "/api/v1/backups/" + id + "/targets"));
  if (session.json) {
    session.PrintJson(answer);
    return {};
  }
  Table table({"TARGET", "NAME", "ANSWER", "WHY"});
  for (const json::value& item : answer.at("environments").as_array()) {
    const json::object& environment = item.as_object();
    table.Add({"environment", TextOf(environment, "name"),
               environment.at("compatible").as_bool() ? "compatible" : "no",
               TextOf(environment, "reason")});
  }
  for (const json::value& item : answer.at("servers").as_array()) {
    const json::object& server = item.as_object();
    table.Add({"server", TextOf(server, "name"), TextOf(server, "fit"), Shortages(server)});
  }
  session.terminal.Out(table.Render());
  return {};
}

}  // namespace

Status Run(const Session& session, const ServerCommand& options) {
  if (options.verb == ServerVerb::kList) return List(session);
  if (options.verb == ServerVerb::kEnrol) return Enrol(session, options);
  if (options.verb == ServerVerb::kTargets) return Targets(session, options);
  ASSIGN_OR_RETURN(const std::string id,
                   ResolveBy(session, kServers, "name", options.server, "server", "id"));
  const std::string path = std::string(kServers) + "/" + id;
  if (options.verb == ServerVerb::kTest) return Test(session, path);
  RETURN_IF_ERROR(session.client.Delete(session.ctx, path));
  if (session.json) {
    session.PrintJson(nullptr);
  } else {
    session.terminal.Out("removed\n");
  }
  return {};
}

}  // namespace reprise::cli
