#pragma once

#include <memory>
#include <string>

#include "base/stream.hpp"

namespace reprise::archive {

// Passes `from` on; the Read that would tell its end fails with kArchiveCorrupt instead when the
// sha256 is not `expected` (lower-case hex). `name` is for the message.
[[nodiscard]] std::unique_ptr<ByteReader> CheckDigest(std::unique_ptr<ByteReader> from,
                                                      std::string name, std::string expected);

}  // namespace reprise::archive
