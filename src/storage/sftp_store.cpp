#include "storage/sftp_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/id.hpp"
#include "storage/object_key.hpp"
#include "storage/sftp_reader.hpp"

namespace reprise::storage {
namespace {

constexpr std::size_t kPieceBytes = 32 << 10;

bool IsTemporaryName(std::string_view name) {
  return name.starts_with('.') && name.ends_with(".part");
}

std::string ParentOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

Status CheckPlainKey(const Context& ctx, std::string_view key) {
  RETURN_IF_ERROR(ctx.Check());
  RETURN_IF_ERROR(CheckKey(key));
  if (!IsTemporaryName(key.substr(key.rfind('/') + 1))) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("the storage key \"{}\" is a temporary file's", key));
}

Status MakeFolders(SftpConnection& connection, const std::string& root, const std::string& path) {
  if (path.size() <= root.size()) return {};
  if (const auto look = LookAt(connection, path); look && look->is_folder) return {};
  RETURN_IF_ERROR(MakeFolders(connection, root, ParentOf(path)));
  if (sftp_mkdir(connection.sftp(), path.c_str(), 0755) == 0) return {};
  const Error failure = connection.ErrorOf("making the folder " + path);
  if (const auto look = LookAt(connection, path); look && look->is_folder) return {};
  return Fail(failure);
}

// Puts `from` in the place of `to`. SFTP's rename refuses when there is a file already: that one
// steps aside, and comes back when the new one cannot take its place.
Status MoveInto(SftpConnection& connection, const std::string& from, const std::string& to) {
  sftp_session sftp = connection.sftp();
  if (sftp_rename(sftp, from.c_str(), to.c_str()) == 0) return {};
  const Error failure = connection.ErrorOf("renaming to " + to);
  if (!LookAt(connection, to)) return Fail(failure);
  const std::string aside =
      fmt::format("{}/.{}.{}.part", ParentOf(to), to.substr(to.rfind('/') + 1), RandomHex(6));
  if (sftp_rename(sftp, to.c_str(), aside.c_str()) != 0) {
    return Fail(connection.ErrorOf("putting the former " + to + " aside"));
  }
  if (sftp_rename(sftp, from.c_str(), to.c_str()) != 0) {
    const Error second = connection.ErrorOf("renaming to " + to);
    sftp_rename(sftp, aside.c_str(), to.c_str());
    return Fail(second);
  }
  sftp_unlink(sftp, aside.c_str());
  return {};
}

class SftpWriter final : public ObjectWriter {
 public:
  SftpWriter(std::unique_ptr<SftpConnection> connection, sftp_file file, std::string temporary,
             std::string path)
      : connection_(std::move(connection)),
        file_(file),
        temporary_(std::move(temporary)),
        path_(std::move(path)) {}
  ~SftpWriter() override {
    if (file_ != nullptr) sftp_close(file_);
    if (!closed_ && connection_->IsWell()) sftp_unlink(connection_->sftp(), temporary_.c_str());
  }
  SftpWriter(const SftpWriter&) = delete;
  SftpWriter& operator=(const SftpWriter&) = delete;

  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override {
    RETURN_IF_ERROR(ctx.Check());
    while (!bytes.empty()) {
      const ssize_t count = sftp_write(file_, bytes.data(), std::min(bytes.size(), kPieceBytes));
      RETURN_IF_ERROR(ctx.Check());
      if (count <= 0) return Failed("writing " + path_);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
  }
  [[nodiscard]] Status Close(const Context& ctx) override {
    RETURN_IF_ERROR(ctx.Check());
    sftp_fsync(file_);  // where the host knows it
    const int closed = sftp_close(file_);
    file_ = nullptr;
    if (closed != 0) return Failed("closing " + path_);
    Status moved = MoveInto(*connection_, temporary_, path_);
    if (!moved && moved.error().code == ErrorCode::kUnavailable) {
      moved.error().code = ErrorCode::kStorageFailed;
    }
    closed_ = moved.has_value();
    return moved;
  }

 private:
  Status Failed(const std::string& what) const {
    Error error = connection_->ErrorOf(what);
    error.code = ErrorCode::kStorageFailed;
    return Fail(std::move(error));
  }

  std::unique_ptr<SftpConnection> connection_;
  sftp_file file_;
  const std::string temporary_;
  const std::string path_;
  bool closed_ = false;
};

struct Seen {
  std::string path;  // below the store's folder
  SftpLook look;
};

// All files below `folder`, which need not be there.
Status Walk(const Context& ctx, SftpConnection& connection, const std::string& root,
            const std::string& folder, std::vector<Seen>& seen) {
  RETURN_IF_ERROR(ctx.Check());
  const std::string path = folder.empty() ? root : root + "/" + folder;
  sftp_dir dir = sftp_opendir(connection.sftp(), path.c_str());
  if (dir == nullptr) {
    const Error failure = connection.ErrorOf("listing " + path);
    if (failure.code == ErrorCode::kNotFound && !folder.empty()) return {};
    return Fail(failure);
  }
  std::vector<std::string> folders;
  while (sftp_attributes entry = sftp_readdir(connection.sftp(), dir)) {
    const std::string name = entry->name;
    const std::string below = folder.empty() ? name : fmt::format("{}/{}", folder, name);
    if (entry->type == SSH_FILEXFER_TYPE_DIRECTORY && name != "." && name != "..") {
      folders.push_back(below);
    } else if (entry->type == SSH_FILEXFER_TYPE_REGULAR) {
      seen.push_back({below, {entry->size, entry->mtime, false}});
    }
    sftp_attributes_free(entry);
  }
  const bool whole = sftp_dir_eof(dir) == 1;
  sftp_closedir(dir);
  if (!whole) return Fail(connection.ErrorOf("listing " + path));
  for (const std::string& below : folders) {
    RETURN_IF_ERROR(Walk(ctx, connection, root, below, seen));
  }
  return {};
}

}  // namespace

SftpStore::SftpStore(SftpSettings settings, SftpSecrets secrets, PrivateEndpoints private_endpoints,
                     RetryPolicy retry) {
  while (settings.folder.size() > 1 && settings.folder.ends_with('/')) settings.folder.pop_back();
  pool_ = std::make_shared<Pool>(std::move(settings), std::move(secrets), private_endpoints, retry);
}

Result<std::unique_ptr<ObjectWriter>> SftpStore::Create(const Context& ctx, std::string_view key) {
  RETURN_IF_ERROR(CheckPlainKey(ctx, key));
  const std::string path = pool_->PathOf(key);
  const std::string temporary =
      fmt::format("{}/.{}.{}.part", ParentOf(path), path.substr(path.rfind('/') + 1), RandomHex(6));
  const Pool::Work work = [&](SftpConnection& connection) -> Status {
    return MakeFolders(connection, pool_->settings().folder, ParentOf(path));
  };
  RETURN_IF_ERROR(pool_->Run(ctx, work));
  ASSIGN_OR_RETURN(auto connection, pool_->Take(ctx));
  sftp_file file =
      sftp_open(connection->sftp(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (file == nullptr) {
    Error failure = connection->ErrorOf("making " + temporary);
    failure.code = ErrorCode::kStorageFailed;
    return Fail(std::move(failure));
  }
  return std::make_unique<SftpWriter>(std::move(connection), file, temporary, path);
}

Result<ObjectInfo> SftpStore::Stat(const Context& ctx, std::string_view key) {
  RETURN_IF_ERROR(CheckPlainKey(ctx, key));
  SftpLook look;
  const Pool::Work work = [&](SftpConnection& connection) -> Status {
    ASSIGN_OR_RETURN(look, LookAt(connection, pool_->PathOf(key)));
    return {};
  };
  RETURN_IF_ERROR(pool_->Run(ctx, work));
  if (look.is_folder) {
    return Fail(ErrorCode::kNotFound, fmt::format("{} is not in the storage", key));
  }
  return ObjectInfo{std::string(key), look.size, Instant(std::chrono::seconds(look.modified))};
}

Result<std::unique_ptr<RandomReader>> SftpStore::Open(const Context& ctx, std::string_view key) {
  ASSIGN_OR_RETURN(const ObjectInfo info, Stat(ctx, key));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(info.modified.time_since_epoch());
  auto reader = std::make_unique<SftpReader>(
      pool_, pool_->PathOf(key),
      SftpLook{info.size, static_cast<std::uint32_t>(seconds.count()), false});
  Status prepared = reader->Prepare(ctx);
  // A connection that was idle for long may be cut: the first read makes another one.
  if (!prepared && prepared.error().code != ErrorCode::kUnavailable) {
    return Fail(std::move(prepared.error()));
  }
  return reader;
}

Result<std::vector<ObjectInfo>> SftpStore::List(const Context& ctx, std::string_view prefix) {
  RETURN_IF_ERROR(ctx.Check());
  RETURN_IF_ERROR(CheckPrefix(prefix));
  const std::size_t slash = prefix.rfind('/');
  const std::string folder(slash == std::string_view::npos ? "" : prefix.substr(0, slash));
  std::vector<Seen> seen;
  const Pool::Work work = [&](SftpConnection& connection) -> Status {
    seen.clear();
    return Walk(ctx, connection, pool_->settings().folder, folder, seen);
  };
  RETURN_IF_ERROR(pool_->Run(ctx, work));
  std::vector<ObjectInfo> objects;
  for (Seen& one : seen) {
    const bool hidden = IsTemporaryName(one.path.substr(one.path.rfind('/') + 1));
    if (hidden || !one.path.starts_with(prefix) || !CheckKey(one.path)) continue;
    objects.push_back(
        {std::move(one.path), one.look.size, Instant(std::chrono::seconds(one.look.modified))});
  }
  std::sort(objects.begin(), objects.end(),
            [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; });
  return objects;
}

Status SftpStore::Delete(const Context& ctx, std::string_view key) {
  RETURN_IF_ERROR(CheckPlainKey(ctx, key));
  const std::string path = pool_->PathOf(key);
  return pool_->Run(ctx, [&](SftpConnection& connection) -> Status {
    if (sftp_unlink(connection.sftp(), path.c_str()) == 0) return {};
    Error failure = connection.ErrorOf("removing " + path);
    if (failure.code == ErrorCode::kNotFound) return {};
    return Fail(std::move(failure));
  });
}

Result<std::optional<ByteCount>> SftpStore::FreeSpace(const Context& ctx) {
  std::optional<ByteCount> free;
  const Pool::Work work = [&](SftpConnection& connection) -> Status {
    sftp_statvfs_t info = sftp_statvfs(connection.sftp(), pool_->settings().folder.c_str());
    if (info == nullptr) return {};  // the host does not tell
    free = info->f_bavail * info->f_frsize;
    sftp_statvfs_free(info);
    return {};
  };
  RETURN_IF_ERROR(pool_->Run(ctx, work));
  return free;
}

Result<std::size_t> SftpStore::RemoveAbandoned(const Context& ctx, Instant before) {
  std::size_t removed = 0;
  const Pool::Work work = [&](SftpConnection& connection) -> Status {
    std::vector<Seen> seen;
    const std::string& root = pool_->settings().folder;
    RETURN_IF_ERROR(Walk(ctx, connection, root, "", seen));
    for (const Seen& one : seen) {
      if (!IsTemporaryName(one.path.substr(one.path.rfind('/') + 1)) ||
          Instant(std::chrono::seconds(one.look.modified)) >= before) {
        continue;
      }
      if (sftp_unlink(connection.sftp(), (root + "/" + one.path).c_str()) == 0) ++removed;
    }
    return {};
  };
  RETURN_IF_ERROR(pool_->Run(ctx, work));
  return removed;
}

}  // namespace reprise::storage
