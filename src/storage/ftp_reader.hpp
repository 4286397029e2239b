#pragma once

#include "storage/ftp_transfer.hpp"

namespace reprise::storage {

// A file of an FTP server from some byte on, as it comes. One thread at a time.
class FtpStream {
 public:
  FtpStream(std::shared_ptr<FtpClient> client, std::string path, FtpLook look)
      : client_(std::move(client)), path_(std::move(path)), look_(std::move(look)) {}
  FtpStream(const FtpStream&) = delete;
  FtpStream& operator=(const FtpStream&) = delete;
  ~FtpStream() = default;

  // The byte that comes next.
  [[nodiscard]] ByteCount next() const { return next_; }
  // Fills `into` from `offset`, after next() or elsewhere, with bytes of the file as `look` tells
  // it.
  [[nodiscard]] Status ReadAt(const Context& ctx, ByteCount offset, ByteSpan into);

 private:
  static std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* user);
  [[nodiscard]] Status Start(const Context& ctx, ByteCount offset);
  [[nodiscard]] Status Pull(const Context& ctx, ByteSpan into);
  [[nodiscard]] Status Skip(const Context& ctx, ByteCount count);
  void Take(ConstByteSpan bytes);

  const std::shared_ptr<FtpClient> client_;
  const std::string path_;
  const FtpLook look_;
  const FtpCommands none_{{}};
  ByteCount next_ = ~ByteCount{0};
  ByteSpan wanted_;              // still to be filled
  std::vector<std::byte> held_;  // came and was not wanted yet
  FtpTransfer transfer_{*client_};
};

// A file of an FTP server, read as it was when it was opened, or an error. libcurl gives up a
// connection whose transfer it breaks off, so that a range costs a login: transfers are left open,
// a few of them, and whoever reads on where one stands goes on with it. Thread-safe.
class FtpReader final : public RandomReader {
 public:
  FtpReader(std::shared_ptr<FtpClient> client, std::string path, FtpLook look)
      : client_(std::move(client)), path_(std::move(path)), look_(std::move(look)) {}

  [[nodiscard]] ByteCount size() const override { return look_.size; }
  [[nodiscard]] Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset,
                                           ByteSpan into) override;

 private:
  [[nodiscard]] std::unique_ptr<FtpStream> Take(ByteCount offset);
  void Give(std::unique_ptr<FtpStream> stream);

  const std::shared_ptr<FtpClient> client_;
  const std::string path_;
  const FtpLook look_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<FtpStream>> idle_;  // the last used one last
};

}  // namespace reprise::storage
