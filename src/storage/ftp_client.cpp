#include "storage/ftp_client.hpp"

#include <fmt/format.h>

namespace reprise::storage {
namespace {

constexpr std::size_t kMostIdle = 4;

}  // namespace

FtpClient::~FtpClient() {
  for (CURL* easy : idle_) curl_easy_cleanup(easy);
}

CURL* FtpClient::Take() {
  const std::scoped_lock lock(mutex_);
  if (idle_.empty()) return curl_easy_init();
  CURL* easy = idle_.back();
  idle_.pop_back();
  return easy;
}

void FtpClient::Give(CURL* easy) {
  curl_easy_reset(easy);  // keeps its connection
  {
    const std::scoped_lock lock(mutex_);
    if (idle_.size() < kMostIdle) {
      idle_.push_back(easy);
      return;
    }
  }
  curl_easy_cleanup(easy);
}

std::string FtpClient::PathOf(std::string_view key) const {
  return fmt::format("{}{}{}", settings_.folder, settings_.folder == "/" ? "" : "/", key);
}

Result<FtpAnswer> FtpClient::Send(const Context& ctx, const FtpCall& call) {
  RETURN_IF_ERROR(ctx.Check());
  CURL* easy = Take();
  if (easy == nullptr) return Fail(ErrorCode::kInternal, "no FTP connection can be made");
  FtpTalk talk{.ctx = &ctx, .private_endpoints = private_endpoints_};
  SetUpFtp(easy, talk, settings_, secrets_, call.path);
  const FtpCommands before(call.before);
  const FtpCommands after(call.after);
  curl_easy_setopt(easy, CURLOPT_QUOTE, before.get());
  curl_easy_setopt(easy, CURLOPT_POSTQUOTE, after.get());
  if (call.kind != FtpCall::Kind::kList) curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  if (!call.list_command.empty()) {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call.list_command.c_str());
  }
  const CURLcode code = curl_easy_perform(easy);
  FtpAnswer answer{talk.said, std::move(talk.list)};
  curl_off_t size = 0;
  curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
  answer.size = size > 0 ? static_cast<ByteCount>(size) : 0;
  std::optional<Error> failure;
  if (code != CURLE_OK) {
    failure = FtpErrorOf(easy, code, talk, settings_, call.what);
    long refusal = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &refusal);
    if (call.refusal != nullptr) *call.refusal = static_cast<int>(refusal);
    if (code == CURLE_QUOTE_ERROR && refusal == 550 && call.before == Folder()) {
      failure =
          Error{ErrorCode::kStorageFailed,
                fmt::format("the folder {} is not there on {}", settings_.folder, settings_.host),
                "make it, or correct its name: a missing one may be a disk that is not "
                "mounted"};
    }
  }
  Give(easy);
  if (!failure) return answer;
  RETURN_IF_ERROR(ctx.Check());
  return Fail(std::move(*failure));
}

Result<FtpAnswer> FtpClient::Call(const Context& ctx, const FtpCall& call) {
  Retry retry(retry_);
  while (true) {
    auto answer = Send(ctx, call);
    if (answer || answer.error().code != ErrorCode::kUnavailable) return answer;
    ASSIGN_OR_RETURN(const bool again, retry.Again(ctx));
    if (again) continue;
    answer.error().code = ErrorCode::kStorageFailed;
    answer.error().message += fmt::format(" (tried {} times)", retry.attempt());
    return answer;
  }
}

Result<std::string> ModifiedIn(const FtpAnswer& answer) {
  if (answer.said.starts_with("213 ")) return answer.said.substr(4);
  return Fail(ErrorCode::kStorageFailed,
              fmt::format("the server does not tell when a file was changed: \"{}\"", answer.said),
              "a server without MDTM cannot be used: an archive could not be told from one that "
              "has taken its place");
}

Result<FtpLook> LookAt(const Context& ctx, FtpClient& client, const std::string& path) {
  ASSIGN_OR_RETURN(const FtpAnswer answer, client.Call(ctx, {.kind = FtpCall::Kind::kLook,
                                                             .what = "looking at " + path,
                                                             .path = path,
                                                             .before = client.Folder(),
                                                             .after = {"*MDTM " + path}}));
  ASSIGN_OR_RETURN(std::string modified, ModifiedIn(answer));
  return FtpLook{answer.size, std::move(modified)};
}

}  // namespace reprise::storage
