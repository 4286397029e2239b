#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace reprise {

// A file that lives in memory only and is gone with this object: for secrets that a program of the
// system wants as a file, and for what it prints. Only this user may read it.
class MemoryFile {
 public:
  [[nodiscard]] static Result<MemoryFile> Of(std::string_view text);
  ~MemoryFile();
  MemoryFile(MemoryFile&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  MemoryFile& operator=(MemoryFile&&) = delete;

  // Under which a program that this process starts can open it.
  [[nodiscard]] std::string path() const;
  [[nodiscard]] int fd() const { return fd_; }
  // The last `most` bytes of what it holds by now.
  [[nodiscard]] std::string Tail(std::size_t most) const;

 private:
  explicit MemoryFile(int fd) : fd_(fd) {}

  int fd_;
};

}  // namespace reprise
