#include "base/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file_descriptor.hpp"
#include "base/id.hpp"
#include "base/write_all.hpp"

namespace reprise {
namespace {

class DiskFile final : public RandomReader {
 public:
  DiskFile(FileDescriptor fd, ByteCount size, std::string name)
      : fd_(std::move(fd)), size_(size), name_(std::move(name)) {}
  [[nodiscard]] ByteCount size() const override { return size_; }
  [[nodiscard]] Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset,
                                           ByteSpan into) override {
    RETURN_IF_ERROR(ctx.Check());
    std::size_t filled = 0;
    while (filled < into.size()) {
      const ssize_t got = ::pread(fd_.get(), into.data() + filled, into.size() - filled,
                                  static_cast<off_t>(offset + filled));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Fail(ErrnoError(errno, "reading " + name_));
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    return filled;
  }

 private:
  FileDescriptor fd_;
  ByteCount size_;
  std::string name_;
};

Status SyncDirectory(const std::filesystem::path& directory) {
  const FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return Fail(ErrnoError(errno, "opening " + directory.string()));
  if (::fsync(fd.get()) != 0) return Fail(ErrnoError(errno, "syncing " + directory.string()));
  return {};
}

class AtomicFile final : public ByteWriter {
 public:
  AtomicFile(FileDescriptor fd, std::filesystem::path path, std::filesystem::path temporary)
      : fd_(std::move(fd)), path_(std::move(path)), temporary_(std::move(temporary)) {}
  ~AtomicFile() override {
    if (!closed_) ::unlink(temporary_.c_str());
  }
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override {
    RETURN_IF_ERROR(ctx.Check());
    const int refused = WriteAll(fd_.get(), bytes);
    if (refused != 0) return Fail(ErrnoError(refused, "writing " + path_.string()));
    written_ += bytes.size();
    if (written_ - begun_ >= kWriteBehind) BeginToWriteBack();
    return {};
  }
  [[nodiscard]] Status Close(const Context&) override {
    if (::fsync(fd_.get()) != 0) return Fail(ErrnoError(errno, "syncing " + path_.string()));
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
      return Fail(ErrnoError(errno, "renaming to " + path_.string()));
    }
    closed_ = true;
    return SyncDirectory(path_.parent_path());
  }

 private:
  static constexpr ByteCount kWriteBehind = ByteCount{16} << 20U;

  // So that the disk has work while more comes, and little is left for fsync at the end. No promise
  // of anything, so its failure is none.
  void BeginToWriteBack() {
    static_cast<void>(::sync_file_range(fd_.get(), static_cast<off64_t>(begun_),
                                        static_cast<off64_t>(written_ - begun_),
                                        SYNC_FILE_RANGE_WRITE));
    begun_ = written_;
  }

  FileDescriptor fd_;
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  ByteCount written_ = 0;
  ByteCount begun_ = 0;  // of these, the disk has been told
  bool closed_ = false;
};

Result<std::unique_ptr<ByteWriter>> CreateWithMode(const std::filesystem::path& path, mode_t mode) {
  std::filesystem::path absolute = std::filesystem::absolute(path);
  std::filesystem::path temporary =
      absolute.parent_path() /
      fmt::format(".{}.{}.part", absolute.filename().string(), RandomHex(6));
  FileDescriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (fd.get() < 0) return Fail(ErrnoError(errno, "creating " + temporary.string()));
  return std::make_unique<AtomicFile>(std::move(fd), std::move(absolute), std::move(temporary));
}

}  // namespace

Result<std::unique_ptr<RandomReader>> OpenFile(const std::filesystem::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return Fail(ErrnoError(errno, "opening " + path.string()));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return Fail(ErrnoError(errno, "reading " + path.string()));
  if (!S_ISREG(info.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument, path.string() + " is not a regular file");
  }
  return std::make_unique<DiskFile>(std::move(fd), static_cast<ByteCount>(info.st_size),
                                    path.string());
}

Result<std::unique_ptr<ByteWriter>> CreateFileAtomically(const std::filesystem::path& path,
                                                         FileMode mode) {
  return CreateWithMode(path, mode == FileMode::kPrivate ? 0600 : 0644);
}

Status PublishFile(const std::filesystem::path& written, const std::filesystem::path& path) {
  const FileDescriptor fd(::open(written.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return Fail(ErrnoError(errno, "opening " + written.string()));
  if (::fsync(fd.get()) != 0) return Fail(ErrnoError(errno, "syncing " + written.string()));
  if (::rename(written.c_str(), path.c_str()) != 0) {
    return Fail(ErrnoError(errno, "renaming to " + path.string()));
  }
  return SyncDirectory(std::filesystem::absolute(path).parent_path());
}

Result<FileLock> FileLock::Take(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return Fail(ErrnoError(errno, "opening " + path.string()));
  FileLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return Fail(ErrnoError(errno, "locking " + path.string()));
  return Fail(ErrorCode::kConflict, path.string() + " is held by another process");
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::string> ReadTextFile(const std::filesystem::path& path, ByteCount most) {
  ASSIGN_OR_RETURN(const auto file, OpenFile(path));
  RangeReader reader(*file, 0, file->size());
  return ReadAll(Context(), reader, most);
}

Status WriteTextFile(const std::filesystem::path& path, std::string_view text, FileMode mode) {
  ASSIGN_OR_RETURN(const auto file, CreateWithMode(path, mode == FileMode::kPrivate ? 0600 : 0644));
  RETURN_IF_ERROR(file->Write(Context(), BytesOf(text)));
  return file->Close(Context());
}

}  // namespace reprise
