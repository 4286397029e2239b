#include "rescue/row_content.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/hex.hpp"

namespace reprise::rescue {
namespace {

constexpr std::int64_t kMostInRow = 64LL << 20U;

std::string FromRow(std::int64_t id) {
  return fmt::format(" FROM ONLY public.ir_attachment WHERE id = {}", id);
}

// Passes hex digits on. psql ends its answer with a line feed; anything else is none of encode's,
// and is never to reach the SQL that these digits become a part of.
class HexOnly final : public ByteWriter {
 public:
  explicit HexOnly(ByteWriter& next) : next_(next) {}
  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override {
    std::string_view text = TextOf(bytes);
    while (text.ends_with('\n')) text.remove_suffix(1);
    const bool is_hex = std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
    if (!is_hex) return Fail(ErrorCode::kDatabaseFailed, "PostgreSQL answered with no hex digits");
    return text.empty() ? Status() : next_.Write(ctx, BytesOf(text));
  }
  [[nodiscard]] Status Close(const Context& ctx) override { return next_.Close(ctx); }

 private:
  ByteWriter& next_;
};

class HexDecoder final : public ByteWriter {
 public:
  explicit HexDecoder(ByteWriter& next) : next_(next) {}
  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override {
    std::string digits = std::exchange(odd_, {});
    digits += TextOf(bytes);
    if (digits.size() % 2 == 1) {
      odd_ = digits.back();
      digits.pop_back();
    }
    const std::string decoded = FromHex(digits);
    return next_.Write(ctx, BytesOf(decoded));
  }
  [[nodiscard]] Status Close(const Context& ctx) override { return next_.Close(ctx); }

 private:
  ByteWriter& next_;
  std::string odd_;  // a digit that waits for its other half
};

}  // namespace

Result<std::optional<std::int64_t>> BytesInRow(const Context& ctx, const FencedTables& side,
                                               std::int64_t id) {
  ASSIGN_OR_RETURN(const auto sizes,
                   side.Select(ctx, "SELECT octet_length(db_datas) AS bytes" + FromRow(id)));
  if (sizes.empty() || !sizes.front().at("bytes").is_int64()) return std::nullopt;
  const std::int64_t bytes = sizes.front().at("bytes").get_int64();
  if (bytes <= kMostInRow) return bytes;
  return Fail(ErrorCode::kPayloadTooLarge,
              fmt::format("attachment {} keeps more than {} MiB in its row", id, kMostInRow >> 20));
}

Status WriteHexOfRow(const Context& ctx, const FencedTables& side, std::int64_t id,
                     ByteWriter& to) {
  HexOnly digits(to);
  return side.Write(ctx, "SELECT encode(db_datas, 'hex')" + FromRow(id), digits);
}

Status WriteBytesOfRow(const Context& ctx, const FencedTables& side, std::int64_t id,
                       ByteWriter& to) {
  HexDecoder decoder(to);
  return WriteHexOfRow(ctx, side, id, decoder);
}

}  // namespace reprise::rescue
