#include "base/spool_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.hpp"

namespace reprise {

Result<std::unique_ptr<SpoolFile>> SpoolFile::In(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) return Fail(ErrnoError(errno, "making a file in " + folder.string()));
  return std::unique_ptr<SpoolFile>(new SpoolFile(fd));
}

SpoolFile::~SpoolFile() { ::close(fd_); }

Status SpoolFile::Write(const Context& ctx, ConstByteSpan bytes) {
  RETURN_IF_ERROR(ctx.Check());
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return Fail(ErrnoError(errno, "writing a file for the moment"));
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Result<std::unique_ptr<RandomReader>> SpoolFile::Take() const {
  return OpenFile(fmt::format("/proc/self/fd/{}", fd_));
}

}  // namespace reprise
