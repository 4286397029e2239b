#include "storage/local_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <system_error>

#include "base/file.hpp"
#include "storage/object_key.hpp"

namespace reprise::storage {
namespace {

namespace fs = std::filesystem;

// What a disk does wrong is, to callers, what a storage provider does wrong.
Error AsStorageError(Error error) {
  if (error.code == ErrorCode::kIo) error.code = ErrorCode::kStorageFailed;
  return error;
}

Error StorageErrno(int number, std::string_view what) {
  return AsStorageError(ErrnoError(number, what));
}

class LocalWriter final : public ObjectWriter {
 public:
  explicit LocalWriter(std::unique_ptr<ByteWriter> file) : file_(std::move(file)) {}
  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override {
    return file_->Write(ctx, bytes).map_error(AsStorageError);
  }
  [[nodiscard]] Status Close(const Context& ctx) override {
    RETURN_IF_ERROR(ctx.Check());
    return file_->Close(ctx).map_error(AsStorageError);
  }

 private:
  std::unique_ptr<ByteWriter> file_;
};

class LocalReader final : public RandomReader {
 public:
  explicit LocalReader(std::unique_ptr<RandomReader> file) : file_(std::move(file)) {}
  [[nodiscard]] ByteCount size() const override { return file_->size(); }
  [[nodiscard]] Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset,
                                           ByteSpan into) override {
    return file_->ReadAt(ctx, offset, into).map_error(AsStorageError);
  }

 private:
  std::unique_ptr<RandomReader> file_;
};

// As base/file.hpp names what it has not finished writing.
bool IsTemporaryName(std::string_view name) {
  return name.starts_with('.') && name.ends_with(".part");
}

Status SyncDirectory(const fs::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Fail(StorageErrno(errno, "opening " + directory.string()));
  const int outcome = ::fsync(fd);
  const int number = errno;
  ::close(fd);
  if (outcome != 0) return Fail(StorageErrno(number, "syncing " + directory.string()));
  return {};
}

// Makes the folders between `root` and the file, so that they outlive a power cut.
Status MakeParents(const fs::path& root, const fs::path& directory) {
  if (directory == root) return {};
  struct stat info {};
  if (::stat(directory.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
  RETURN_IF_ERROR(MakeParents(root, directory.parent_path()));
  if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) {
    return Fail(StorageErrno(errno, "making the folder " + directory.string()));
  }
  return SyncDirectory(directory.parent_path());
}

ObjectInfo InfoFrom(std::string key, const struct stat& info) {
  const auto modified = std::chrono::seconds(info.st_mtim.tv_sec) +
                        std::chrono::duration_cast<std::chrono::microseconds>(
                            std::chrono::nanoseconds(info.st_mtim.tv_nsec));
  return {std::move(key), static_cast<ByteCount>(info.st_size), Instant(modified)};
}

using FileVisitor = std::function<Status(const fs::path& path, const struct stat& info)>;

// Visits the regular files below `directory`; what vanishes meanwhile is passed over.
Status VisitFiles(const Context& ctx, const fs::path& directory, const FileVisitor& visit) {
  std::error_code error;
  fs::recursive_directory_iterator at(directory, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    RETURN_IF_ERROR(ctx.Check());
    struct stat info {};
    if (::lstat(at->path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    RETURN_IF_ERROR(visit(at->path(), info));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return Fail(StorageErrno(error.value(), "listing " + directory.string()));
  }
  return {};
}

}  // namespace

Status LocalStore::CheckRoot() const {
  struct stat info {};
  if (::stat(root_.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
  return Fail(ErrorCode::kStorageFailed,
              fmt::format("the storage folder {} is not there", root_.string()),
              "mount its disk, or create the folder if it is new");
}

Result<fs::path> LocalStore::PathOf(const Context& ctx, std::string_view key) const {
  RETURN_IF_ERROR(ctx.Check());
  RETURN_IF_ERROR(CheckKey(key));
  if (IsTemporaryName(key.substr(key.rfind('/') + 1))) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the storage key \"{}\" is a temporary file's", key));
  }
  RETURN_IF_ERROR(CheckRoot());
  return root_ / key;
}

Result<std::unique_ptr<ObjectWriter>> LocalStore::Create(const Context& ctx, std::string_view key) {
  ASSIGN_OR_RETURN(const fs::path path, PathOf(ctx, key));
  RETURN_IF_ERROR(MakeParents(root_, path.parent_path()));
  auto file = CreateFileAtomically(path);
  if (!file) return Fail(AsStorageError(std::move(file.error())));
  return std::make_unique<LocalWriter>(*std::move(file));
}

Result<std::unique_ptr<RandomReader>> LocalStore::Open(const Context& ctx, std::string_view key) {
  RETURN_IF_ERROR(Stat(ctx, key));
  ASSIGN_OR_RETURN(const fs::path path, PathOf(ctx, key));
  auto file = OpenFile(path);
  if (!file) return Fail(AsStorageError(std::move(file.error())));
  return std::make_unique<LocalReader>(*std::move(file));
}

Result<ObjectInfo> LocalStore::Stat(const Context& ctx, std::string_view key) {
  ASSIGN_OR_RETURN(const fs::path path, PathOf(ctx, key));
  struct stat info {};
  const bool there = ::stat(path.c_str(), &info) == 0;
  if (!there && errno != ENOENT && errno != ENOTDIR) {
    return Fail(StorageErrno(errno, "looking at " + path.string()));
  }
  if (!there || !S_ISREG(info.st_mode)) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("{} is not in the storage folder {}", key, root_.string()));
  }
  return InfoFrom(std::string(key), info);
}

Result<std::vector<ObjectInfo>> LocalStore::List(const Context& ctx, std::string_view prefix) {
  RETURN_IF_ERROR(ctx.Check());
  RETURN_IF_ERROR(CheckPrefix(prefix));
  RETURN_IF_ERROR(CheckRoot());
  const fs::path directory = root_ / prefix.substr(0, prefix.rfind('/') + 1);
  std::vector<ObjectInfo> objects;
  const FileVisitor add = [&](const fs::path& path, const struct stat& info) -> Status {
    std::string key = path.lexically_relative(root_).generic_string();
    if (key.starts_with(prefix) && !IsTemporaryName(path.filename().string()) && CheckKey(key)) {
      objects.push_back(InfoFrom(std::move(key), info));
    }
    return {};
  };
  RETURN_IF_ERROR(VisitFiles(ctx, directory, add));
  std::sort(objects.begin(), objects.end(),
            [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; });
  return objects;
}

Status LocalStore::Delete(const Context& ctx, std::string_view key) {
  ASSIGN_OR_RETURN(const fs::path path, PathOf(ctx, key));
  if (::unlink(path.c_str()) == 0) return SyncDirectory(path.parent_path());
  if (errno == ENOENT || errno == ENOTDIR || errno == EISDIR) return {};
  return Fail(StorageErrno(errno, "removing " + path.string()));
}

Result<std::optional<ByteCount>> LocalStore::FreeSpace(const Context& ctx) {
  RETURN_IF_ERROR(ctx.Check());
  RETURN_IF_ERROR(CheckRoot());
  struct statvfs info {};
  if (::statvfs(root_.c_str(), &info) != 0) {
    return Fail(StorageErrno(errno, "looking at " + root_.string()));
  }
  return std::optional<ByteCount>(ByteCount{info.f_bavail} * info.f_frsize);
}

Result<std::size_t> LocalStore::RemoveAbandoned(const Context& ctx, Instant before) {
  RETURN_IF_ERROR(ctx.Check());
  RETURN_IF_ERROR(CheckRoot());
  std::size_t removed = 0;
  const FileVisitor remove = [&](const fs::path& path, const struct stat& info) -> Status {
    if (!IsTemporaryName(path.filename().string()) || InfoFrom({}, info).modified >= before) {
      return {};
    }
    if (::unlink(path.c_str()) == 0) {
      ++removed;
    } else if (errno != ENOENT) {
      return Fail(StorageErrno(errno, "removing " + path.string()));
    }
    return {};
  };
  RETURN_IF_ERROR(VisitFiles(ctx, root_, remove));
  return removed;
}

}  // namespace reprise::storage
