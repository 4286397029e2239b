#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/stream.hpp"

namespace reprise::archive {

// The bytes [offset, offset + length) of `source`; kArchiveCorrupt when it ends before them.
[[nodiscard]] Result<std::string> ReadExactly(const Context& ctx, RandomReader& source,
                                              ByteCount offset, ByteCount length);

// The same as a stream that asks for few, large pieces,
// which is what a storage provider is quick at. `source` must outlive it.
[[nodiscard]] std::unique_ptr<ByteReader> OpenRange(RandomReader& source, ByteCount offset,
                                                    ByteCount length);

// Reads of neighbouring pieces of `source`, turned into few large ones: each fetch goes on past
// what is asked for, but never past `end`. For one thread, forwards; `source` must outlive it.
class RunReader final : public RandomReader {
 public:
  explicit RunReader(RandomReader& source) : source_(source) {}
  // Where the bytes end that are going to be wanted.
  void SetEnd(ByteCount end) { end_ = end; }
  [[nodiscard]] ByteCount size() const override { return source_.size(); }
  [[nodiscard]] Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset,
                                           ByteSpan into) override;

 private:
  RandomReader& source_;
  ByteCount end_ = 0;
  ByteCount start_ = 0;  // of what is held
  std::vector<std::byte> held_;
};

}  // namespace reprise::archive
