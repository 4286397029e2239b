#pragma once

#include <mutex>

#include "storage/ftp_talk.hpp"

namespace reprise::storage {

struct FtpAnswer {
  std::string said;  // the server's last line
  std::string list;
  ByteCount size = 0;  // of kLook
};

// FTP to a storage server (libcurl): passive, binary, absolute paths, kept connections, each
// address looked at before it is connected to. Thread-safe.
class FtpClient {
 public:
  FtpClient(FtpSettings settings, FtpSecrets secrets, PrivateEndpoints private_endpoints,
            RetryPolicy retry)
      : settings_(std::move(settings)),
        secrets_(std::move(secrets)),
        private_endpoints_(private_endpoints),
        retry_(retry) {}
  ~FtpClient();
  FtpClient(const FtpClient&) = delete;
  FtpClient& operator=(const FtpClient&) = delete;

  // Once; errors as FtpErrorOf tells them.
  [[nodiscard]] Result<FtpAnswer> Send(const Context& ctx, const FtpCall& call);
  // Again when it may be better; kStorageFailed when it does not become better.
  [[nodiscard]] Result<FtpAnswer> Call(const Context& ctx, const FtpCall& call);

  [[nodiscard]] std::string PathOf(std::string_view key) const;
  // The command that fails when the storage's folder is not there: what is missing then is not
  // gone.
  [[nodiscard]] std::string EnterFolder() const { return "CWD " + settings_.folder; }
  [[nodiscard]] std::vector<std::string> Folder() const { return {EnterFolder()}; }

  [[nodiscard]] const FtpSettings& settings() const { return settings_; }
  [[nodiscard]] const FtpSecrets& secrets() const { return secrets_; }
  [[nodiscard]] PrivateEndpoints private_endpoints() const { return private_endpoints_; }
  [[nodiscard]] const RetryPolicy& retry() const { return retry_; }

 private:
  [[nodiscard]] CURL* Take();
  void Give(CURL* easy);

  const FtpSettings settings_;
  const FtpSecrets secrets_;
  const PrivateEndpoints private_endpoints_;
  const RetryPolicy retry_;
  std::mutex mutex_;
  std::vector<CURL*> idle_;
};

// Commands as libcurl takes them.
class FtpCommands {
 public:
  explicit FtpCommands(const std::vector<std::string>& commands) {
    for (const std::string& one : commands) list_ = curl_slist_append(list_, one.c_str());
  }
  ~FtpCommands() { curl_slist_free_all(list_); }
  FtpCommands(const FtpCommands&) = delete;
  FtpCommands& operator=(const FtpCommands&) = delete;
  [[nodiscard]] curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

// What a file looks like: by this it is known again.
struct FtpLook {
  ByteCount size = 0;
  std::string modified;  // as MDTM tells it: "20261126145500", perhaps with a fraction
  bool operator==(const FtpLook&) const = default;
};
// kNotFound when there is no such file, but kStorageFailed when the storage's folder is missing.
[[nodiscard]] Result<FtpLook> LookAt(const Context& ctx, FtpClient& client,
                                     const std::string& path);
// What MDTM said, without its code; kStorageFailed when the server does not know it.
[[nodiscard]] Result<std::string> ModifiedIn(const FtpAnswer& answer);

}  // namespace reprise::storage
