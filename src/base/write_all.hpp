#pragma once

#include <unistd.h>

#include <cerrno>

#include "base/stream.hpp"

namespace reprise {

// Writes all of `bytes` into an open file; 0, or the errno of what was refused.
[[nodiscard]] inline int WriteAll(int fd, ConstByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return 0;
}

}  // namespace reprise
