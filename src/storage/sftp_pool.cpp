#include "storage/sftp_pool.hpp"

namespace reprise::storage {
namespace {

constexpr std::size_t kMostIdle = 4;

}  // namespace

std::string SftpStore::Pool::PathOf(std::string_view key) const {
  return settings_.folder + "/" + std::string(key);
}

Result<std::unique_ptr<SftpConnection>> SftpStore::Pool::Take(const Context& ctx) {
  RETURN_IF_ERROR(ctx.Check());
  {
    const std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  return SftpConnection::Open(ctx, settings_, secrets_, private_endpoints_);
}

void SftpStore::Pool::Give(std::unique_ptr<SftpConnection> connection) {
  if (connection == nullptr || !connection->IsWell()) return;
  const std::scoped_lock lock(mutex_);
  if (idle_.size() < kMostIdle) idle_.push_back(std::move(connection));
}

Status SftpStore::Pool::Run(const Context& ctx, const Work& work) {
  Retry retry(retry_);
  while (true) {
    auto connection = Take(ctx);
    Status done;
    if (connection) {
      const auto cut = (*connection)->CutWhenStopped(ctx);
      done = work(**connection);
    } else {
      done = Fail(connection.error());
    }
    RETURN_IF_ERROR(ctx.Check());
    if (done || done.error().code != ErrorCode::kUnavailable) {
      if (connection) Give(std::move(*connection));
      return done;
    }
    ASSIGN_OR_RETURN(const bool again, retry.Again(ctx));
    if (again) continue;
    done.error().code = ErrorCode::kStorageFailed;
    return done;
  }
}

Result<SftpLook> LookAt(SftpConnection& connection, const std::string& path) {
  sftp_attributes found = sftp_stat(connection.sftp(), path.c_str());
  if (found == nullptr) return Fail(connection.ErrorOf("looking at " + path));
  const SftpLook look{found->size, found->mtime, found->type == SSH_FILEXFER_TYPE_DIRECTORY};
  sftp_attributes_free(found);
  return look;
}

}  // namespace reprise::storage
