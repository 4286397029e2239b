#include "backup/open_upload.hpp"

#include "storage/sealed_reader.hpp"

namespace reprise::backup {
namespace {

// Bytes that were taken from a stream, then what it still has.
class JoinedReader final : public ByteReader {
 public:
  JoinedReader(std::string first, ByteReader& rest) : first_(std::move(first)), rest_(rest) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    ASSIGN_OR_RETURN(const std::size_t count, first_.Read(ctx, into));
    return count > 0 ? Result<std::size_t>(count) : rest_.Read(ctx, into);
  }

 private:
  StringReader first_;
  ByteReader& rest_;
};

}  // namespace

Result<std::unique_ptr<ByteReader>> OpenUpload(const Context& ctx, const ArchiveKeys* keys,
                                               const domain::OrganizationId& organization,
                                               ByteReader& archive) {
  std::string first(storage::kSealedMagic.size(), '\0');
  ASSIGN_OR_RETURN(const std::size_t count,
                   ReadFull(ctx, archive, std::as_writable_bytes(std::span(first))));
  first.resize(count);
  if (!storage::LooksSealed(first)) {
    return std::make_unique<JoinedReader>(std::move(first), archive);
  }
  if (keys == nullptr) {
    return Fail(ErrorCode::kFormatUnsupported, "the upload is a sealed archive",
                "decrypt it first: reprise decrypt");
  }
  const auto ring = keys->RingOf(organization);
  return storage::UnsealStream(ctx, archive, std::move(first), *ring);
}

}  // namespace reprise::backup
