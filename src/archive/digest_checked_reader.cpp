#include "archive/digest_checked_reader.hpp"

#include <fmt/format.h>

#include "base/hash.hpp"

#include "archive/hints.hpp"

namespace reprise::archive {
namespace {

class DigestCheckedReader final : public ByteReader {
 public:
  DigestCheckedReader(std::unique_ptr<ByteReader> from, std::string name, std::string expected)
      : from_(std::move(from)), name_(std::move(name)), expected_(std::move(expected)) {}

  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    if (ended_) return 0;
    ASSIGN_OR_RETURN(const std::size_t count, from_->Read(ctx, into));
    hasher_.Update(into.first(count));
    if (count > 0) return count;
    ended_ = true;
    const std::string digest = hasher_.Finish();
    if (digest == expected_) return 0;
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("{} is not what the manifest promises: its sha256 is {} instead of {}",
                            name_, digest, expected_),
                kDamagedHint);
  }

 private:
  std::unique_ptr<ByteReader> from_;
  std::string name_;
  std::string expected_;
  Hasher hasher_{HashKind::kSha256};
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<ByteReader> CheckDigest(std::unique_ptr<ByteReader> from, std::string name,
                                        std::string expected) {
  return std::make_unique<DigestCheckedReader>(std::move(from), std::move(name),
                                               std::move(expected));
}

}  // namespace reprise::archive
