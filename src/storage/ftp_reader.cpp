#include "storage/ftp_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace reprise::storage {
namespace {

constexpr ByteCount kMostSkipped = 1 << 20;  // rather than to log in again
constexpr std::size_t kMostOpen = 3;

}  // namespace

void FtpStream::Take(ConstByteSpan bytes) {
  const std::size_t count = std::min(bytes.size(), wanted_.size());
  if (count > 0) std::memcpy(wanted_.data(), bytes.data(), count);
  wanted_ = wanted_.subspan(count);
  next_ += count;
  held_.insert(held_.end(), bytes.begin() + static_cast<std::ptrdiff_t>(count), bytes.end());
}

std::size_t FtpStream::OnBody(char* data, std::size_t size, std::size_t count, void* user) {
  auto& self = *static_cast<FtpStream*>(user);
  if (self.wanted_.empty()) {
    self.transfer_.Paused();
    return CURL_WRITEFUNC_PAUSE;
  }
  self.transfer_.Moved();
  self.Take(BytesOf({data, size * count}));
  return size * count;
}

Status FtpStream::Start(const Context& ctx, ByteCount offset) {
  held_.clear();
  wanted_ = {};
  CURL* easy = transfer_.Begin(path_, none_);
  if (easy == nullptr) return Fail(ErrorCode::kInternal, "no FTP connection can be made");
  curl_easy_setopt(easy, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(offset));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));
  next_ = offset;
  std::byte first{};
  RETURN_IF_ERROR(Pull(ctx, {&first, 1}));
  // The server has the file open now. If it is the one of `look` still, it was then too: another
  // one that takes its place has a later time.
  ASSIGN_OR_RETURN(const FtpLook look, LookAt(ctx, *client_, path_));
  if (look != look_) {
    return Fail(ErrorCode::kStorageFailed, path_ + " was replaced in storage meanwhile",
                "try again; it is read anew then");
  }
  held_.insert(held_.begin(), first);
  next_ = offset;
  return {};
}

Status FtpStream::Pull(const Context& ctx, ByteSpan into) {
  wanted_ = into;
  const std::vector<std::byte> held = std::exchange(held_, {});
  Take(held);
  if (wanted_.empty()) return {};
  Status pulled = transfer_.Drive(ctx, "reading " + path_, [this] { return wanted_.empty(); });
  wanted_ = {};
  return pulled;
}

Status FtpStream::Skip(const Context& ctx, ByteCount count) {
  std::vector<std::byte> piece(std::min<ByteCount>(count, 64 << 10));
  while (count > 0) {
    const auto length = static_cast<std::size_t>(std::min<ByteCount>(count, piece.size()));
    RETURN_IF_ERROR(Pull(ctx, std::span(piece).first(length)));
    count -= length;
  }
  return {};
}

Status FtpStream::ReadAt(const Context& ctx, ByteCount offset, ByteSpan into) {
  if (offset < next_ || offset - next_ > kMostSkipped) {
    RETURN_IF_ERROR(Start(ctx, offset));
  } else {
    RETURN_IF_ERROR(Skip(ctx, offset - next_));
  }
  return Pull(ctx, into);
}

std::unique_ptr<FtpStream> FtpReader::Take(ByteCount offset) {
  {
    const std::scoped_lock lock(mutex_);
    const auto fits = [&](const auto& stream) {
      return offset >= stream->next() && offset - stream->next() <= kMostSkipped;
    };
    const auto found = std::find_if(idle_.begin(), idle_.end(), fits);
    if (found != idle_.end()) {
      auto stream = std::move(*found);
      idle_.erase(found);
      return stream;
    }
  }
  return std::make_unique<FtpStream>(client_, path_, look_);
}

void FtpReader::Give(std::unique_ptr<FtpStream> stream) {
  std::unique_ptr<FtpStream> oldest;  // hangs up outside of the lock
  const std::scoped_lock lock(mutex_);
  idle_.push_back(std::move(stream));
  if (idle_.size() <= kMostOpen) return;
  oldest = std::move(idle_.front());
  idle_.erase(idle_.begin());
}

Result<std::size_t> FtpReader::ReadAt(const Context& ctx, ByteCount offset, ByteSpan into) {
  RETURN_IF_ERROR(ctx.Check());
  if (offset >= look_.size || into.empty()) return 0;
  into = into.first(std::min<ByteCount>(into.size(), look_.size - offset));
  Retry retry(client_->retry());
  while (true) {
    auto stream = Take(offset);
    Status done = stream->ReadAt(ctx, offset, into);
    if (done) {
      // One at the end of the file is of no use, but its connection may count for the server.
      if (stream->next() < look_.size) Give(std::move(stream));
      return into.size();
    }
    stream.reset();
    RETURN_IF_ERROR(ctx.Check());
    if (done.error().code != ErrorCode::kUnavailable) return Fail(std::move(done.error()));
    ASSIGN_OR_RETURN(const bool again, retry.Again(ctx));
    if (again) continue;
    done.error().code = ErrorCode::kStorageFailed;
    done.error().message += fmt::format(" (tried {} times)", retry.attempt());
    return Fail(std::move(done.error()));
  }
}

}  // namespace reprise::storage
