#include "base/id.hpp"

#include <sys/random.h>

#include <array>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <cstdlib>

namespace reprise {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string Hex(const unsigned char* bytes, std::size_t count) {
  std::string text;
  text.reserve(count * 2);
  for (std::size_t i = 0; i < count; ++i) {
    text.push_back(kHexDigits[bytes[i] >> 4U]);
    text.push_back(kHexDigits[bytes[i] & 0xFU]);
  }
  return text;
}

void FillRandom(unsigned char* into, std::size_t count) {
  while (count > 0) {
    const ssize_t got = getrandom(into, count, 0);
    if (got < 0) std::abort();  // no randomness: nothing safe can follow
    into += got;
    count -= static_cast<std::size_t>(got);
  }
}

}  // namespace

std::string NewUuid() {
  std::array<unsigned char, 16> bytes{};
  FillRandom(bytes.data(), bytes.size());
  auto millis = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                               std::chrono::system_clock::now().time_since_epoch())
                                               .count());
  for (std::size_t i = 6; i-- > 0;) {
    bytes.at(i) = static_cast<unsigned char>(millis & 0xFFU);
    millis >>= 8U;
  }
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x70U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  std::string text = Hex(bytes.data(), bytes.size());
  for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, 1, '-');
  return text;
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen != (text[i] == '-')) return false;
    if (!hyphen && std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

std::string RandomHex(std::size_t bytes) {
  std::basic_string<unsigned char> raw(bytes, 0);
  FillRandom(raw.data(), raw.size());
  return Hex(raw.data(), raw.size());
}

}  // namespace reprise
