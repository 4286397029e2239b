#pragma once

#include <memory>

#include "base/stream.hpp"

namespace reprise::archive {

// The bytes [offset, offset + length) of `source`; kArchiveCorrupt when it ends before them.
[[nodiscard]] Result<std::string> ReadExactly(const Context& ctx, RandomReader& source,
                                              ByteCount offset, ByteCount length);

// The same as a stream that asks for few, large pieces,
// which is what a storage provider is quick at. `source` must outlive it.
[[nodiscard]] std::unique_ptr<ByteReader> OpenRange(RandomReader& source, ByteCount offset,
                                                    ByteCount length);

}  // namespace reprise::archive
