#include "archive/zstd_reader.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <vector>

#include "archive/budget.hpp"
#include "archive/hints.hpp"

namespace reprise::archive {
namespace {

class ZstdReader final : public ByteReader {
 public:
  explicit ZstdReader(std::unique_ptr<ByteReader> from) : from_(std::move(from)) {}

  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    while (true) {
      if (in_.pos == in_.size && !(inside_frame_ && pending_)) {
        ASSIGN_OR_RETURN(const std::size_t count, from_->Read(ctx, input_));
        if (count == 0) return End();
        in_ = {input_.data(), count, 0};
        packed_ += count;
      }
      const std::size_t left = ZSTD_decompressStream(stream_.get(), &out, &in_);
      if (ZSTD_isError(left) != 0U) {
        return Fail(ErrorCode::kArchiveCorrupt,
                    fmt::format("the compressed data is damaged after {} unpacked bytes: {}",
                                unpacked_ + out.pos, ZSTD_getErrorName(left)));
      }
      inside_frame_ = left != 0;
      pending_ = out.pos == out.size;
      if (out.pos > 0) break;
    }
    unpacked_ += out.pos;
    if (!WithinBudget(packed_, unpacked_)) {
      return Fail(
          ErrorCode::kArchiveHostile,
          fmt::format("{} packed bytes unpack to more than {} bytes: a bomb", packed_, unpacked_));
    }
    return out.pos;
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };

  [[nodiscard]] Result<std::size_t> End() const {
    if (!inside_frame_ || packed_ == 0) return 0;
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("the compressed data is cut off after {} unpacked bytes", unpacked_),
                kCutOffHint);
  }

  std::unique_ptr<ByteReader> from_;
  std::unique_ptr<ZSTD_DStream, Free> stream_{ZSTD_createDStream()};
  std::vector<std::byte> input_ = std::vector<std::byte>(ZSTD_DStreamInSize());
  ZSTD_inBuffer in_{nullptr, 0, 0};
  ByteCount packed_ = 0;
  ByteCount unpacked_ = 0;
  bool inside_frame_ = false;
  bool pending_ = false;  // the decoder may hold more output
};

}  // namespace

std::unique_ptr<ByteReader> MakeZstdReader(std::unique_ptr<ByteReader> from) {
  return std::make_unique<ZstdReader>(std::move(from));
}

}  // namespace reprise::archive
