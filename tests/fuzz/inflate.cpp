// Packed data: the first byte says how it is wrapped.

#include "archive/inflate.hpp"
#include "archive/zstd_reader.hpp"
#include "input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  using archive::DeflateWrapping;
  if (size == 0) return 0;
  auto bytes = std::make_unique<StringReader>(fuzz::TextOf(data + 1, size - 1));
  if (data[0] % 4 == 3) {
    fuzz::ReadThrough(*archive::MakeZstdReader(std::move(bytes)));
    return 0;
  }
  constexpr std::array kWrappings = {DeflateWrapping::kRaw, DeflateWrapping::kGzip,
                                     DeflateWrapping::kZlib};
  archive::InflateReader inflated(std::move(bytes), kWrappings.at(data[0] % 4));
  fuzz::ReadThrough(inflated);
  return 0;
}
