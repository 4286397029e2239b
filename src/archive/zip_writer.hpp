#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/stream.hpp"

namespace reprise::archive {

// Writes a zip of stored entries as one stream that never goes back: sizes and checksums follow
// each entry's data, and stand in the directory at the end. Zip64 where it must be. Used by one
// thread; of no further use after a failure.
class ZipWriter {
 public:
  // `sink` must outlive the writer, which does not close it.
  explicit ZipWriter(ByteWriter& sink) : sink_(sink), content_(*this) {}

  [[nodiscard]] Status BeginEntry(const Context& ctx, std::string_view name);
  // Where the entry's bytes go; closing it is not needed.
  [[nodiscard]] ByteWriter& content() { return content_; }
  // Counts bytes as the entry's, here, that are not written: whoever reads the zip finds them in
  // this place. `crc32` is theirs.
  void AddElsewhere(ByteCount bytes, std::uint32_t crc32);
  [[nodiscard]] Status EndEntry(const Context& ctx);
  // The directory; nothing may follow.
  [[nodiscard]] Status Finish(const Context& ctx);

 private:
  class Content final : public ByteWriter {
   public:
    explicit Content(ZipWriter& zip) : zip_(zip) {}
    [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override;
    [[nodiscard]] Status Close(const Context&) override { return {}; }

   private:
    ZipWriter& zip_;
  };
  struct Entry {
    std::string name;
    std::uint32_t crc32 = 0;
    ByteCount size = 0;
    ByteCount offset = 0;
  };

  Status Emit(const Context& ctx, std::string_view bytes);

  ByteWriter& sink_;
  Content content_;
  ByteCount position_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace reprise::archive
