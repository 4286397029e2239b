// Tar, unpacked already.

#include "archive/tar_reader.hpp"
#include "input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  StringReader bytes(fuzz::TextOf(data, size));
  archive::TarReader tar(bytes);
  bool reads_content = false;
  while (true) {
    const auto entry = tar.Next(Context());
    if (!entry || !*entry) return 0;
    fuzz::Require((*entry)->kind == archive::TarKind::kFile ||
                  (*entry)->kind == archive::TarKind::kDirectory);
    reads_content = !reads_content;
    if (reads_content) fuzz::ReadThrough(tar.content());
  }
}
