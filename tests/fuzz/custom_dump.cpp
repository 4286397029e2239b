// A pg_dump custom archive, with its attachments.

#include "archive/custom_dump.hpp"
#include "archive/attachment_scanner.hpp"
#include "input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  const std::string dump = fuzz::TextOf(data, size);
  StringReader head(dump);
  const auto contents = archive::ReadCustomDumpToc(Context(), head);
  StringReader whole(dump);
  archive::AttachmentScanner attachments;
  const auto read = archive::ReadCustomDump(Context(), whole, &attachments);
  fuzz::Require(!read || contents);  // who reads it whole has read its head
  // Measuring keeps less, and is told of nothing more than there is.
  StringReader once_more(dump);
  const auto measured = archive::MeasureCustomDump(Context(), once_more, 4096);
  fuzz::Require(!measured || contents);
  ByteCount bytes = 0;
  for (std::size_t i = 0; measured && i < measured->data.size(); ++i) {
    bytes += measured->data[i].bytes.value();
  }
  fuzz::Require(bytes <= size);
  return 0;
}
