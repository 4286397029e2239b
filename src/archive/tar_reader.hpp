#pragma once

#include <memory>
#include <optional>
#include <string>

#include "archive/tar_format.hpp"
#include "base/stream.hpp"

namespace reprise::archive {

struct TarEntry {
  std::string name;
  ByteCount size = 0;
  TarKind kind = TarKind::kFile;  // kFile or kDirectory
  ByteCount header_offset = 0;    // of its own header block, in the tar
};

// Walks over a tar stream, entry by entry. Links, devices and sparse files are kArchiveHostile,
// broken headers and a cut off end kArchiveCorrupt. Used by one thread.
class TarReader {
 public:
  explicit TarReader(ByteReader& from) : from_(from), content_(*this) {}

  // The next entry; nullopt at the end. What was not read of the last one's content is passed over.
  [[nodiscard]] Result<std::optional<TarEntry>> Next(const Context& ctx);
  // The content of the entry that Next() gave, exactly its size.
  [[nodiscard]] ByteReader& content() { return content_; }

 private:
  class Content final : public ByteReader {
   public:
    explicit Content(TarReader& tar) : tar_(tar) {}
    [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
      return tar_.ReadContent(ctx, into);
    }

   private:
    TarReader& tar_;
  };

  Result<std::size_t> ReadContent(const Context& ctx, ByteSpan into);
  Status PassOver(const Context& ctx, ByteCount count);
  Result<bool> ReadBlock(const Context& ctx, TarBlock& block);
  Result<std::string> ReadExtension(const Context& ctx, ByteCount size);
  // Reads to the end of the stream after the closing block, so that what wraps the tar is checked.
  Status Drain(const Context& ctx);
  Result<TarEntry> Resolve(const TarHeader& header, ByteCount offset);

  ByteReader& from_;
  Content content_;
  ByteCount position_ = 0;
  ByteCount content_left_ = 0;
  ByteCount padding_left_ = 0;
  std::string long_name_;
  PaxFields pax_;
};

}  // namespace reprise::archive
