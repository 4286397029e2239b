#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "base/stream.hpp"

namespace reprise::archive {

// A slow RandomReader (a storage provider's) made fit for the small reads of a zip: whole blocks
// are fetched and the last few kept. Reads of several blocks go straight through. Thread-safe; two
// threads that miss the same block at once both fetch it. `source` must outlive it.
class BlockCache final : public RandomReader {
 public:
  static constexpr std::size_t kBlockBytes = 1 << 20;

  explicit BlockCache(RandomReader& source, std::size_t block_bytes = kBlockBytes,
                      std::size_t most_blocks = 16)
      : source_(source), block_bytes_(block_bytes), most_blocks_(most_blocks) {}

  [[nodiscard]] RandomReader& source() const { return source_; }
  [[nodiscard]] ByteCount size() const override { return source_.size(); }
  [[nodiscard]] Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset,
                                           ByteSpan into) override;

 private:
  using Bytes = std::shared_ptr<const std::vector<std::byte>>;
  struct Block {
    ByteCount number;
    Bytes bytes;
  };

  Result<Bytes> Fetch(const Context& ctx, ByteCount number);
  Bytes Find(ByteCount number);
  void Keep(ByteCount number, Bytes bytes);

  RandomReader& source_;
  const std::size_t block_bytes_;
  const std::size_t most_blocks_;
  std::mutex mutex_;
  std::list<Block> blocks_;  // the last used first
};

}  // namespace reprise::archive
