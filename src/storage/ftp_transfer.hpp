#pragma once

#include <functional>

#include "storage/ftp_client.hpp"

namespace reprise::storage {

// A file that goes to or comes from an FTP server as its owner gives or takes bytes, on a
// connection of its own. The owner's callbacks pause it, Drive() goes on. One thread at a time.
class FtpTransfer {
 public:
  explicit FtpTransfer(const FtpClient& client) : client_(client) {}
  ~FtpTransfer() { Hang(); }
  FtpTransfer(const FtpTransfer&) = delete;
  FtpTransfer& operator=(const FtpTransfer&) = delete;

  // A new one, about `path`, after `before`, which must outlive it; more options are the owner's.
  // Nothing is connected to yet. nullptr when there is no memory.
  [[nodiscard]] CURL* Begin(const std::string& path, const FtpCommands& before);
  // Until `reached`, or the end. kUnavailable also when nothing moves for long.
  [[nodiscard]] Status Drive(const Context& ctx, const std::string& what,
                             const std::function<bool()>& reached);
  // Ends it, wherever it is.
  void Hang();

  // To be told by the owner's callbacks: bytes went through; it pauses.
  void Moved() { has_moved_ = true; }
  void Paused() { is_paused_ = true; }
  // Whether it ended, and ended well.
  [[nodiscard]] bool IsWhole() const { return outcome_ == CURLE_OK; }

 private:
  [[nodiscard]] Status Ended(const std::string& what) const;

  const FtpClient& client_;
  FtpTalk talk_;
  CURL* easy_ = nullptr;
  CURLM* multi_ = nullptr;
  bool is_paused_ = false;
  bool has_moved_ = false;
  std::optional<CURLcode> outcome_;
};

}  // namespace reprise::storage
