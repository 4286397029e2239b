#pragma once

#include <memory>
#include <string_view>

#include "storage/archive_key.hpp"
#include "storage/sealed_format.hpp"

namespace reprise::storage {

// The header of the sealed object `from`, without any key.
[[nodiscard]] Result<SealedHeader> ReadSealedHeader(const Context& ctx, RandomReader& from);

// The plain bytes of the sealed object `from`. Its header and its last segment are checked here, so
// its size is sure; each other segment before a byte of it is given out. `name` is what the object
// must have been written as ("": whatever). Keeps the last few segments that were used in part, for
// reads that go on there. kArchiveCorrupt for what was altered, cut off, exchanged or is another
// object; kFormatUnsupported when `keys` lacks its key.
[[nodiscard]] Result<std::unique_ptr<RandomReader>> OpenSealed(const Context& ctx,
                                                               std::unique_ptr<RandomReader> from,
                                                               KeyRing& keys,
                                                               std::string_view name);

// The same for a stream, whose segments are checked as they come: that its end is the end of the
// object shows at the end. `first` are the bytes that were taken from it already. `from` must
// outlive it.
[[nodiscard]] Result<std::unique_ptr<ByteReader>> UnsealStream(const Context& ctx, ByteReader& from,
                                                               std::string first, KeyRing& keys);

}  // namespace reprise::storage
