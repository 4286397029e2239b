#include "storage/sealed_store.hpp"

#include "storage/sealed_reader.hpp"

namespace reprise::storage {
namespace {

class SealedWriter final : public ObjectWriter {
 public:
  SealedWriter(std::unique_ptr<ObjectWriter> inner, SegmentCipher cipher, std::size_t segment_bytes)
      : inner_(std::move(inner)), cipher_(std::move(cipher)), segment_bytes_(segment_bytes) {}

  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override {
    RETURN_IF_ERROR(ctx.Check());
    while (!bytes.empty()) {
      // A full segment is kept until more comes: it may be the last one.
      if (held_.size() == segment_bytes_) RETURN_IF_ERROR(Put(ctx, SegmentPlace::kInside));
      const std::size_t count = std::min(bytes.size(), segment_bytes_ - held_.size());
      held_ += TextOf(bytes.first(count));
      bytes = bytes.subspan(count);
    }
    return {};
  }

  [[nodiscard]] Status Close(const Context& ctx) override {
    RETURN_IF_ERROR(Put(ctx, SegmentPlace::kLast));
    return inner_->Close(ctx);
  }

 private:
  Status Put(const Context& ctx, SegmentPlace place) {
    const std::string sealed = cipher_.Seal(BytesOf(held_), number_++, place);
    held_.clear();
    return inner_->Write(ctx, BytesOf(sealed));
  }

  const std::unique_ptr<ObjectWriter> inner_;
  const SegmentCipher cipher_;
  const std::size_t segment_bytes_;
  std::string held_;
  std::uint64_t number_ = 0;
};

}  // namespace

Result<std::unique_ptr<ObjectWriter>> SealedStore::Create(const Context& ctx,
                                                          std::string_view key) {
  ASSIGN_OR_RETURN(std::unique_ptr<ObjectWriter> inner, inner_->Create(ctx, key));
  if (!IsSealed(key)) return inner;
  ASSIGN_OR_RETURN(const ArchiveKey archive_key, keys_->Newest(ctx));
  SealedHeader header;
  SegmentCipher cipher = SegmentCipher::ForNew(archive_key, key, options_.segment_log2, header);
  RETURN_IF_ERROR(inner->Write(ctx, BytesOf(header.bound + header.wrapped)));
  return std::make_unique<SealedWriter>(std::move(inner), std::move(cipher),
                                        static_cast<std::size_t>(header.segment_bytes()));
}

Result<std::unique_ptr<RandomReader>> SealedStore::Open(const Context& ctx, std::string_view key) {
  ASSIGN_OR_RETURN(std::unique_ptr<RandomReader> inner, inner_->Open(ctx, key));
  if (!IsSealed(key)) return inner;
  return OpenSealed(ctx, std::move(inner), *keys_, key);
}

Result<ObjectInfo> SealedStore::Stat(const Context& ctx, std::string_view key) {
  ASSIGN_OR_RETURN(ObjectInfo info, inner_->Stat(ctx, key));
  if (!IsSealed(key)) return info;
  ASSIGN_OR_RETURN(const auto inner, inner_->Open(ctx, key));
  ASSIGN_OR_RETURN(const SealedHeader header, ReadSealedHeader(ctx, *inner));
  ASSIGN_OR_RETURN(const SealedExtent extent, ExtentOf(header, inner->size()));
  info.size = extent.plain_bytes;
  return info;
}

Result<std::vector<ObjectInfo>> SealedStore::List(const Context& ctx, std::string_view prefix) {
  return inner_->List(ctx, prefix);
}

Status SealedStore::Delete(const Context& ctx, std::string_view key) {
  return inner_->Delete(ctx, key);
}

Result<std::optional<ByteCount>> SealedStore::FreeSpace(const Context& ctx) {
  return inner_->FreeSpace(ctx);
}

Result<std::optional<std::string>> SealedStore::Presign(const Context& ctx, std::string_view key,
                                                        const PresignOptions& options) {
  if (IsSealed(key)) return std::nullopt;
  return inner_->Presign(ctx, key, options);
}

Result<std::size_t> SealedStore::RemoveAbandoned(const Context& ctx, Instant before) {
  return inner_->RemoveAbandoned(ctx, before);
}

}  // namespace reprise::storage
