#include "odoo/local_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>

#include "base/hash.hpp"
#include "base/task_group.hpp"
#include "base/write_all.hpp"

namespace reprise::odoo {
namespace {

// Below `directory` whatever lies on the way; -1 and errno on failure, also of a kernel before 5.6.
FileDescriptor OpenBelow(int directory, const std::string& path, int flags) {
  open_how how{};
  how.flags = static_cast<__u64>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return FileDescriptor(
      static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how)));
}

class LocalFile final : public ByteReader {
 public:
  LocalFile(FileDescriptor fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    RETURN_IF_ERROR(ctx.Check());
    while (true) {
      const ssize_t got = ::read(fd_.get(), into.data(), into.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) return Fail(ErrnoError(errno, "reading " + name_));
    }
  }

 private:
  FileDescriptor fd_;
  std::string name_;
};

// The mount that holds `path`: the one that is mounted deepest.
const docker::ContainerMount* MountOf(const std::vector<docker::ContainerMount>& mounts,
                                      std::string_view path) {
  const docker::ContainerMount* deepest = nullptr;
  for (const docker::ContainerMount& mount : mounts) {
    if (!path.starts_with(mount.destination + "/")) continue;
    if (deepest != nullptr && deepest->destination.size() > mount.destination.size()) continue;
    deepest = &mount;
  }
  return deepest;
}

Error Refusal(int number, const std::string& what) {
  Error error = ErrnoError(number, what);
  if (number == EACCES || number == EPERM) error.code = ErrorCode::kPermissionDenied;
  return error.code == ErrorCode::kNoSpace ? VolumeIsFull(error.message) : error;
}

Error WriteError(int number, const std::string& file) { return Refusal(number, "writing " + file); }

Status ReadBack(int fd, ByteCount offset, ByteSpan into, const std::string& file) {
  while (!into.empty()) {
    const ssize_t got = ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Fail(ErrnoError(errno, "reading back " + file));
    if (got == 0) return Fail(ErrorCode::kIo, file + " is shorter than what was written to it");
    offset += static_cast<ByteCount>(got);
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

// Exactly `size` bytes. Each piece is read back while it is still in the processor's cache.
Result<std::string> CopyInto(const Context& ctx, int fd, const archive::FilestoreFile& file,
                             ByteReader& content) {
  constexpr ByteCount kPiece = 256UL << 10U;
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min(file.size, kPiece)));
  Hasher hasher(HashKind::kSha1);
  ByteCount done = 0;
  while (done < file.size) {
    const auto want = static_cast<std::size_t>(std::min<ByteCount>(file.size - done, kPiece));
    ASSIGN_OR_RETURN(const std::size_t got, content.Read(ctx, ByteSpan(buffer).first(want)));
    if (got == 0) {
      return Fail(ErrorCode::kArchiveCorrupt,
                  fmt::format("{} ends {} bytes before its size", file.path, file.size - done));
    }
    const ByteSpan piece = ByteSpan(buffer).first(got);
    const int refused = WriteAll(fd, piece);
    if (refused != 0) return Fail(WriteError(refused, file.path));
    RETURN_IF_ERROR(ReadBack(fd, done, piece, file.path));
    hasher.Update(piece);
    done += got;
  }
  return hasher.Finish();
}

}  // namespace

Error VolumeIsFull(std::string_view words) {
  return {ErrorCode::kNoSpace, fmt::format("the volume of the filestore is full ({})", words),
          "free space on the volume of the Odoo container, then try again"};
}

std::optional<LocalDirectory> LocalDirectory::Find(
    const std::vector<docker::ContainerMount>& mounts, std::string_view path) {
  const docker::ContainerMount* mount = MountOf(mounts, path);
  if (mount == nullptr || !mount->source.starts_with('/')) return std::nullopt;
  const FileDescriptor volume(::open(mount->source.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!volume.ok()) return std::nullopt;
  const std::string below(path.substr(mount->destination.size() + 1));
  FileDescriptor directory = OpenBelow(volume.get(), below, O_RDONLY | O_DIRECTORY);
  if (!directory.ok()) return std::nullopt;
  return LocalDirectory(std::move(directory));
}

Result<std::unique_ptr<ByteReader>> LocalDirectory::Open(const std::string& file) const {
  const auto refused = [&file](int number) { return Fail(Refusal(number, "opening " + file)); };
  // Looked at before it is opened: to open a device is to use it.
  const FileDescriptor found = OpenBelow(directory_.get(), file, O_PATH);
  struct stat what {};
  if (!found.ok() || ::fstat(found.get(), &what) != 0) return refused(errno);
  if (!S_ISREG(what.st_mode)) return Fail(ErrorCode::kIo, file + " is no plain file");
  const std::string same = fmt::format("/proc/self/fd/{}", found.get());
  FileDescriptor fd(::open(same.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok()) return refused(errno);
  static_cast<void>(::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_WILLNEED));
  return std::make_unique<LocalFile>(std::move(fd), file);
}

Result<std::vector<std::string>> LocalDirectory::Hash(const Context& ctx,
                                                      const std::vector<std::string>& files,
                                                      const HashVisitor& visit) const {
  constexpr std::size_t kAtOnce = 2;  // a restore loads its database meanwhile
  std::atomic<std::size_t> next = 0;
  std::mutex telling;
  std::vector<std::string> refused;
  TaskGroup group(ctx);
  for (std::size_t i = 0; i < kAtOnce; ++i) {
    group.Spawn([&](const Context& inner) -> Status {
      std::vector<std::byte> buffer(256UL << 10U);
      for (std::size_t at = next++; at < files.size(); at = next++) {
        const auto content = Open(files[at]);
        if (!content && content.error().code == ErrorCode::kPermissionDenied) {
          const std::scoped_lock lock(telling);
          refused.push_back(files[at]);
          continue;
        }
        if (!content) return Fail(content.error());
        Hasher hasher(HashKind::kSha1);
        while (true) {
          ASSIGN_OR_RETURN(const std::size_t got, (*content)->Read(inner, buffer));
          if (got == 0) break;
          hasher.Update(ConstByteSpan(buffer).first(got));
        }
        const std::scoped_lock lock(telling);
        visit(files[at], hasher.Finish());
      }
      return {};
    });
  }
  RETURN_IF_ERROR(group.Join());
  return refused;
}

bool LocalDirectory::MayWrite() const {
  struct stat made {};
  return ::faccessat(directory_.get(), ".", W_OK | X_OK, AT_EACCESS) == 0 &&
         ::fstat(directory_.get(), &made) == 0 && made.st_uid == ::geteuid();
}

Result<std::string> LocalDirectory::Write(const Context& ctx, const archive::FilestoreFile& file,
                                          ByteReader& content) const {
  const std::size_t slash = file.path.find('/');
  const std::string folder = file.path.substr(0, slash);
  const std::string name = file.path.substr(slash + 1);
  // Modes are said again: what this process's umask takes away, Odoo would miss.
  const bool is_new = ::mkdirat(directory_.get(), folder.c_str(), 0755) == 0;
  if (!is_new && errno != EEXIST) return Fail(WriteError(errno, file.path));
  const FileDescriptor parent = OpenBelow(directory_.get(), folder, O_RDONLY | O_DIRECTORY);
  if (!parent.ok() || (is_new && ::fchmod(parent.get(), 0755) != 0)) {
    return Fail(WriteError(errno, file.path));
  }
  if (::unlinkat(parent.get(), name.c_str(), 0) != 0 && errno != ENOENT) {
    return Fail(WriteError(errno, file.path));
  }
  const FileDescriptor fd(::openat(parent.get(), name.c_str(),
                                   O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!fd.ok() || ::fchmod(fd.get(), 0644) != 0) return Fail(WriteError(errno, file.path));
  return CopyInto(ctx, fd.get(), file, content);
}

}  // namespace reprise::odoo
