#include "storage/ftp_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/id.hpp"

namespace reprise::storage {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLaterSecond{1100};
constexpr std::chrono::seconds kCleanUp{30};
constexpr std::string_view kTemporary = ".part~";

// Trouble that was tried again often enough, or cannot be.
Status NotAgain(Status status) {
  if (!status && status.error().code == ErrorCode::kUnavailable) {
    status.error().code = ErrorCode::kStorageFailed;
  }
  return status;
}

}  // namespace

bool FtpWriter::IsTemporaryName(std::string_view name) { return name.ends_with(kTemporary); }

FtpWriter::FtpWriter(std::shared_ptr<FtpClient> client, std::string path)
    : client_(std::move(client)),
      path_(std::move(path)),
      temporary_(fmt::format("{}.{}{}", path_, RandomHex(6), kTemporary)),
      before_(FoldersToMake()) {}

FtpWriter::~FtpWriter() {
  transfer_.Hang();
  if (!is_there_) return;
  // Not with the caller's context, which may be the very reason why it is not closed.
  const Context ctx = Context().WithTimeout(kCleanUp);
  [[maybe_unused]] const auto removed =
      client_->Send(ctx, {.what = "removing " + temporary_, .before = {"*DELE " + temporary_}});
}

std::vector<std::string> FtpWriter::FoldersToMake() const {
  const std::string& folder = client_->settings().folder;
  std::vector<std::string> commands = {client_->EnterFolder()};
  const std::size_t own = folder == "/" ? 0 : folder.size();
  for (std::size_t slash = path_.find('/', own + 1); slash != std::string::npos;
       slash = path_.find('/', slash + 1)) {
    commands.push_back("*MKD " + path_.substr(0, slash));
  }
  return commands;
}

std::size_t FtpWriter::OnRead(char* into, std::size_t size, std::size_t count, void* user) {
  auto& self = *static_cast<FtpWriter*>(user);
  self.started_ = true;
  if (self.pending_.empty() && !self.at_end_) {
    self.transfer_.Paused();
    return CURL_READFUNC_PAUSE;
  }
  const std::size_t taken = std::min(size * count, self.pending_.size());
  if (taken > 0) std::memcpy(into, self.pending_.data(), taken);
  self.pending_ = self.pending_.subspan(taken);
  self.sent_ += taken;
  self.transfer_.Moved();
  return taken;
}

Status FtpWriter::Begin(const Context& ctx) {
  started_ = false;
  CURL* easy = transfer_.Begin(temporary_, before_);
  if (easy == nullptr) return Fail(ErrorCode::kInternal, "no FTP connection can be made");
  curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, &OnRead);
  curl_easy_setopt(easy, CURLOPT_READDATA, static_cast<void*>(this));
  is_there_ = true;
  return transfer_.Drive(ctx, "writing " + path_, [this] { return started_; });
}

Status FtpWriter::Start(const Context& ctx) {
  const auto there = LookAt(ctx, *client_, path_);
  looked_at_ = steady_clock::now();
  if (!there && there.error().code != ErrorCode::kNotFound) return Fail(there.error());
  replaces_ = there.has_value();
  Retry retry(client_->retry());
  while (true) {
    Status begun = Begin(ctx);
    if (begun || begun.error().code != ErrorCode::kUnavailable) return begun;
    ASSIGN_OR_RETURN(const bool again, retry.Again(ctx));
    if (!again) return NotAgain(std::move(begun));
  }
}

Status FtpWriter::Feed(const Context& ctx, ConstByteSpan bytes) {
  if (bytes.empty()) return {};
  pending_ = bytes;
  Status taken = transfer_.Drive(ctx, "writing " + path_, [this] { return pending_.empty(); });
  pending_ = {};
  return NotAgain(std::move(taken));
}

Status FtpWriter::Write(const Context& ctx, ConstByteSpan bytes) {
  RETURN_IF_ERROR(ctx.Check());
  if (!replaces_ || bytes.empty()) return Feed(ctx, bytes);
  if (last_) {
    const std::byte one = *last_;
    RETURN_IF_ERROR(Feed(ctx, {&one, 1}));
  }
  last_ = bytes.back();
  return Feed(ctx, bytes.first(bytes.size() - 1));
}

Status FtpWriter::Close(const Context& ctx) {
  RETURN_IF_ERROR(ctx.Check());
  if (last_) {
    const auto gone =
        std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - looked_at_);
    if (gone < kLaterSecond) RETURN_IF_ERROR(ctx.Sleep(kLaterSecond - gone));
    const std::byte one = *last_;
    RETURN_IF_ERROR(Feed(ctx, {&one, 1}));
  }
  at_end_ = true;
  RETURN_IF_ERROR(
      NotAgain(transfer_.Drive(ctx, "writing " + path_, [this] { return transfer_.IsWhole(); })));
  transfer_.Hang();
  ASSIGN_OR_RETURN(const FtpLook look, LookAt(ctx, *client_, temporary_));
  if (look.size != sent_) {
    return Fail(ErrorCode::kStorageFailed,
                fmt::format("{} bytes of {} were sent, the server has {}", sent_, path_, look.size),
                "its disk may be full, or a proxy on the way alters what is sent");
  }
  return MoveIntoPlace(ctx);
}

Status FtpWriter::Rename(const Context& ctx, const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(
      client_->Send(ctx, {.what = "renaming to " + to, .before = {"RNFR " + from, "RNTO " + to}}));
  return {};
}

// A line may be cut after the server has renamed and before it has said so.
Status FtpWriter::MoveIntoPlace(const Context& ctx) {
  Retry retry(client_->retry());
  while (true) {
    Status moved = Rename(ctx, temporary_, path_);
    if (!moved) {
      RETURN_IF_ERROR(ctx.Check());
      const auto still = LookAt(ctx, *client_, temporary_);
      if (!still && still.error().code == ErrorCode::kNotFound) {
        const auto there = LookAt(ctx, *client_, path_);
        if (there && there->size == sent_) moved = {};
      } else if (moved.error().code != ErrorCode::kUnavailable) {
        moved = ReplaceByHand(ctx, moved.error());
      }
    }
    if (moved) {
      is_there_ = false;
      return {};
    }
    if (moved.error().code != ErrorCode::kUnavailable) return moved;
    ASSIGN_OR_RETURN(const bool again, retry.Again(ctx));
    if (!again) return NotAgain(std::move(moved));
  }
}

// Some servers rename over no file that is there: that one steps aside, and comes back when the new
// one cannot take its place.
Status FtpWriter::ReplaceByHand(const Context& ctx, const Error& failure) {
  if (!LookAt(ctx, *client_, path_)) return Fail(failure);
  const std::string aside = fmt::format("{}.{}.aside~", path_, RandomHex(6));
  RETURN_IF_ERROR(Rename(ctx, path_, aside));
  if (Status moved = Rename(ctx, temporary_, path_); !moved) {
    [[maybe_unused]] const Status back = Rename(ctx, aside, path_);
    return moved;
  }
  [[maybe_unused]] const auto removed =
      client_->Send(ctx, {.what = "removing " + aside, .before = {"*DELE " + aside}});
  return {};
}

}  // namespace reprise::storage
