#pragma once

#include <filesystem>
#include <memory>

#include "base/stream.hpp"

namespace reprise {

// A file without a name, in `folder`: gone with this object and with what it gave. For what has to
// be whole before any of it is used and may be too large for memory.
class SpoolFile final : public ByteWriter {
 public:
  // What others on that disk (a catalog, above all) must not be robbed of.
  static constexpr ByteCount kKeptFree = ByteCount{1} << 30U;

  // Writing is kNoSpace when less than `kept_free` bytes of the disk would be left.
  [[nodiscard]] static Result<std::unique_ptr<SpoolFile>> In(const std::filesystem::path& folder,
                                                             ByteCount kept_free = kKeptFree);
  ~SpoolFile() override;
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override;
  [[nodiscard]] Status Close(const Context&) override { return {}; }
  // All that was written.
  [[nodiscard]] Result<std::unique_ptr<RandomReader>> Take() const;

 private:
  SpoolFile(int fd, std::filesystem::path folder, ByteCount kept_free)
      : fd_(fd), folder_(std::move(folder)), kept_free_(kept_free) {}
  [[nodiscard]] Status CheckRoom(ByteCount more) const;

  const int fd_;
  const std::filesystem::path folder_;
  const ByteCount kept_free_;
};

}  // namespace reprise
