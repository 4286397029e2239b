#include "archive/custom_dump_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "archive/hints.hpp"
#include "archive/inflate.hpp"

namespace reprise::archive {
namespace {

// The pieces of one table's data as a stream, to their end.
class ChunkReader final : public ByteReader {
 public:
  explicit ChunkReader(CustomDumpInput& in) : in_(in) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    if (ended_) return 0;
    if (left_ == 0) {
      ASSIGN_OR_RETURN(const std::int64_t length, in_.Int(ctx));
      if (length < 0) {
        return Fail(ErrorCode::kArchiveCorrupt,
                    fmt::format("the dump is damaged at byte {}: a piece of data has an impossible "
                                "length",
                                in_.position()),
                    kDamagedHint);
      }
      left_ = static_cast<ByteCount>(length);
      ended_ = length == 0;
      if (ended_) return 0;
    }
    const auto most = static_cast<std::size_t>(std::min<ByteCount>(left_, into.size()));
    ASSIGN_OR_RETURN(const std::size_t count, in_.Some(ctx, into.first(most)));
    left_ -= count;
    return count;
  }

 private:
  CustomDumpInput& in_;
  ByteCount left_ = 0;
  bool ended_ = false;
};

// The same stream for whoever wants to own one.
class Forwarded final : public ByteReader {
 public:
  explicit Forwarded(ByteReader& from) : from_(from) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    return from_.Read(ctx, into);
  }

 private:
  ByteReader& from_;
};

}  // namespace

Status ScanAttachments(const Context& ctx, CustomDumpInput& in, Packing packing,
                       AttachmentScanner& attachments) {
  ChunkReader chunks(in);
  std::vector<std::byte> buffer(64U * 1024U);
  InflateReader inflated(std::make_unique<Forwarded>(chunks), DeflateWrapping::kZlib);
  ByteReader& rows = packing == Packing::kZlib ? static_cast<ByteReader&>(inflated) : chunks;
  while (true) {
    ASSIGN_OR_RETURN(const std::size_t count, rows.Read(ctx, buffer));
    if (count == 0) break;
    attachments.Feed(TextOf(ConstByteSpan(buffer).first(count)));
  }
  // Unpacking ends with the packed stream, before the mark that ends the pieces.
  while (true) {
    ASSIGN_OR_RETURN(const std::size_t count, chunks.Read(ctx, buffer));
    if (count == 0) return {};
  }
}

}  // namespace reprise::archive
