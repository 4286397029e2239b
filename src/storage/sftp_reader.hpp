#pragma once

#include <mutex>

#include "storage/sftp_pool.hpp"

namespace reprise::storage {

// An open file of a host with SFTP: what is read is what was there when it was opened.
class SftpReader final : public RandomReader {
 public:
  SftpReader(std::shared_ptr<SftpStore::Pool> pool, std::string path, SftpLook look)
      : pool_(std::move(pool)), path_(std::move(path)), look_(look) {}
  ~SftpReader() override { Drop(); }
  SftpReader(const SftpReader&) = delete;
  SftpReader& operator=(const SftpReader&) = delete;

  [[nodiscard]] ByteCount size() const override { return look_.size; }
  [[nodiscard]] Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset,
                                           ByteSpan into) override;
  // Opens the file; kStorageFailed when it is not the one that was opened first.
  [[nodiscard]] Status Prepare(const Context& ctx);

 private:
  [[nodiscard]] Status Fill(ByteCount offset, ByteSpan into);
  [[nodiscard]] Status FillRest(ByteCount offset, ByteSpan into);
  void Drop();

  std::shared_ptr<SftpStore::Pool> pool_;
  const std::string path_;
  const SftpLook look_;
  std::mutex mutex_;
  std::unique_ptr<SftpConnection> connection_;
  sftp_file file_ = nullptr;
};

}  // namespace reprise::storage
