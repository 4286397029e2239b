#include "archive/gzip_writer.hpp"

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <vector>

namespace reprise::archive {
namespace {

constexpr std::size_t kOutputBytes = 256 * 1024;
constexpr std::size_t kMostInput = std::size_t{1} << 30;  // isa-l counts in 32 bits

}  // namespace

struct GzipWriter::State {
  explicit State(ByteWriter& to) : sink(to) {}

  ByteWriter& sink;
  isal_zstream stream = {};
  std::vector<std::uint8_t> level_buffer = std::vector<std::uint8_t>(ISAL_DEF_LVL1_DEFAULT);
  std::vector<std::uint8_t> output = std::vector<std::uint8_t>(kOutputBytes);
  ByteCount member_bytes = 0;
  bool open = false;

  void Begin() {
    if (open) return;
    isal_deflate_init(&stream);
    stream.level = 1;
    stream.level_buf = level_buffer.data();
    stream.level_buf_size = static_cast<std::uint32_t>(level_buffer.size());
    stream.gzip_flag = IGZIP_GZIP;
    stream.flush = NO_FLUSH;
    member_bytes = 0;
    open = true;
  }

  // Packs what is set as input until isa-l has taken all of it, and given all of it at the end.
  [[nodiscard]] Status Run(const Context& ctx) {
    while (true) {
      stream.next_out = output.data();
      stream.avail_out = static_cast<std::uint32_t>(output.size());
      const int outcome = isal_deflate(&stream);
      if (outcome != COMP_OK) {
        return Fail(ErrorCode::kInternal, fmt::format("isa-l cannot compress ({})", outcome));
      }
      const std::size_t count = output.size() - stream.avail_out;
      if (count > 0) {
        RETURN_IF_ERROR(sink.Write(ctx, std::as_bytes(std::span(output).first(count))));
      }
      if (stream.end_of_stream != 0) {
        if (stream.internal_state.state == ZSTATE_END) return {};
      } else if (stream.avail_in == 0 && stream.avail_out > 0) {
        return {};
      }
    }
  }
};

GzipWriter::GzipWriter(ByteWriter& sink) : state_(std::make_unique<State>(sink)) {}
GzipWriter::~GzipWriter() = default;

ByteCount GzipWriter::member_bytes() const { return state_->open ? state_->member_bytes : 0; }

Status GzipWriter::Write(const Context& ctx, ConstByteSpan bytes) {
  State& s = *state_;
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), kMostInput);
    s.Begin();
    // isa-l does not write to its input, but takes it as if it did.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast,cppcoreguidelines-pro-type-reinterpret-cast)
    s.stream.next_in =
        const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(bytes.data()));  // NOLINT
    s.stream.avail_in = static_cast<std::uint32_t>(count);
    RETURN_IF_ERROR(s.Run(ctx));
    s.member_bytes += count;
    bytes = bytes.subspan(count);
  }
  return {};
}

Status GzipWriter::EndMember(const Context& ctx) {
  State& s = *state_;
  if (!s.open) return {};
  s.stream.end_of_stream = 1;
  s.stream.avail_in = 0;
  RETURN_IF_ERROR(s.Run(ctx));
  s.open = false;
  return {};
}

}  // namespace reprise::archive
