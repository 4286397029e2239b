#pragma once

#include <string>
#include <string_view>

#include "base/stream.hpp"

namespace reprise::archive {

// Writes a tar of regular files (ustar) as a stream. `to` must outlive it and is not closed.
class TarWriter {
 public:
  explicit TarWriter(ByteWriter& to) : to_(to) {}

  // kArchiveCorrupt when `content` ends before `size` bytes.
  [[nodiscard]] Status AddFile(const Context& ctx, std::string_view prefix, std::string_view name,
                               ByteCount size, ByteReader& content);
  // The end mark.
  [[nodiscard]] Status Finish(const Context& ctx);

 private:
  ByteWriter& to_;
};

}  // namespace reprise::archive
