#pragma once

#include <chrono>

#include "storage/ftp_transfer.hpp"

namespace reprise::storage {

// A file being sent to an FTP server under a temporary name. One connection of its own.
class FtpWriter final : public ByteWriter {
 public:
  FtpWriter(std::shared_ptr<FtpClient> client, std::string path);
  ~FtpWriter() override;
  FtpWriter(const FtpWriter&) = delete;
  FtpWriter& operator=(const FtpWriter&) = delete;

  // Makes the folders below the storage's and begins; ok when the server takes bytes.
  [[nodiscard]] Status Start(const Context& ctx);
  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override;
  [[nodiscard]] Status Close(const Context& ctx) override;

  // What a broken-off write may leave: no key is like it.
  [[nodiscard]] static bool IsTemporaryName(std::string_view name);

 private:
  static std::size_t OnRead(char* into, std::size_t size, std::size_t count, void* user);
  [[nodiscard]] Status Begin(const Context& ctx);
  // Sends `bytes`; what is sent is not kept, so that a cut line ends it.
  [[nodiscard]] Status Feed(const Context& ctx, ConstByteSpan bytes);
  [[nodiscard]] std::vector<std::string> FoldersToMake() const;
  [[nodiscard]] Status Rename(const Context& ctx, const std::string& from, const std::string& to);
  [[nodiscard]] Status MoveIntoPlace(const Context& ctx);
  [[nodiscard]] Status ReplaceByHand(const Context& ctx, const Error& failure);

  const std::shared_ptr<FtpClient> client_;
  const std::string path_;
  const std::string temporary_;
  const FtpCommands before_;
  ConstByteSpan pending_;
  ByteCount sent_ = 0;
  bool started_ = false;
  bool at_end_ = false;
  bool is_there_ = false;  // perhaps something under the temporary name
  FtpTransfer transfer_{*client_};

  // Where there is a file already, the new one's time must be a later second than the old one's, or
  // a reader could not tell them apart: the last byte waits for that.
  bool replaces_ = false;
  std::chrono::steady_clock::time_point looked_at_;
  std::optional<std::byte> last_;
};

}  // namespace reprise::storage
