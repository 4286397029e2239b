#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/stream.hpp"
#include "catalog/upload_store.hpp"
#include "storage/object_store.hpp"

namespace reprise::backup {

// The parts of an upload as the one stream that they are, opened one after the other. Tells after
// each piece how many bytes were read. For one thread.
class PartsReader final : public ByteReader {
 public:
  using Parts = std::vector<catalog::UploadStore::Part>;
  // Both must outlive it.
  PartsReader(storage::ObjectStore& store, const Parts& parts,
              std::function<void(ByteCount done)> on_read)
      : store_(store), parts_(parts), on_read_(std::move(on_read)) {}

  // kArchiveCorrupt when a part is not as it was recorded.
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override;

 private:
  [[nodiscard]] Status OpenNext(const Context& ctx);

  storage::ObjectStore& store_;
  const Parts& parts_;
  std::function<void(ByteCount)> on_read_;
  std::size_t next_ = 0;  // part to open
  std::unique_ptr<RandomReader> object_;
  std::unique_ptr<RangeReader> part_;
  ByteCount done_ = 0;
};

}  // namespace reprise::backup
