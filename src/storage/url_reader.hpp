#pragma once

#include <memory>
#include <optional>
#include <string>

#include "storage/url_source.hpp"

namespace reprise::storage {

class UrlCall;

// What lies at an address, as a stream. Redirects are followed, each by the same rules. A line that
// breaks is taken up where it broke when the server says by ETag or Last-Modified that it still has
// the same, and can begin in the middle. Used by one thread at a time.
class UrlReader final : public ByteReader {
 public:
  // Asks for it. kNotFound; kPermissionDenied when the server wants other credentials, or it stands
  // where `rules` do not allow; kPayloadTooLarge; kUnavailable after all retries.
  [[nodiscard]] static Result<std::unique_ptr<UrlReader>> Open(const Context& ctx, UrlSource source,
                                                               UrlRules rules);
  // Use Open().
  UrlReader(UrlSource source, UrlRules rules);
  ~UrlReader() override;

  // As the server has announced it.
  [[nodiscard]] std::optional<ByteCount> size() const { return size_; }
  [[nodiscard]] ByteCount offset() const { return offset_; }
  // kArchiveCorrupt when the line broke and the server cannot go on from there.
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override;
  // Whether that was why it failed: reading it from its begin anew may help.
  [[nodiscard]] bool BrokeOff() const { return broke_off_; }

 private:
  [[nodiscard]] Result<std::unique_ptr<UrlCall>> Follow(const Context& ctx) const;
  [[nodiscard]] Status Connect(const Context& ctx);
  [[nodiscard]] Status ConnectPatiently(const Context& ctx);
  [[nodiscard]] Status Begin(const UrlCall& call);
  [[nodiscard]] Status GoOn(const UrlCall& call);
  [[nodiscard]] Status TakeUp(const Context& ctx, Error broken);
  [[nodiscard]] Error CutOff(std::string_view why);

  const UrlSource source_;
  const UrlRules rules_;
  std::unique_ptr<UrlCall> call_;
  std::optional<ByteCount> size_;
  std::string validator_;  // for If-Range; empty: none
  ByteCount offset_ = 0;
  ByteCount broken_at_ = 0;
  int breaks_ = 0;  // one after the other without much that came in between
  bool broke_off_ = false;
};

}  // namespace reprise::storage
