#include "storage/sftp_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <deque>

namespace reprise::storage {
namespace {

constexpr std::size_t kPieceBytes = 32 << 10;
constexpr std::size_t kMostAsked = 32;  // pieces at once: a line has a length

}  // namespace

void SftpReader::Drop() {
  if (file_ != nullptr) {
    const auto cut = connection_->CutWhenStopped(Context());
    sftp_close(file_);
  }
  file_ = nullptr;
  connection_.reset();
}

Status SftpReader::Prepare(const Context& ctx) {
  if (file_ != nullptr) return {};
  ASSIGN_OR_RETURN(connection_, pool_->Take(ctx));
  const auto cut = connection_->CutWhenStopped(ctx);
  file_ = sftp_open(connection_->sftp(), path_.c_str(), O_RDONLY, 0);
  if (file_ == nullptr) return Fail(connection_->ErrorOf("opening " + path_));
  sftp_attributes found = sftp_fstat(file_);
  if (found == nullptr) return Fail(connection_->ErrorOf("looking at " + path_));
  const SftpLook look{found->size, found->mtime, false};
  sftp_attributes_free(found);
  if (look == look_) return {};
  return Fail(ErrorCode::kStorageFailed, path_ + " was replaced in storage meanwhile",
              "try again; it is read anew then");
}

Status SftpReader::FillRest(ByteCount offset, ByteSpan into) {
  if (sftp_seek64(file_, offset) < 0) return Fail(connection_->ErrorOf("reading " + path_));
  while (!into.empty()) {
    const ssize_t count =
        sftp_read(file_, into.data(), std::min<std::size_t>(into.size(), kPieceBytes));
    if (count < 0) return Fail(connection_->ErrorOf("reading " + path_));
    if (count == 0) {
      return Fail(ErrorCode::kStorageFailed, path_ + " ends before it should",
                  "it was cut off in storage");
    }
    into = into.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

// Asks for many pieces before the first one is there.
Status SftpReader::Fill(ByteCount offset, ByteSpan into) {
  struct Asked {
    std::uint32_t id;
    std::size_t at;
    std::size_t length;
  };
  std::deque<Asked> asked;
  std::deque<Asked> short_ones;
  if (sftp_seek64(file_, offset) < 0) return Fail(connection_->ErrorOf("reading " + path_));
  for (std::size_t at = 0; at < into.size() || !asked.empty();) {
    while (at < into.size() && asked.size() < kMostAsked) {
      const std::size_t length = std::min(kPieceBytes, into.size() - at);
      const int id = sftp_async_read_begin(file_, static_cast<std::uint32_t>(length));
      if (id < 0) return Fail(connection_->ErrorOf("reading " + path_));
      asked.push_back({static_cast<std::uint32_t>(id), at, length});
      at += length;
    }
    const Asked one = asked.front();
    asked.pop_front();
    const int count = sftp_async_read(file_, into.data() + one.at,
                                      static_cast<std::uint32_t>(one.length), one.id);
    if (count < 0) return Fail(connection_->ErrorOf("reading " + path_));
    const auto got = static_cast<std::size_t>(count);
    if (got < one.length) short_ones.push_back({0, one.at + got, one.length - got});
  }
  for (const Asked& one : short_ones) {
    RETURN_IF_ERROR(FillRest(offset + one.at, into.subspan(one.at, one.length)));
  }
  return {};
}

Result<std::size_t> SftpReader::ReadAt(const Context& ctx, ByteCount offset, ByteSpan into) {
  RETURN_IF_ERROR(ctx.Check());
  if (offset >= look_.size || into.empty()) return 0;
  into = into.first(std::min<ByteCount>(into.size(), look_.size - offset));
  const std::scoped_lock lock(mutex_);
  Retry retry(pool_->retry());
  while (true) {
    Status done = Prepare(ctx);
    if (done) {
      const auto cut = connection_->CutWhenStopped(ctx);
      done = Fill(offset, into);
    }
    if (done) return into.size();
    Drop();  // what was asked for and not taken makes the session useless
    RETURN_IF_ERROR(ctx.Check());
    if (done.error().code != ErrorCode::kUnavailable) return Fail(std::move(done.error()));
    ASSIGN_OR_RETURN(const bool again, retry.Again(ctx));
    if (again) continue;
    done.error().code = ErrorCode::kStorageFailed;
    return Fail(std::move(done.error()));
  }
}

}  // namespace reprise::storage
