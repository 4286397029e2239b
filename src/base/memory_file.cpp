#include "base/memory_file.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/write_all.hpp"

namespace reprise {

Result<MemoryFile> MemoryFile::Of(std::string_view text) {
  MemoryFile file(::memfd_create("reprise", MFD_CLOEXEC));
  if (file.fd_ < 0) return Fail(ErrnoError(errno, "making a file in memory"));
  // Programs refuse keys that others could read, by the file's mode.
  if (::fchmod(file.fd_, S_IRUSR | S_IWUSR) != 0) {
    return Fail(ErrnoError(errno, "closing a file in memory to others"));
  }
  const int refused = WriteAll(file.fd_, BytesOf(text));
  if (refused != 0) return Fail(ErrnoError(refused, "writing a file in memory"));
  return file;
}

MemoryFile::~MemoryFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::string MemoryFile::path() const { return fmt::format("/proc/{}/fd/{}", ::getpid(), fd_); }

std::string MemoryFile::Tail(std::size_t most) const {
  struct stat info {};
  if (::fstat(fd_, &info) != 0) return {};
  const auto size = static_cast<std::size_t>(info.st_size);
  std::string text(std::min(size, most), '\0');
  const ssize_t got =
      ::pread(fd_, text.data(), text.size(), static_cast<off_t>(size - text.size()));
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

}  // namespace reprise
