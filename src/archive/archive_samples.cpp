#include "archive/archive_samples.hpp"

#include <fmt/format.h>
#include <isa-l/crc.h>
#include <sys/wait.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "archive/little_endian.hpp"
#include "archive/tar_format.hpp"
#include "archive/zip_format.hpp"
#include "base/hash.hpp"
#include "base/id.hpp"
#include "base/testing/tree.hpp"

namespace reprise::archive {
namespace {

template <class Unsigned>
void Put(std::string& bytes, Unsigned value) {
  AppendLittleEndian(bytes, value);
}

std::string Deflate(const std::string& text, int window_bits) {
  z_stream stream = {};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  std::string input = text;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());  // NOLINT: zlib takes Bytef
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());  // NOLINT
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

std::uint32_t Crc(const std::string& text) {
  return crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(text.data()),
                         text.size());  // NOLINT
}

// The fields that local and central headers share.
std::string SharedFields(const RawEntry& entry, const std::string& packed, std::size_t name_size) {
  std::string bytes;
  const std::uint16_t method = entry.method.value_or(entry.deflated ? 8 : 0);
  Put(bytes, std::uint16_t{20});
  Put(bytes, entry.flags);
  Put(bytes, method);
  Put(bytes, std::uint32_t{0});
  Put(bytes, entry.crc32.value_or(Crc(entry.content)));
  Put(bytes, static_cast<std::uint32_t>(packed.size()));
  Put(bytes, entry.size.value_or(static_cast<std::uint32_t>(entry.content.size())));
  Put(bytes, static_cast<std::uint16_t>(name_size));
  Put(bytes, std::uint16_t{0});
  return bytes;
}

}  // namespace

std::string MakeZip(const std::vector<RawEntry>& entries, const std::string& comment) {
  std::string zip;
  std::string directory;
  for (const RawEntry& entry : entries) {
    const std::string packed = entry.deflated ? Deflate(entry.content, -MAX_WBITS) : entry.content;
    const std::string local_name = entry.local_name.value_or(entry.name);
    const auto offset = static_cast<std::uint32_t>(zip.size());
    Put(zip, zip::kLocalHeader);
    zip.append(SharedFields(entry, packed, local_name.size())).append(local_name).append(packed);
    Put(directory, zip::kCentralHeader);
    Put(directory, std::uint16_t{3U << 8U | 20U});
    directory.append(SharedFields(entry, packed, entry.name.size()));
    Put(directory, std::uint16_t{0});
    Put(directory, std::uint32_t{0});
    const bool folder = entry.name.ends_with('/') && entry.mode == RawEntry().mode;
    Put(directory, (folder ? S_IFDIR | 0755 : entry.mode) << 16U);
    Put(directory, entry.offset.value_or(offset));
    directory += entry.name;
  }
  const auto directory_offset = static_cast<std::uint32_t>(zip.size());
  zip += directory;
  Put(zip, zip::kEnd);
  Put(zip, std::uint32_t{0});
  Put(zip, static_cast<std::uint16_t>(entries.size()));
  Put(zip, static_cast<std::uint16_t>(entries.size()));
  Put(zip, static_cast<std::uint32_t>(directory.size()));
  Put(zip, directory_offset);
  Put(zip, static_cast<std::uint16_t>(comment.size()));
  return zip + comment;
}

std::string SqlDump(const std::string& body) {
  return "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 13.16 (Debian)\n\n"
         "SET standard_conforming_strings = on;\n" +
         body + "\n--\n-- PostgreSQL database dump complete\n--\n\n";
}

std::string FilestorePath(const std::string& content) {
  const std::string digest = HashOf(HashKind::kSha1, content);
  return digest.substr(0, 2) + "/" + digest;
}

std::string SomeBytes(std::size_t size, unsigned seed) {
  std::string bytes(size, '\0');
  unsigned value = seed * 2654435761U + 1;
  for (char& c : bytes) {
    value = value * 1664525U + 1013904223U;
    c = static_cast<char>('a' + (value >> 24U) % 17);
  }
  return bytes;
}

std::string MakeTar(const std::vector<RawTarEntry>& entries) {
  std::string tar;
  for (const RawTarEntry& entry : entries) {
    TarBlock header = MakeTarHeader("", entry.name, entry.content.size());
    constexpr std::size_t kChecksum = 148;
    constexpr std::size_t kType = 156;
    // A changed type changes the sum of all bytes, which stands in six octal digits.
    unsigned sum =
        static_cast<unsigned>(std::stoul(std::string(header.data() + kChecksum, 6), nullptr, 8));
    sum += static_cast<unsigned char>(entry.type);
    sum -= static_cast<unsigned char>(header.at(kType));
    header.at(kType) = entry.type;
    const std::string octal = fmt::format("{:06o}", sum);
    std::copy(octal.begin(), octal.end(), header.begin() + kChecksum);
    header.at(kChecksum + octal.size()) = '\0';
    tar.append(header.data(), header.size());
    tar += entry.content;
    tar.append(static_cast<std::size_t>(TarPadded(entry.content.size())) - entry.content.size(),
               '\0');
  }
  tar.append(2 * kTarBlock, '\0');
  return tar;
}

std::string Gzip(const std::string& text) {
  constexpr int kGzipWindow = MAX_WBITS + 16;
  return Deflate(text, kGzipWindow);
}

std::string Zstd(const std::string& text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return packed;
}

std::string Fixture(const std::string& name) {
  return ReadTextFile(reprise::testing::Tree("tests/fixtures") / name).value_or("");
}

std::unique_ptr<RandomReader> GenuineBackup() {
  auto file = OpenFile(reprise::testing::Tree("../shared/data/odoo14-native-backup.zip"));
  return file ? *std::move(file) : nullptr;
}

std::string ReadWhole(RandomReader& source) {
  RangeReader reader(source, 0, source.size());
  return ReadAll(Context(), reader, source.size()).value_or("");
}

Result<std::size_t> PieceReader::Read(const Context& ctx, ByteSpan into) {
  RETURN_IF_ERROR(ctx.Check());
  const std::size_t size = sizes_[turn_++ % sizes_.size()];
  const std::size_t count =
      std::min({into.size(), text_.size() - at_, std::max<std::size_t>(size, 1)});
  std::memcpy(into.data(), text_.data() + at_, count);
  at_ += count;
  return count;
}

TemporaryFolder::TemporaryFolder()
    : path_(std::filesystem::temp_directory_path() / ("reprise-test-" + RandomHex(8))) {
  std::filesystem::create_directories(path_);
}
TemporaryFolder::~TemporaryFolder() { std::filesystem::remove_all(path_); }

std::string TemporaryFolder::Write(const std::string& name, const std::string& text) const {
  const std::filesystem::path file = path_ / name;
  const Status written = WriteTextFile(file, text, FileMode::kShared);
  return written ? file.string() : "not written: " + written.error().Sentence();
}

ToolRun RunTool(const std::string& command) {
  ToolRun run;
  // NOLINTNEXTLINE(cert-env33-c): tests run zip and unzip by a line of their own
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return run;
  char buffer[4096];
  for (std::size_t count = 0; (count = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0;) {
    run.output.append(buffer, count);
  }
  const int status = ::pclose(pipe);
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return run;
}

}  // namespace reprise::archive
