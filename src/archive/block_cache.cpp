#include "archive/block_cache.hpp"

#include <algorithm>
#include <cstring>

namespace reprise::archive {

BlockCache::Bytes BlockCache::Find(ByteCount number) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::find_if(blocks_.begin(), blocks_.end(),
                                  [&](const Block& block) { return block.number == number; });
  if (found == blocks_.end()) return nullptr;
  blocks_.splice(blocks_.begin(), blocks_, found);
  return found->bytes;
}

void BlockCache::Keep(ByteCount number, Bytes bytes) {
  const std::scoped_lock lock(mutex_);
  blocks_.push_front({number, std::move(bytes)});
  if (blocks_.size() > most_blocks_) blocks_.pop_back();
}

Result<BlockCache::Bytes> BlockCache::Fetch(const Context& ctx, ByteCount number) {
  if (Bytes kept = Find(number)) return kept;
  const ByteCount offset = number * block_bytes_;
  const auto length = static_cast<std::size_t>(
      std::min<ByteCount>(block_bytes_, source_.size() - std::min(offset, source_.size())));
  auto bytes = std::make_shared<std::vector<std::byte>>(length);
  ASSIGN_OR_RETURN(const std::size_t count, source_.ReadAt(ctx, offset, *bytes));
  bytes->resize(count);
  Keep(number, bytes);
  return bytes;
}

Result<std::size_t> BlockCache::ReadAt(const Context& ctx, ByteCount offset, ByteSpan into) {
  if (into.size() >= 2 * block_bytes_) return source_.ReadAt(ctx, offset, into);
  std::size_t filled = 0;
  while (filled < into.size() && offset + filled < source_.size()) {
    const ByteCount at = offset + filled;
    ASSIGN_OR_RETURN(const Bytes block, Fetch(ctx, at / block_bytes_));
    const auto skip = static_cast<std::size_t>(at % block_bytes_);
    if (skip >= block->size()) break;
    const std::size_t count = std::min(into.size() - filled, block->size() - skip);
    std::memcpy(into.data() + filled, block->data() + skip, count);
    filled += count;
  }
  return filled;
}

}  // namespace reprise::archive
