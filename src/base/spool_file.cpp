#include "base/spool_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.hpp"
#include "base/write_all.hpp"

namespace reprise {

Result<std::unique_ptr<SpoolFile>> SpoolFile::In(const std::filesystem::path& folder,
                                                 ByteCount kept_free) {
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) return Fail(ErrnoError(errno, "making a file in " + folder.string()));
  return std::unique_ptr<SpoolFile>(new SpoolFile(fd, folder, kept_free));
}

SpoolFile::~SpoolFile() { ::close(fd_); }

Status SpoolFile::CheckRoom(ByteCount more) const {
  struct statvfs disk {};
  if (::fstatvfs(fd_, &disk) != 0) return Fail(ErrnoError(errno, "looking at " + folder_.string()));
  const ByteCount free = ByteCount{disk.f_bavail} * disk.f_frsize;
  if (free >= kept_free_ && free - kept_free_ >= more) return {};
  return Fail(
      ErrorCode::kNoSpace,
      fmt::format("the disk of {} has too little room for a file for the moment: {} MiB are "
                  "free, of which {} MiB are kept for what else stands there",
                  folder_.string(), free >> 20U, kept_free_ >> 20U),
      "free space on it, then try again");
}

Status SpoolFile::Write(const Context& ctx, ConstByteSpan bytes) {
  RETURN_IF_ERROR(ctx.Check());
  RETURN_IF_ERROR(CheckRoom(bytes.size()));
  const int refused = WriteAll(fd_, bytes);
  if (refused != 0) return Fail(ErrnoError(refused, "writing a file for the moment"));
  return {};
}

Result<std::unique_ptr<RandomReader>> SpoolFile::Take() const {
  return OpenFile(fmt::format("/proc/self/fd/{}", fd_));
}

}  // namespace reprise
