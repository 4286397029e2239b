#include "archive/zip_directory.hpp"

#include <gtest/gtest.h>
#include <zip.h>

#include <map>

#include "archive/archive_samples.hpp"
#include "archive/zip_writer.hpp"

namespace reprise::archive {
namespace {

// libzip's view of the same archive, with its own checks of consistency.
class LibzipOracle {
 public:
  explicit LibzipOracle(const std::string& bytes) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    archive_ = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
    if (archive_ == nullptr) zip_source_free(source);
  }
  ~LibzipOracle() {
    if (archive_ != nullptr) zip_close(archive_);
  }
  LibzipOracle(const LibzipOracle&) = delete;
  LibzipOracle& operator=(const LibzipOracle&) = delete;

  [[nodiscard]] bool opened() const { return archive_ != nullptr; }
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(zip_get_num_entries(archive_, 0));
  }
  [[nodiscard]] zip_stat_t Stat(std::size_t index) const {
    zip_stat_t stat;
    zip_stat_index(archive_, index, 0, &stat);
    return stat;
  }
  [[nodiscard]] std::string Content(std::size_t index) const {
    std::string content(static_cast<std::size_t>(Stat(index).size), '\0');
    zip_file_t* file = zip_fopen_index(archive_, index, 0);
    if (file == nullptr) return "cannot be opened";
    const zip_int64_t count = zip_fread(file, content.data(), content.size());
    if (zip_fclose(file) != 0) return "cannot be read";
    content.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return content;
  }

 private:
  zip_t* archive_ = nullptr;
};

void ExpectSameAsLibzip(const std::string& bytes) {
  StringSource source(bytes);
  const auto entries = ReadZipDirectory(Context(), source);
  ASSERT_TRUE(entries) << entries.error().Sentence();
  const LibzipOracle oracle(bytes);
  ASSERT_TRUE(oracle.opened());
  ASSERT_EQ(entries->size(), oracle.count());
  for (std::size_t i = 0; i < entries->size(); ++i) {
    const ZipEntry& entry = (*entries)[i];
    const zip_stat_t stat = oracle.Stat(i);
    EXPECT_EQ(entry.name, stat.name);
    EXPECT_EQ(entry.size, stat.size);
    EXPECT_EQ(entry.packed_size, stat.comp_size);
    EXPECT_EQ(entry.crc32, stat.crc);
    const auto stream = OpenZipEntry(Context(), source, entry);
    ASSERT_TRUE(stream) << stream.error().Sentence();
    const auto content = ReadAll(Context(), **stream, entry.size);
    ASSERT_TRUE(content) << content.error().Sentence();
    EXPECT_TRUE(*content == oracle.Content(i)) << entry.name;
  }
}

TEST(ZipDirectory, AgreesWithLibzipOnAGenuineBackup) {
  const auto file = GenuineBackup();
  if (!file) GTEST_SKIP() << "no genuine backup beside this repository";
  ExpectSameAsLibzip(ReadWhole(*file));
}

TEST(ZipDirectory, AgreesWithLibzipOnSamples) {
  ExpectSameAsLibzip(MakeZip({{"a", "stored"}, {"b/", ""}, {"b/c", SomeBytes(200'000, 1), true}}));
}

TEST(ZipWriter, WritesWhatLibzipReads) {
  StringWriter sink;
  ZipWriter writer(sink);
  for (const std::string name : {"one", "two", "empty"}) {
    ASSERT_TRUE(writer.BeginEntry(Context(), name));
    if (name != "empty") {
      ASSERT_TRUE(writer.content().Write(Context(), BytesOf(SomeBytes(100'000, 1))));
      ASSERT_TRUE(writer.content().Write(Context(), BytesOf(name)));
    }
    ASSERT_TRUE(writer.EndEntry(Context()));
  }
  ASSERT_TRUE(writer.Finish(Context()));
  ExpectSameAsLibzip(sink.text());
}

// A source that is mostly zeros: 5 GB without the memory for them.
class SparseSource final : public RandomReader, public ByteWriter {
 public:
  [[nodiscard]] ByteCount size() const override { return size_; }
  [[nodiscard]] Result<std::size_t> ReadAt(const Context&, ByteCount offset,
                                           ByteSpan into) override {
    std::size_t filled = 0;
    for (; filled < into.size() && offset + filled < size_; ++filled) {
      const auto found = bytes_.find(offset + filled);
      into[filled] = found == bytes_.end() ? std::byte{0} : found->second;
    }
    return filled;
  }
  [[nodiscard]] Status Write(const Context&, ConstByteSpan bytes) override {
    if (bytes.size() < 1024) {
      for (std::size_t i = 0; i < bytes.size(); ++i) bytes_[size_ + i] = bytes[i];
    }
    size_ += bytes.size();
    return {};
  }
  [[nodiscard]] Status Close(const Context&) override { return {}; }

 private:
  std::map<ByteCount, std::byte> bytes_;
  ByteCount size_ = 0;
};

TEST(ZipDirectory, ReadsZip64) {
  SparseSource source;
  ZipWriter writer(source);
  const std::vector<std::byte> zeros(16 << 20);
  ASSERT_TRUE(writer.BeginEntry(Context(), "large"));
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(writer.content().Write(Context(), zeros));
  ASSERT_TRUE(writer.EndEntry(Context()));
  ASSERT_TRUE(writer.BeginEntry(Context(), "behind"));
  ASSERT_TRUE(writer.content().Write(Context(), BytesOf("hello")));
  ASSERT_TRUE(writer.EndEntry(Context()));
  ASSERT_TRUE(writer.Finish(Context()));

  const auto entries = ReadZipDirectory(Context(), source);
  ASSERT_TRUE(entries) << entries.error().Sentence();
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ(entries->front().size, ByteCount{300} << 24U);
  EXPECT_GT(entries->back().header_offset, ByteCount{0xFFFFFFFF});
  const auto stream = OpenZipEntry(Context(), source, entries->back());
  ASSERT_TRUE(stream) << stream.error().Sentence();
  EXPECT_EQ(ReadAll(Context(), **stream, 100).value_or(""), "hello");
}

TEST(ZipDirectory, NeedsNoMoreThanATailOfAnEmptyZip) {
  StringSource source(MakeZip({}));
  const auto entries = ReadZipDirectory(Context(), source);
  ASSERT_TRUE(entries);
  EXPECT_TRUE(entries->empty());
}

}  // namespace
}  // namespace reprise::archive
