#include "base/hash.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

namespace reprise {

struct Hasher::State {
  struct Free {
    void operator()(EVP_MD_CTX* digest) const { EVP_MD_CTX_free(digest); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> ctx{EVP_MD_CTX_new()};
  const EVP_MD* algorithm = nullptr;
};

Hasher::Hasher(HashKind kind) : state_(std::make_unique<State>()) {
  state_->algorithm = kind == HashKind::kSha1 ? EVP_sha1() : EVP_sha256();
  EVP_DigestInit_ex(state_->ctx.get(), state_->algorithm, nullptr);
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::Update(ConstByteSpan bytes) {
  EVP_DigestUpdate(state_->ctx.get(), bytes.data(), bytes.size());
}

std::string Hasher::Finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_DigestFinal_ex(state_->ctx.get(), digest.data(), &length);
  EVP_DigestInit_ex(state_->ctx.get(), state_->algorithm, nullptr);
  std::string hex;
  hex.reserve(std::size_t{length} * 2);
  for (unsigned int i = 0; i < length; ++i) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex.push_back(kDigits[digest.at(i) >> 4U]);
    hex.push_back(kDigits[digest.at(i) & 0xFU]);
  }
  return hex;
}

std::string HashOf(HashKind kind, std::string_view text) {
  Hasher hasher(kind);
  hasher.Update(BytesOf(text));
  return hasher.Finish();
}

Status HashingWriter::Write(const Context& ctx, ConstByteSpan bytes) {
  hasher_.Update(bytes);
  count_ += bytes.size();
  return next_.Write(ctx, bytes);
}

Result<std::size_t> HashingReader::Read(const Context& ctx, ByteSpan into) {
  ASSIGN_OR_RETURN(const std::size_t count, from_.Read(ctx, into));
  hasher_.Update(into.first(count));
  count_ += count;
  return count;
}

}  // namespace reprise
