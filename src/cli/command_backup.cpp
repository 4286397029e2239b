#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <filesystem>

#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/file_upload.hpp"
#include "cli/follow.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;

const std::string kPath = "/api/v1/backups";

std::string SizeOf(const json::object& object, std::string_view name) {
  const std::optional<double> bytes = NumberOf(object, name);
  return bytes && *bytes > 0 ? HumanSize(static_cast<std::uint64_t>(*bytes)) : std::string();
}

json::object SnapshotOf(const json::object& backup) {
  const json::value* snapshot = backup.if_contains("environment_snapshot");
  return snapshot != nullptr && snapshot->is_object() ? snapshot->get_object() : json::object();
}

// The id of a storage; empty for none.
Result<std::string> ResolveStorage(const Session& session, const std::string& text) {
  if (text.empty()) return std::string();
  return ResolveBy(session, kPath + "/storage-configs", "name", text, "storage", "id");
}

// Follows the backup's task, or says its id.
Status FollowBackup(const Session& session, const json::value& answer, bool detach) {
  if (!answer.is_object()) return Fail(ErrorCode::kInternal, "the answer is no backup");
  const json::object& backup = answer.get_object();
  const std::string id = TextOf(backup, "id");
  const std::string task = TextOf(backup, "task_id");
  if (detach || task.empty()) {
    if (session.json) {
      session.PrintJson(answer);
    } else {
      session.terminal.Out(fmt::format("queued: task {}, backup {}\n", task, id));
    }
    return {};
  }
  return FinishTask(session, task, kPath + "/" + id, DescribeBackup);
}

}  // namespace

std::string DescribeBackup(const Session& session, const json::object& backup) {
  const json::object snapshot = SnapshotOf(backup);
  Facts facts;
  facts.Add("name", TextOf(backup, "name"));
  facts.Add("id", TextOf(backup, "id"));
  facts.Add("status", TextOf(backup, "status"));
  facts.Add("type", TextOf(backup, "backup_type"));
  facts.Add("of", TextOf(snapshot, "name"));
  facts.Add("environment", TextOf(backup, "environment_id"));
  facts.Add("odoo", TextOf(snapshot, "odoo_version"));
  facts.Add("postgresql", TextOf(snapshot, "postgres_version"));
  facts.Add("database", TextOf(snapshot, "db_name"));
  facts.Add("database size", SizeOf(backup, "database_size"));
  facts.Add("filestore size", SizeOf(backup, "filestore_size"));
  facts.Add("archive size", SizeOf(backup, "compressed_size"));
  facts.Add("format", TextOf(backup, "format"));
  if (FlagOf(backup, "incremental")) facts.Add("incremental", "yes");
  facts.Add("sha256", TextOf(backup, "sha256"));
  facts.Add("verified", FlagOf(backup, "is_verified")
                            ? fmt::format("yes, {}", session.AgeOf(backup, "verified_at"))
                            : "no");
  facts.Add("created", session.AgeOf(backup, "created_at"));
  if (const std::optional<double> took = NumberOf(backup, "duration_seconds")) {
    facts.Add("took", HumanDuration(*took));
  }
  facts.Add("expires", session.AgeOf(backup, "expires_at"));
  if (FlagOf(backup, "keep_forever")) facts.Add("kept", "forever");
  facts.Add("notes", TextOf(backup, "notes"));
  facts.Add("error", TextOf(backup, "error_message"));
  return facts.Render();
}

Status Run(const Session& session, const BackupCreate& options) {
  ASSIGN_OR_RETURN(const std::string environment, ResolveEnvironment(session, options.environment));
  json::object body{{"include_filestore", !options.no_filestore}};
  if (options.incremental) body["incremental"] = true;
  if (!options.name.empty()) body["name"] = options.name;
  if (!options.notes.empty()) body["notes"] = options.notes;
  if (!options.idempotency_key.empty()) body["idempotency_key"] = options.idempotency_key;
  ASSIGN_OR_RETURN(const std::string storage, ResolveStorage(session, options.storage));
  if (!storage.empty()) body["storage_config_id"] = storage;
  ASSIGN_OR_RETURN(
      const json::value answer,
      session.client.Post(session.ctx,
                          fmt::format("{}/environments/{}/backups", kPath, environment), body));
  return FollowBackup(session, answer, options.detach);
}

Status Run(const Session& session, const BackupList& options) {
  QueryPairs query = {{"status", options.status}, {"with_deleted", options.all ? "true" : ""}};
  if (!options.environment.empty()) {
    ASSIGN_OR_RETURN(std::string id, ResolveEnvironment(session, options.environment));
    query.emplace_back("environment_id", std::move(id));
  }
  ASSIGN_OR_RETURN(const json::array items, FetchAll(session, kPath, query));
  if (session.json) {
    session.PrintList(items);
    return {};
  }
  Table table({"NAME", "OF", "TYPE", "STATUS", "SIZE", "VERIFIED", "AGE", "ID"});
  for (const json::value& item : items) {
    const json::object& one = item.get_object();
    table.Add({TextOf(one, "name"), TextOf(SnapshotOf(one), "name"), TextOf(one, "backup_type"),
               TextOf(one, "status"), SizeOf(one, "compressed_size"),
               FlagOf(one, "is_verified") ? "yes" : "no", session.AgeOf(one, "created_at"),
               TextOf(one, "id")});
  }
  session.terminal.Out(table.empty() ? "no backups yet: \"reprise backup create\" makes one\n"
                                     : table.Render());
  return {};
}

Status Run(const Session& session, const BackupShow& options) {
  ASSIGN_OR_RETURN(const std::string id, ResolveBackup(session, options.backup));
  ASSIGN_OR_RETURN(const json::object backup, FetchObject(session, kPath + "/" + id));
  if (session.json) {
    session.PrintJson(backup);
  } else {
    session.terminal.Out(DescribeBackup(session, backup));
  }
  return {};
}

Status Run(const Session& session, const BackupVerify& options) {
  ASSIGN_OR_RETURN(const std::string id, ResolveBackup(session, options.backup));
  ASSIGN_OR_RETURN(
      const json::value answer,
      session.client.Post(session.ctx, fmt::format("{}/{}/verify", kPath, id), json::object()));
  const std::string task = answer.is_object() ? TextOf(answer.get_object(), "id") : "";
  if (!options.detach) return FinishTask(session, task, kPath + "/" + id, DescribeBackup);
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.terminal.Out(fmt::format("queued: task {}\n", task));
  }
  return {};
}

namespace {

Status ImportFromStorage(const Session& session, const BackupImport& options) {
  ASSIGN_OR_RETURN(const std::string storage, ResolveStorage(session, options.storage));
  if (storage.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "--key names an archive of a storage, but of which?",
                "give --storage NAME");
  }
  json::object body{{"storage_config_id", storage}, {"storage_key", options.storage_key}};
  if (!options.name.empty()) body["name"] = options.name;
  if (!options.notes.empty()) body["notes"] = options.notes;
  ASSIGN_OR_RETURN(const json::value answer,
                   session.client.Post(session.ctx, kPath + "/import/from-storage", body));
  return FollowBackup(session, answer, options.detach);
}

// The lines of a file or of the input, without empty ones.
Result<json::array> ReadHeaders(const Session& session, const std::string& file) {
  json::array headers;
  const auto add = [&headers](std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) headers.emplace_back(line);
  };
  if (file == "-") {
    while (const std::optional<std::string> line = session.terminal.ReadLine()) add(*line);
    return headers;
  }
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(file));
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    add(std::string_view(text).substr(at, end - at));
    at = end + 1;
  }
  return headers;
}

Status ImportFromUrl(const Session& session, const BackupImport& options) {
  json::object body{{"url", options.url}};
  if (!options.headers_file.empty()) {
    ASSIGN_OR_RETURN(body["headers"], ReadHeaders(session, options.headers_file));
  }
  if (!options.sha256.empty()) body["sha256"] = options.sha256;
  if (!options.name.empty()) body["name"] = options.name;
  if (!options.notes.empty()) body["notes"] = options.notes;
  ASSIGN_OR_RETURN(const std::string storage, ResolveStorage(session, options.storage));
  if (!storage.empty()) body["storage_config_id"] = storage;
  ASSIGN_OR_RETURN(const json::value answer,
                   session.client.Post(session.ctx, kPath + "/import/from-url", body));
  return FollowBackup(session, answer, options.detach);
}

Result<json::value> UploadAtOnce(const Session& session, const FileToUpload& file) {
  const std::string name =
      file.options.name.empty() ? file.path.filename().string() : file.options.name;
  const Interruption interruption;
  ProgressDisplay display(session.terminal, session.noise());
  return session.client.Upload(
      session.ctx.WithStop(interruption.token()),
      PathWith(
          kPath + "/import",
          {{"name", name}, {"notes", file.options.notes}, {"storage_config_id", file.storage_id}}),
      file.content,
      [&](ByteCount done, ByteCount all) { display.ShowTransfer("uploading", done, all); });
}

}  // namespace

Status Run(const Session& session, const BackupImport& options) {
  if (!options.storage_key.empty()) return ImportFromStorage(session, options);
  if (!options.url.empty()) return ImportFromUrl(session, options);
  if (options.file.empty()) {
    return Fail(
        ErrorCode::kInvalidArgument, "there is nothing to import",
        "name a file, an archive of a storage by --storage and --key, or an address by --from");
  }
  const std::filesystem::path path(options.file);
  ASSIGN_OR_RETURN(const std::unique_ptr<RandomReader> file, OpenFile(path));
  ASSIGN_OR_RETURN(std::string storage, ResolveStorage(session, options.storage));
  const FileToUpload upload{path, *file, options, std::move(storage)};
  ASSIGN_OR_RETURN(const json::value answer,
                   options.at_once ? UploadAtOnce(session, upload) : UploadFile(session, upload));
  return FollowBackup(session, answer, options.detach);
}

Status Run(const Session& session, const BackupDownload& options) {
  ASSIGN_OR_RETURN(const std::string id, ResolveBackup(session, options.backup));
  ASSIGN_OR_RETURN(const json::object backup, FetchObject(session, kPath + "/" + id));
  std::filesystem::path to = options.to.empty() ? "." : options.to;
  if (std::filesystem::is_directory(to)) {
    std::string name = TextOf(backup, "name").empty() ? id : TextOf(backup, "name");
    for (char& c : name) c = c == '/' || c == '\0' ? '_' : c;
    if (!name.ends_with(".zip") && TextOf(backup, "format").find("zip") == std::string::npos &&
        TextOf(backup, "format") != "reprise") {
      to /= name;
    } else {
      to /= name.ends_with(".zip") ? name : name + ".zip";
    }
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<ByteWriter> file, CreateFileAtomically(to));
  {
    const Interruption interruption;
    ProgressDisplay display(session.terminal, session.noise());
    RETURN_IF_ERROR(session.client.Download(
        session.ctx.WithStop(interruption.token()), fmt::format("{}/{}/download", kPath, id), *file,
        [&](ByteCount done, ByteCount all) { display.ShowTransfer("downloading", done, all); }));
  }
  RETURN_IF_ERROR(file->Close(session.ctx));
  if (session.json) {
    session.PrintJson(json::object{{"path", to.string()}, {"backup_id", id}});
  } else {
    session.terminal.Out(to.string() + "\n");
  }
  return {};
}

Status Run(const Session& session, const BackupDelete& options) {
  ASSIGN_OR_RETURN(const std::string id, ResolveBackup(session, options.backup));
  std::string confirm = options.confirm;
  if (confirm.empty()) {
    ASSIGN_OR_RETURN(const json::object backup, FetchObject(session, kPath + "/" + id));
    const std::string name = TextOf(backup, "name").empty() ? id : TextOf(backup, "name");
    RETURN_IF_ERROR(AskToType(
        session, Printable(fmt::format("This deletes the archive of backup {}.", name)), name));
    confirm = name;
  }
  ASSIGN_OR_RETURN(
      const json::value answer,
      session.client.Delete(session.ctx, PathWith(kPath + "/" + id, {{"confirm", confirm}})));
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.terminal.Out("deleted\n");
  }
  return {};
}

}  // namespace reprise::cli
