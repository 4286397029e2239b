#include "storage/ftp_store.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "storage/ftp_listing.hpp"
#include "storage/ftp_reader.hpp"
#include "storage/ftp_writer.hpp"
#include "storage/object_key.hpp"

namespace reprise::storage {
namespace {

// "20261126145500", perhaps with a fraction, in UTC.
Instant InstantOf(const std::string& modified) {
  if (modified.size() < 14) return {};
  const auto part = [&](std::size_t at, std::size_t length) { return modified.substr(at, length); };
  const auto when = ParseInstant(fmt::format("{}-{}-{}T{}:{}:{}Z", part(0, 4), part(4, 2),
                                             part(6, 2), part(8, 2), part(10, 2), part(12, 2)));
  return when ? *when : Instant();
}

}  // namespace

FtpStore::FtpStore(FtpSettings settings, FtpSecrets secrets, PrivateEndpoints private_endpoints,
                   RetryPolicy retry) {
  while (settings.folder.size() > 1 && settings.folder.ends_with('/')) settings.folder.pop_back();
  client_ = std::make_shared<FtpClient>(std::move(settings), std::move(secrets), private_endpoints,
                                        retry);
}

Result<std::unique_ptr<ObjectWriter>> FtpStore::Create(const Context& ctx, std::string_view key) {
  RETURN_IF_ERROR(ctx.Check());
  RETURN_IF_ERROR(CheckKey(key));
  auto writer = std::make_unique<FtpWriter>(client_, client_->PathOf(key));
  RETURN_IF_ERROR(writer->Start(ctx));
  return writer;
}

Result<std::unique_ptr<RandomReader>> FtpStore::Open(const Context& ctx, std::string_view key) {
  RETURN_IF_ERROR(CheckKey(key));
  std::string path = client_->PathOf(key);
  ASSIGN_OR_RETURN(FtpLook look, LookAt(ctx, *client_, path));
  return std::make_unique<FtpReader>(client_, std::move(path), std::move(look));
}

Result<ObjectInfo> FtpStore::Stat(const Context& ctx, std::string_view key) {
  RETURN_IF_ERROR(CheckKey(key));
  ASSIGN_OR_RETURN(const FtpLook look, LookAt(ctx, *client_, client_->PathOf(key)));
  return ObjectInfo{std::string(key), look.size, InstantOf(look.modified)};
}

// With MLSD, whose form is told, or LIST where the server does not know it. "" of a folder that is
// not there.
Result<std::string> FtpStore::ListFolder(const Context& ctx, const std::string& path, Known known) {
  int refusal = 0;
  FtpCall call{.kind = FtpCall::Kind::kList,
               .what = "listing " + path,
               .path = path.ends_with('/') ? path : path + "/",
               .before = client_->Folder(),
               .refusal = &refusal};
  if (knows_mlsd_) call.list_command = "MLSD";
  auto answer = client_->Call(ctx, call);
  if (!answer && knows_mlsd_ && (refusal == 500 || refusal == 502)) {
    knows_mlsd_ = false;
    return ListFolder(ctx, path, known);
  }
  if (!answer) {
    const bool is_missing = known == Known::kNo && refusal == 550;
    if (is_missing && client_->Call(ctx, {.what = call.what, .before = call.before})) {
      return std::string();
    }
    return Fail(std::move(answer.error()));
  }
  if (known == Known::kYes && answer->said.find("failed to open") != std::string::npos) {
    return Fail(ErrorCode::kStorageFailed,
                fmt::format("{}: the server says \"{}\"", call.what, answer->said),
                "give the storage's user the right to list its folders");
  }
  return std::move(answer->list);
}

// All files below `folder`, which is below the storage's own; "" is that one.
Status FtpStore::Walk(const Context& ctx, const std::string& folder, Known known,
                      std::vector<ObjectInfo>& seen) {
  RETURN_IF_ERROR(ctx.Check());
  const std::string path = folder.empty() ? client_->settings().folder : client_->PathOf(folder);
  ASSIGN_OR_RETURN(const std::string text, ListFolder(ctx, path, known));
  for (const FtpEntry& entry : knows_mlsd_ ? ParseMlsd(text) : ParseList(text)) {
    if (entry.name.find('/') != std::string::npos) continue;
    const std::string below = folder.empty() ? entry.name : folder + "/" + entry.name;
    if (!entry.is_folder) {
      seen.push_back({below, entry.size, {}});
    } else if (CheckKey(below)) {
      RETURN_IF_ERROR(Walk(ctx, below, Known::kYes, seen));
    }
  }
  return {};
}

Result<std::vector<ObjectInfo>> FtpStore::List(const Context& ctx, std::string_view prefix) {
  RETURN_IF_ERROR(ctx.Check());
  RETURN_IF_ERROR(CheckPrefix(prefix));
  const std::size_t slash = prefix.rfind('/');
  const std::string folder(slash == std::string_view::npos ? "" : prefix.substr(0, slash));
  std::vector<ObjectInfo> objects;
  RETURN_IF_ERROR(Walk(ctx, folder, folder.empty() ? Known::kYes : Known::kNo, objects));
  std::erase_if(objects, [&](const ObjectInfo& object) {
    return !object.key.starts_with(prefix) || !CheckKey(object.key);
  });
  std::sort(objects.begin(), objects.end(),
            [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; });
  return objects;
}

Status FtpStore::Delete(const Context& ctx, std::string_view key) {
  RETURN_IF_ERROR(CheckKey(key));
  const std::string path = client_->PathOf(key);
  const auto deleted = client_->Call(
      ctx, {.what = "removing " + path, .before = {client_->EnterFolder(), "DELE " + path}});
  if (deleted) return {};
  RETURN_IF_ERROR(ctx.Check());
  const auto look = LookAt(ctx, *client_, path);
  if (!look && look.error().code == ErrorCode::kNotFound) return {};
  return Fail(deleted.error());
}

Result<std::optional<ByteCount>> FtpStore::FreeSpace(const Context& ctx) {
  RETURN_IF_ERROR(ctx.Check());
  return std::nullopt;  // nothing in FTP tells it
}

Result<std::size_t> FtpStore::RemoveAbandoned(const Context& ctx, Instant before) {
  std::vector<ObjectInfo> seen;
  RETURN_IF_ERROR(Walk(ctx, "", Known::kYes, seen));
  std::size_t removed = 0;
  for (const ObjectInfo& one : seen) {
    if (!FtpWriter::IsTemporaryName(one.key)) continue;
    const std::string path = client_->PathOf(one.key);
    const auto look = LookAt(ctx, *client_, path);
    if (!look || InstantOf(look->modified) >= before) continue;
    if (client_->Call(ctx, {.what = "removing " + path, .before = {"DELE " + path}})) ++removed;
  }
  return removed;
}

}  // namespace reprise::storage
