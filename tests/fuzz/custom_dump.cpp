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
  return 0;
}
