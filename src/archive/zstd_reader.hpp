#pragma once

#include <memory>

#include "base/stream.hpp"

namespace reprise::archive {

// Unpacks zstd frames as a stream. Fails as InflateReader does.
[[nodiscard]] std::unique_ptr<ByteReader> MakeZstdReader(std::unique_ptr<ByteReader> from);

}  // namespace reprise::archive
