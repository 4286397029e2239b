#pragma once

#include <memory>
#include <vector>

#include "base/stream.hpp"

namespace reprise::archive {

// How deflated data is wrapped: kRaw as in a zip entry (one stream), kGzip as in a .gz file (any
// number of members one after the other, checksums checked), kZlib as in a pg_dump archive (one
// stream, checksum checked).
enum class DeflateWrapping { kRaw, kGzip, kZlib };

// Where a gzip member begins: in the file, and in what all members unpack to.
struct GzipMember {
  ByteCount packed_offset = 0;
  ByteCount unpacked_offset = 0;
};

// Unpacks deflated data as a stream. kArchiveCorrupt when it is damaged or ends too early,
// kArchiveHostile when it unpacks to far more than any backup would.
class InflateReader final : public ByteReader {
 public:
  InflateReader(std::unique_ptr<ByteReader> from, DeflateWrapping wrapping);
  ~InflateReader() override;
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override;

  // The members begun so far, by offset (kGzip only).
  [[nodiscard]] const std::vector<GzipMember>& members() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace reprise::archive
