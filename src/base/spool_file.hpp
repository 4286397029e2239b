#pragma once

#include <filesystem>
#include <memory>

#include "base/stream.hpp"

namespace reprise {

// A file without a name, in `folder`: gone with this object and with what it gave. For what has to
// be whole before any of it is used and may be too large for memory.
class SpoolFile final : public ByteWriter {
 public:
  [[nodiscard]] static Result<std::unique_ptr<SpoolFile>> In(const std::filesystem::path& folder);
  ~SpoolFile() override;
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override;
  [[nodiscard]] Status Close(const Context&) override { return {}; }
  // All that was written.
  [[nodiscard]] Result<std::unique_ptr<RandomReader>> Take() const;

 private:
  explicit SpoolFile(int fd) : fd_(fd) {}

  int fd_;
};

}  // namespace reprise
