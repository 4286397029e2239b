#include "base/pipe.hpp"

#include <algorithm>
#include <cstring>

namespace reprise {

using std::chrono::milliseconds;

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
  const auto ready = [&] { return start_ < buffer_.size() || ended_ || writer_error_; };
  while (!ready()) {
    RETURN_IF_ERROR(ctx.Check());
    changed_.wait_for(lock, ctx.stop(), ctx.Remaining(milliseconds(60'000)), ready);
  }
  const std::size_t count = std::min(into.size(), buffer_.size() - start_);
  if (count == 0) {
    if (writer_error_) return Fail(*writer_error_);
    return 0;
  }
  std::memcpy(into.data(), buffer_.data() + start_, count);
  start_ += count;
  if (start_ == buffer_.size()) {
    buffer_.clear();
    start_ = 0;
  }
  changed_.notify_all();
  return count;
}

Status Pipe::Put(const Context& ctx, ConstByteSpan bytes) {
  std::unique_lock lock(mutex_);
  while (!bytes.empty()) {
    const auto ready = [&] { return buffer_.size() < capacity_ || reader_error_; };
    while (!ready()) {
      RETURN_IF_ERROR(ctx.Check());
      changed_.wait_for(lock, ctx.stop(), ctx.Remaining(milliseconds(60'000)), ready);
    }
    if (reader_error_) return Fail(*reader_error_);
    if (start_ > 0) {
      buffer_.erase(0, start_);
      start_ = 0;
    }
    const std::size_t room = capacity_ > buffer_.size() ? capacity_ - buffer_.size() : 0;
    const std::size_t count = std::min(room, bytes.size());
    buffer_.append(TextOf(bytes.first(count)));
    bytes = bytes.subspan(count);
    changed_.notify_all();
  }
  return {};
}

}  // namespace reprise
