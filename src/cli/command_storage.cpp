#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdlib>

#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;

const std::string kPath = "/api/v1/backups/storage-configs";

json::object PartOf(const json::object& storage, std::string_view name) {
  const json::value* part = storage.if_contains(name);
  return part != nullptr && part->is_object() ? part->get_object() : json::object();
}

bool IsTrue(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::string BytesIn(const json::object& usage) {
  return HumanSize(static_cast<std::uint64_t>(NumberOf(usage, "bytes").value_or(0)));
}

std::string PlaceOf(const json::object& storage) {
  const json::object settings = PartOf(storage, "settings");
  std::string folder = TextOf(settings, "folder");
  if (!folder.empty()) return folder;
  const std::string prefix = TextOf(settings, "prefix");
  return TextOf(settings, "bucket") + (prefix.empty() ? "" : "/" + prefix);
}

std::string Describe(const Session& session, const json::object& storage) {
  const json::object usage = PartOf(storage, "usage");
  Facts facts;
  facts.Add("name", TextOf(storage, "name"));
  facts.Add("id", TextOf(storage, "id"));
  facts.Add("provider", TextOf(storage, "provider"));
  facts.Add("default", IsTrue(storage, "is_default") ? "yes" : "no");
  facts.Add("encryption", IsTrue(storage, "encrypt_archives") ? "new archives are sealed" : "none");
  facts.Add("place", PlaceOf(storage));
  facts.Add("endpoint", TextOf(PartOf(storage, "settings"), "endpoint"));
  facts.Add("credentials", IsTrue(storage, "has_credentials") ? "sealed" : "none");
  facts.Add("holds",
            fmt::format("{} backups, {}", NumberOf(usage, "objects").value_or(0), BytesIn(usage)));
  facts.Add("changed", session.AgeOf(storage, "updated_at"));
  return facts.Render();
}

Status List(const Session& session) {
  ASSIGN_OR_RETURN(const json::array items, FetchAll(session, kPath));
  if (session.json) {
    session.PrintList(items);
    return {};
  }
  Table table({"NAME", "PROVIDER", "PLACE", "DEFAULT", "BACKUPS", "SIZE", "ID"});
  for (const json::value& item : items) {
    const json::object& storage = item.get_object();
    const json::object usage = PartOf(storage, "usage");
    table.Add({TextOf(storage, "name"), TextOf(storage, "provider"), PlaceOf(storage),
               IsTrue(storage, "is_default") ? "yes" : "",
               fmt::format("{}", NumberOf(usage, "objects").value_or(0)), BytesIn(usage),
               TextOf(storage, "id")});
  }
  session.terminal.Out(table.empty() ? "none: archives go to the server's own folder\n"
                                     : table.Render());
  return {};
}

// "name=value" into `secrets`.
Status AddSecret(const std::string& line, json::object& secrets) {
  if (line.empty() || line.front() == '#') return {};
  const std::size_t equals = line.find('=');
  if (equals == std::string::npos) {
    return Fail(ErrorCode::kInvalidArgument, "a line of the secrets has no \"=\"",
                "write access_key_id=… and secret_access_key=…, one a line");
  }
  secrets[line.substr(0, equals)] = line.substr(equals + 1);
  return {};
}

Result<json::object> ReadSecrets(const Session& session, const StorageCommand& options) {
  json::object secrets;
  if (options.secrets_from_env) {
    using Pair = std::pair<const char*, std::string_view>;
    for (const auto& [variable, name] : {Pair{"AWS_ACCESS_KEY_ID", "access_key_id"},
                                         Pair{"AWS_SECRET_ACCESS_KEY", "secret_access_key"},
                                         Pair{"AWS_SESSION_TOKEN", "session_token"}}) {
      // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets variables here
      if (const char* value = std::getenv(variable); value != nullptr) secrets[name] = value;
    }
  }
  if (options.secrets_file == "-") {
    while (const auto line = session.terminal.ReadLine()) {
      RETURN_IF_ERROR(AddSecret(*line, secrets));
    }
  } else if (!options.secrets_file.empty()) {
    ASSIGN_OR_RETURN(const std::string text, ReadTextFile(options.secrets_file));
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      RETURN_IF_ERROR(AddSecret(text.substr(at, end - at), secrets));
      at = end + 1;
    }
  }
  return secrets;
}

Result<json::object> BodyOf(const Session& session, const StorageCommand& options) {
  json::object settings;
  for (const auto& [name, value] : options.settings) settings[name] = value;
  if (!options.path_style.empty()) settings["path_style"] = options.path_style == "true";
  if (!options.implicit_tls.empty()) settings["implicit_tls"] = options.implicit_tls == "true";
  if (options.port != 0) settings["port"] = options.port;
  if (options.part_size_mb != 0) settings["part_size_mb"] = options.part_size_mb;
  if (!options.ca_file.empty()) {
    ASSIGN_OR_RETURN(settings["ca_certificate"], ReadTextFile(options.ca_file));
  }
  json::object body;
  if (!options.name.empty()) body["name"] = options.name;
  if (!settings.empty()) body["settings"] = std::move(settings);
  ASSIGN_OR_RETURN(json::object secrets, ReadSecrets(session, options));
  if (!options.key_file.empty()) {
    ASSIGN_OR_RETURN(secrets["private_key"], ReadTextFile(options.key_file));
  }
  if (!secrets.empty()) body["secrets"] = std::move(secrets);
  if (options.encrypt || options.no_encrypt) body["encrypt_archives"] = options.encrypt;
  return body;
}

Status Tell(const Session& session, const json::value& answer) {
  if (session.json) {
    session.PrintJson(answer);
  } else if (answer.is_object()) {
    session.terminal.Out(Describe(session, answer.get_object()));
  }
  return {};
}

Status Create(const Session& session, const StorageCommand& options) {
  ASSIGN_OR_RETURN(const std::string organization,
                   ResolveOrganization(session, options.organization));
  ASSIGN_OR_RETURN(json::object body, BodyOf(session, options));
  body["organization_id"] = organization;
  body["provider"] = options.provider;
  body["is_default"] = options.is_default;
  ASSIGN_OR_RETURN(const json::value made, session.client.Post(session.ctx, kPath, body));
  if (options.provider == "ftp") {
    session.terminal.Err(
        "insecure: FTP without TLS. Everybody on the way can read the password and the archives, "
        "and alter them; use ftps where the server has it\n");
  }
  return Tell(session, made);
}

Status Test(const Session& session, const std::string& path) {
  ASSIGN_OR_RETURN(const json::value answer,
                   session.client.Post(session.ctx, path + "/test", json::object()));
  if (session.json) session.PrintJson(answer);
  const json::object test = answer.is_object() ? answer.get_object() : json::object();
  const json::value* steps = test.if_contains("steps");
  if (!session.json && steps != nullptr && steps->is_array()) {
    for (const json::value& item : steps->get_array()) {
      const json::object& step = item.get_object();
      session.terminal.Out(fmt::format("{:<12} {:<8} {}\n", TextOf(step, "name"),
                                       TextOf(step, "status"), TextOf(step, "reason")));
      const std::string hint = TextOf(step, "hint");
      if (!hint.empty()) session.terminal.Out(fmt::format("{:<22}hint: {}\n", "", hint));
    }
  }
  if (IsTrue(test, "ok")) return {};
  return Fail(ErrorCode::kStorageFailed, "the storage cannot be used as it is");
}

}  // namespace

Status Run(const Session& session, const StorageCommand& options) {
  if (options.verb == StorageVerb::kList) return List(session);
  if (options.verb == StorageVerb::kCreate) return Create(session, options);
  ASSIGN_OR_RETURN(const std::string id,
                   ResolveBy(session, kPath, "name", options.storage, "storage", "id"));
  const std::string path = kPath + "/" + id;
  switch (options.verb) {
    case StorageVerb::kTest:
      return Test(session, path);
    case StorageVerb::kRemove:
      RETURN_IF_ERROR(session.client.Delete(session.ctx, path));
      session.terminal.Out(session.json ? "null\n" : "removed; nothing was deleted in it\n");
      return {};
    case StorageVerb::kDefault: {
      ASSIGN_OR_RETURN(const json::value changed,
                       session.client.Patch(session.ctx, path, json::object{{"is_default", true}}));
      return Tell(session, changed);
    }
    case StorageVerb::kChange: {
      ASSIGN_OR_RETURN(const json::object body, BodyOf(session, options));
      ASSIGN_OR_RETURN(const json::value changed, session.client.Patch(session.ctx, path, body));
      return Tell(session, changed);
    }
    default: {
      ASSIGN_OR_RETURN(const json::value storage, session.client.Get(session.ctx, path));
      return Tell(session, storage);
    }
  }
}

}  // namespace reprise::cli
