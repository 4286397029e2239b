// The directory of a zip, and each entry that it names.

#include "archive/zip_directory.hpp"
#include "input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  StringSource source(fuzz::TextOf(data, size));
  const auto entries = archive::ReadZipDirectory(Context(), source);
  if (!entries) return 0;
  for (const archive::ZipEntry& entry : *entries) {
    fuzz::Require(entry.header_offset < size && entry.end_limit <= size);
    if (const auto reader = archive::OpenZipEntry(Context(), source, entry)) {
      fuzz::ReadThrough(**reader);
    }
  }
  return 0;
}
