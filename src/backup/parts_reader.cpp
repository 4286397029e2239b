#include "backup/parts_reader.hpp"

#include <fmt/format.h>

namespace reprise::backup {

Status PartsReader::OpenNext(const Context& ctx) {
  const catalog::UploadStore::Part& part = parts_[next_++];
  ASSIGN_OR_RETURN(object_, store_.Open(ctx, part.address));
  if (object_->size() != part.bytes || part.begin != done_) {
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("the part of the upload that begins at byte {} has {} bytes in the "
                            "storage, not {} as arrived",
                            part.begin, object_->size(), part.bytes),
                "upload it again, and find out who changes files in the storage");
  }
  part_ = std::make_unique<RangeReader>(*object_, 0, part.bytes);
  return {};
}

Result<std::size_t> PartsReader::Read(const Context& ctx, ByteSpan into) {
  while (true) {
    if (part_) {
      ASSIGN_OR_RETURN(const std::size_t count, part_->Read(ctx, into));
      done_ += count;
      if (count > 0) {
        on_read_(done_);
        return count;
      }
      if (into.empty()) return std::size_t{0};
      part_.reset();
    }
    if (next_ == parts_.size()) return std::size_t{0};
    RETURN_IF_ERROR(OpenNext(ctx));
  }
}

}  // namespace reprise::backup
