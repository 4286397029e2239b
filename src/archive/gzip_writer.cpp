#include "archive/gzip_writer.hpp"

#include <isa-l.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "archive/deflate_block.hpp"

namespace reprise::archive {
namespace {

constexpr std::array<std::byte, 10> kHeader = {
    std::byte{0x1f}, std::byte{0x8b}, std::byte{8}, std::byte{0}, std::byte{0},
    std::byte{0},    std::byte{0},    std::byte{0}, std::byte{0}, std::byte{0xff}};

void Append32(std::vector<std::byte>& bytes, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) {
    bytes.push_back(static_cast<std::byte>((value >> shift) & 0xffU));
  }
}

std::vector<std::byte> Packed(const std::vector<std::byte>& piece) {
  std::vector<std::byte> packed(kHeader.begin(), kHeader.end());
  AppendDeflated(piece, packed);
  packed.insert(packed.end(), std::begin(kDeflateEnd), std::end(kDeflateEnd));
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): isa-l takes unsigned char
  const auto* octets = reinterpret_cast<const unsigned char*>(piece.data());
  Append32(packed, crc32_gzip_refl(0, octets, piece.size()));
  Append32(packed, static_cast<std::uint32_t>(piece.size()));
  return packed;
}

}  // namespace

struct GzipWriter::State {
  struct Member {
    std::vector<std::byte> bytes;  // unpacked, then packed
    bool taken = false;
    bool packed = false;
  };

  State(ByteWriter& to, unsigned threads) : sink(to), most_waiting(2 * std::size_t{threads} + 2) {
    for (unsigned i = 0; i < threads; ++i) {
      packers.emplace_back([this](const std::stop_token& stop) { PackOn(stop); });
    }
  }

  void PackOn(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    while (true) {
      const auto next = [this] {
        return std::find_if(members.begin(), members.end(),
                            [](const Member& member) { return !member.taken; });
      };
      if (!changed.wait(lock, stop, [&] { return next() != members.end(); })) return;
      // Stays where it is: a deque's elements do not move when others come and go at its ends.
      Member& member = *next();
      member.taken = true;
      lock.unlock();
      std::vector<std::byte> packed = Packed(member.bytes);
      lock.lock();
      member.bytes = std::move(packed);
      member.packed = true;
      changed.notify_all();
    }
  }

  // Writes what is packed, in order, until no more than `most` members are left.
  [[nodiscard]] Status WriteOut(const Context& ctx, std::size_t most) {
    std::unique_lock lock(mutex);
    while (members.size() > most || (!members.empty() && members.front().packed)) {
      while (!members.front().packed) {
        RETURN_IF_ERROR(ctx.Check());
        changed.wait_for(lock, ctx.stop(), ctx.Remaining(std::chrono::seconds(60)),
                         [this] { return members.front().packed; });
      }
      const std::vector<std::byte> bytes = std::move(members.front().bytes);
      members.pop_front();
      lock.unlock();
      offsets.push_back(written);
      written += bytes.size();
      RETURN_IF_ERROR(sink.Write(ctx, bytes));
      lock.lock();
    }
    return {};
  }

  ByteWriter& sink;
  const std::size_t most_waiting;
  std::vector<std::byte> current;
  std::size_t ended = 0;
  std::vector<ByteCount> offsets;
  ByteCount written = 0;
  std::mutex mutex;
  std::condition_variable_any changed;
  std::deque<Member> members;
  std::vector<std::jthread> packers;  // the last field: they end before what they use
};

GzipWriter::GzipWriter(ByteWriter& sink, unsigned threads)
    : state_(std::make_unique<State>(
          sink, threads > 0 ? threads : std::clamp(std::thread::hardware_concurrency(), 1U, 16U))) {
}
GzipWriter::~GzipWriter() = default;

std::size_t GzipWriter::member_bytes() const { return state_->current.size(); }
std::size_t GzipWriter::member() const { return state_->ended; }
const std::vector<ByteCount>& GzipWriter::offsets() const { return state_->offsets; }

Status GzipWriter::Write(const Context& ctx, ConstByteSpan bytes) {
  State& s = *state_;
  while (!bytes.empty()) {
    if (s.current.size() == kMemberBytes) RETURN_IF_ERROR(EndMember(ctx));
    if (s.current.empty()) s.current.reserve(kMemberBytes);
    const std::size_t count = std::min(bytes.size(), kMemberBytes - s.current.size());
    s.current.insert(s.current.end(), bytes.begin(),
                     bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
  }
  return {};
}

Status GzipWriter::EndMember(const Context& ctx) {
  State& s = *state_;
  if (s.current.empty()) return {};
  {
    const std::scoped_lock lock(s.mutex);
    s.members.push_back({std::move(s.current)});
    s.current = {};
  }
  s.changed.notify_all();
  ++s.ended;
  return s.WriteOut(ctx, s.most_waiting);
}

Status GzipWriter::Finish(const Context& ctx) {
  RETURN_IF_ERROR(EndMember(ctx));
  return state_->WriteOut(ctx, 0);
}

}  // namespace reprise::archive
