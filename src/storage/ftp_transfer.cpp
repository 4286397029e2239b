#include "storage/ftp_transfer.hpp"

#include <chrono>

namespace reprise::storage {

using std::chrono::steady_clock;

void FtpTransfer::Hang() {
  if (easy_ != nullptr && multi_ != nullptr) curl_multi_remove_handle(multi_, easy_);
  if (easy_ != nullptr) curl_easy_cleanup(easy_);
  if (multi_ != nullptr) curl_multi_cleanup(multi_);
  easy_ = nullptr;
  multi_ = nullptr;
}

CURL* FtpTransfer::Begin(const std::string& path, const FtpCommands& before) {
  Hang();
  talk_ = FtpTalk{.private_endpoints = client_.private_endpoints()};
  outcome_.reset();
  is_paused_ = false;
  easy_ = curl_easy_init();
  multi_ = curl_multi_init();
  if (easy_ == nullptr || multi_ == nullptr) return nullptr;
  SetUpFtp(easy_, talk_, client_.settings(), client_.secrets(), path);
  curl_easy_setopt(easy_, CURLOPT_QUOTE, before.get());
  curl_easy_setopt(easy_, CURLOPT_UPLOAD_BUFFERSIZE, 512L << 10);
  // The owner may take its time; silence of the server is noticed in Drive().
  curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME, 0L);
  curl_multi_add_handle(multi_, easy_);
  return easy_;
}

Status FtpTransfer::Ended(const std::string& what) const {
  // Ended well before it should: what went through is no whole file.
  const CURLcode code = outcome_ == CURLE_OK ? CURLE_PARTIAL_FILE : *outcome_;
  return Fail(FtpErrorOf(easy_, code, talk_, client_.settings(), what));
}

Status FtpTransfer::Drive(const Context& ctx, const std::string& what,
                          const std::function<bool()>& reached) {
  talk_.ctx = &ctx;
  auto heard = steady_clock::now();
  while (true) {
    if (is_paused_) {
      is_paused_ = false;
      curl_easy_pause(easy_, CURLPAUSE_CONT);
    }
    int running = 0;
    has_moved_ = false;
    curl_multi_perform(multi_, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg == CURLMSG_DONE) outcome_ = message->data.result;
    }
    const bool failed = outcome_ && *outcome_ != CURLE_OK;
    if (!failed && reached()) break;
    RETURN_IF_ERROR(ctx.Check());
    if (outcome_) return Ended(what);
    if (has_moved_) heard = steady_clock::now();
    if (steady_clock::now() - heard > client_.settings().silence) {
      return Fail(ErrorCode::kUnavailable, what + ": the server is silent",
                  "see whether it is well, and its disk not full");
    }
    curl_multi_poll(multi_, nullptr, 0, 100, nullptr);
  }
  talk_.ctx = nullptr;
  return {};
}

}  // namespace reprise::storage
