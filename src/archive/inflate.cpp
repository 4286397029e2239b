#include "archive/inflate.hpp"

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <limits>

#include "archive/budget.hpp"
#include "archive/hints.hpp"

namespace reprise::archive {
namespace {

constexpr std::size_t kInputBytes = 256 * 1024;

std::uint8_t* AsOctets(std::byte* bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): isa-l takes uint8_t
  return reinterpret_cast<std::uint8_t*>(bytes);
}

std::uint32_t ClampedLength(std::size_t length) {
  return static_cast<std::uint32_t>(
      std::min<std::size_t>(length, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

struct InflateReader::State {
  std::unique_ptr<ByteReader> from;
  DeflateWrapping wrapping;
  std::vector<std::byte> input = std::vector<std::byte>(kInputBytes);
  inflate_state inflate = {};
  std::vector<GzipMember> members;
  ByteCount packed = 0;  // bytes taken from `from`
  ByteCount unpacked = 0;
  bool input_ended = false;
  bool ended = false;

  void Start() {
    // A reset leaves next_in and avail_in as they are.
    isal_inflate_reset(&inflate);
    inflate.crc_flag = wrapping == DeflateWrapping::kGzip   ? ISAL_GZIP
                       : wrapping == DeflateWrapping::kZlib ? ISAL_ZLIB
                                                            : ISAL_DEFLATE;
    if (wrapping == DeflateWrapping::kGzip) {
      members.push_back({packed - inflate.avail_in, unpacked});
    }
  }
  [[nodiscard]] Status Refill(const Context& ctx) {
    if (inflate.avail_in > 0 || input_ended) return {};
    ASSIGN_OR_RETURN(const std::size_t count, from->Read(ctx, input));
    input_ended = count == 0;
    packed += count;
    inflate.next_in = AsOctets(input.data());
    inflate.avail_in = static_cast<std::uint32_t>(count);
    return {};
  }
  // After a member: the next one, the end, or rubbish.
  [[nodiscard]] Status EndMember(const Context& ctx) {
    if (wrapping != DeflateWrapping::kGzip) {
      ended = true;
      return {};
    }
    while (true) {
      RETURN_IF_ERROR(Refill(ctx));
      if (inflate.avail_in == 0) {
        ended = true;
        return {};
      }
      if (*inflate.next_in != 0) break;
      ++inflate.next_in;  // zero padding is allowed at the end, as gzip(1) does
      --inflate.avail_in;
    }
    constexpr std::uint8_t kGzipFirst = 0x1f;
    if (*inflate.next_in != kGzipFirst) {
      return Fail(ErrorCode::kArchiveCorrupt,
                  fmt::format("something that is not gzip follows the gzip data, at byte {}",
                              packed - inflate.avail_in));
    }
    Start();
    return {};
  }
};

InflateReader::InflateReader(std::unique_ptr<ByteReader> from, DeflateWrapping wrapping)
    : state_(std::make_unique<State>()) {
  state_->from = std::move(from);
  state_->wrapping = wrapping;
  isal_inflate_init(&state_->inflate);
  state_->Start();
}
InflateReader::~InflateReader() = default;

const std::vector<GzipMember>& InflateReader::members() const { return state_->members; }

Result<std::size_t> InflateReader::Read(const Context& ctx, ByteSpan into) {
  State& s = *state_;
  while (!s.ended) {
    RETURN_IF_ERROR(s.Refill(ctx));
    s.inflate.next_out = AsOctets(into.data());
    s.inflate.avail_out = ClampedLength(into.size());
    const std::uint32_t room = s.inflate.avail_out;
    const int outcome = isal_inflate(&s.inflate);
    const std::size_t count = room - s.inflate.avail_out;
    s.unpacked += count;
    if (outcome != ISAL_DECOMP_OK && outcome != ISAL_END_INPUT && outcome != ISAL_OUT_OVERFLOW) {
      return Fail(
          ErrorCode::kArchiveCorrupt,
          fmt::format("the compressed data is damaged after {} unpacked bytes{}", s.unpacked,
                      outcome == ISAL_INCORRECT_CHECKSUM ? " (wrong checksum)" : ""));
    }
    if (!WithinBudget(s.packed, s.unpacked)) {
      return Fail(ErrorCode::kArchiveHostile,
                  fmt::format("{} packed bytes unpack to more than {} bytes: a zip bomb", s.packed,
                              s.unpacked));
    }
    const bool finished = s.inflate.block_state == ISAL_BLOCK_FINISH;
    if (finished) RETURN_IF_ERROR(s.EndMember(ctx));
    if (count > 0) return count;
    if (!finished && s.input_ended) {
      return Fail(ErrorCode::kArchiveCorrupt,
                  fmt::format("the compressed data is cut off after {} unpacked bytes", s.unpacked),
                  kCutOffHint);
    }
  }
  return 0;
}

}  // namespace reprise::archive
