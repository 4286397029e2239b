#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/stream.hpp"

// What the tests of this room feed to it.
namespace reprise::archive {

// An entry of a zip in which every field can lie.
struct RawEntry {
  std::string name;
  std::string content;
  bool deflated = false;
  std::uint32_t mode = S_IFREG | 0644;
  std::uint16_t flags = 0;
  std::optional<std::uint32_t> crc32 = {};
  std::optional<std::uint32_t> size = {};      // as told, unpacked
  std::optional<std::uint32_t> offset = {};    // of the local header, as told
  std::optional<std::uint16_t> method = {};    // as told
  std::optional<std::string> local_name = {};  // in the local header
};
[[nodiscard]] std::string MakeZip(const std::vector<RawEntry>& entries,
                                  const std::string& comment = {});

// A short dump in SQL that ends as pg_dump's do.
[[nodiscard]] std::string SqlDump(const std::string& body = {});
// "ab/ab12…" of a filestore file with this content.
[[nodiscard]] std::string FilestorePath(const std::string& content);
// `size` bytes that pack somewhat, different for each seed.
[[nodiscard]] std::string SomeBytes(std::size_t size, unsigned seed);

// A tar of these files, closed.
struct RawTarEntry {
  std::string name;
  std::string content;
  char type = '0';
};
[[nodiscard]] std::string MakeTar(const std::vector<RawTarEntry>& entries);
[[nodiscard]] std::string Gzip(const std::string& text);
[[nodiscard]] std::string Zstd(const std::string& text);

// A file of tests/fixtures.
[[nodiscard]] std::string Fixture(const std::string& name);
// The genuine backup of Odoo 14 that some machines have beside the repository; null elsewhere.
[[nodiscard]] std::unique_ptr<RandomReader> GenuineBackup();
[[nodiscard]] std::string ReadWhole(RandomReader& source);

// Counts what is fetched.
class CountingSource final : public RandomReader {
 public:
  explicit CountingSource(std::string text) : source_(std::move(text)) {}
  [[nodiscard]] ByteCount size() const override { return source_.size(); }
  [[nodiscard]] Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset,
                                           ByteSpan into) override {
    ++reads;
    bytes += into.size();
    return source_.ReadAt(ctx, offset, into);
  }
  std::size_t reads = 0;
  ByteCount bytes = 0;

 private:
  StringSource source_;
};

// Hands out a text in pieces of these sizes, again and again.
class PieceReader final : public ByteReader {
 public:
  PieceReader(std::string text, std::vector<std::size_t> sizes)
      : text_(std::move(text)), sizes_(std::move(sizes)) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override;

 private:
  std::string text_;
  std::vector<std::size_t> sizes_;
  std::size_t at_ = 0;
  std::size_t turn_ = 0;
};

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  std::string Write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

struct ToolRun {
  int status = -1;  // 127: there is no such tool
  std::string output;
};
// Runs a shell command and gives back what it said.
[[nodiscard]] ToolRun RunTool(const std::string& command);

}  // namespace reprise::archive
