#include "archive/crc32.hpp"

#include <isa-l/crc.h>

#include <array>

namespace reprise::archive {
namespace {

// Polynomials over GF(2) modulo that of the checksum, the highest power in the lowest bit.
constexpr std::uint32_t kPolynomial = 0xedb88320;
constexpr std::uint32_t kOne = std::uint32_t{1} << 31U;

constexpr std::uint32_t Multiply(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (std::uint32_t bit = kOne; bit != 0; bit >>= 1U) {
    if ((a & bit) != 0) product ^= b;
    b = (b & 1U) != 0 ? (b >> 1U) ^ kPolynomial : b >> 1U;
  }
  return product;
}

// x to the powers 1, 2, 4, 8, …
constexpr auto kPowers = [] {
  std::array<std::uint32_t, 67> powers{kOne >> 1U};
  for (std::size_t i = 1; i < powers.size(); ++i) {
    powers.at(i) = Multiply(powers.at(i - 1), powers.at(i - 1));
  }
  return powers;
}();

}  // namespace

std::uint32_t Crc32(std::uint32_t crc, ConstByteSpan bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): isa-l takes unsigned char
  const auto* octets = reinterpret_cast<const unsigned char*>(bytes.data());
  return crc32_gzip_refl(crc, octets, bytes.size());
}

std::uint32_t CombineCrc32(std::uint32_t first, std::uint32_t second, ByteCount second_bytes) {
  // The first text is followed by as many zero bits as the second has: times x to that power.
  std::uint32_t shift = kOne;
  for (std::size_t power = 3; second_bytes != 0; second_bytes >>= 1U, ++power) {
    if ((second_bytes & 1U) != 0) shift = Multiply(kPowers.at(power), shift);
  }
  return Multiply(shift, first) ^ second;
}

}  // namespace reprise::archive
