#include "base/pipe.hpp"

#include <algorithm>
#include <cstring>

namespace reprise {

using std::chrono::milliseconds;

namespace {
// Large enough that the allocator takes it from the system, and gives it back.
constexpr std::size_t kChunkBytes = 256UL * 1024;
}  // namespace

void Pipe::FailWriter(Error error) {
  const std::scoped_lock lock(mutex_);
  if (!ended_ && !writer_error_) writer_error_ = std::move(error);
  changed_.notify_all();
}

void Pipe::FailReader(Error error) {
  const std::scoped_lock lock(mutex_);
  if (!reader_error_) reader_error_ = std::move(error);
  changed_.notify_all();
}

void Pipe::End() {
  const std::scoped_lock lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

Result<std::size_t> Pipe::Take(const Context& ctx, ByteSpan into) {
  std::unique_lock lock(mutex_);
  const auto ready = [&] { return buffered_ > 0 || ended_ || writer_error_; };
  while (!ready()) {
    RETURN_IF_ERROR(ctx.Check());
    changed_.wait_for(lock, ctx.stop(), ctx.Remaining(milliseconds(60'000)), ready);
  }
  if (buffered_ == 0 && writer_error_) return Fail(*writer_error_);
  std::size_t taken = 0;
  while (taken < into.size() && buffered_ > 0) {
    const std::string& first = chunks_.front();
    const std::size_t count = std::min(into.size() - taken, first.size() - start_);
    std::memcpy(into.data() + taken, first.data() + start_, count);
    taken += count;
    start_ += count;
    buffered_ -= count;
    if (start_ < first.size()) break;
    chunks_.pop_front();
    start_ = 0;
  }
  changed_.notify_all();
  return taken;
}

Status Pipe::Put(const Context& ctx, ConstByteSpan bytes) {
  std::unique_lock lock(mutex_);
  while (!bytes.empty()) {
    const auto ready = [&] { return buffered_ < capacity_ || reader_error_; };
    while (!ready()) {
      RETURN_IF_ERROR(ctx.Check());
      changed_.wait_for(lock, ctx.stop(), ctx.Remaining(milliseconds(60'000)), ready);
    }
    if (reader_error_) return Fail(*reader_error_);
    const std::size_t count = std::min(bytes.size(), capacity_ - buffered_);
    const std::string_view piece = TextOf(bytes.first(count));
    // Small pieces share a chunk.
    if (!chunks_.empty() && chunks_.back().size() + count <= kChunkBytes) {
      chunks_.back() += piece;
    } else {
      chunks_.emplace_back().reserve(std::max(kChunkBytes, count));
      chunks_.back() += piece;
    }
    buffered_ += count;
    bytes = bytes.subspan(count);
    changed_.notify_all();
  }
  return {};
}

}  // namespace reprise
