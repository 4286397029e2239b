#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/stream.hpp"

namespace reprise::archive {

// The files that a dump's attachments name, gathered as the dump passes: from the COPY of
// ir_attachment, of which only two columns are kept. One thread.
class AttachmentScanner {
 public:
  // By store_fname, with the size that the row says, if it does.
  using Files = std::map<std::string, std::optional<ByteCount>, std::less<>>;

  // Whether this statement copies attachments; then Feed takes what follows it.
  [[nodiscard]] bool Begin(std::string_view copy_statement);
  void Feed(std::string_view bytes);

  // Whether the attachments were met at all (a dump of INSERTs has no COPY), and to their end.
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] const Files& files() const { return files_; }

 private:
  static constexpr std::size_t kMostKept = 128;  // of a column; a name has 43 characters
  void EndRow();

  Files files_;
  std::size_t name_column_ = 0;
  std::size_t size_column_ = 0;
  std::size_t column_ = 0;
  std::string first_;
  std::string name_;
  std::string size_;
  bool complete_ = false;
};

// Passes SQL text on, and shows a scanner the attachments in it.
class AttachmentTap final : public ByteReader {
 public:
  AttachmentTap(ByteReader& from, AttachmentScanner& scanner) : from_(from), scanner_(scanner) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override;

 private:
  enum class Place { kOutside, kCopy, kAttachments };
  static constexpr std::size_t kMostHead = 16 * 1024;  // of a line; a COPY names its columns in it
  void See(std::string_view text);
  void EndLine();

  ByteReader& from_;
  AttachmentScanner& scanner_;
  Place place_ = Place::kOutside;
  std::string head_;
};

}  // namespace reprise::archive
