#pragma once

#include <optional>

#include "archive/custom_dump.hpp"
#include "base/pipe.hpp"
#include "base/task_group.hpp"

namespace reprise::archive {

// Looks at a custom dump while somebody reads it for another end: gives the same bytes. What is no
// such dump is read just as well. Nothing of the dump is kept but what MeasureCustomDump keeps, and
// 1 MiB on the way. Read by one thread.
class DumpMeasure final : public ByteReader {
 public:
  // `dump` must outlive it.
  DumpMeasure(const Context& ctx, ByteReader& dump);
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override;
  // Once it was read to its end: what it is; nothing when it is damaged, unknown or too large.
  [[nodiscard]] std::optional<CustomDumpInfo> Take();

 private:
  ByteReader& dump_;
  Pipe pipe_;
  bool looks_ = true;
  std::optional<CustomDumpInfo> info_;
  TaskGroup looking_;
};

}  // namespace reprise::archive
