#pragma once

#include <cstdint>

#include "rescue/rescue_desk.hpp"

namespace reprise::rescue {

// Inserts a row of ir_attachment of the backup into the live database, under its id where that is
// free, with the columns that both have; the id that it has there. Whatever it keeps of its content
// is spooled, not held. kPayloadTooLarge when that is more than 64 MiB.
[[nodiscard]] Result<std::int64_t> InsertRow(const Context& ctx, const RescueDesk& desk,
                                             const OpenMount& open, const LiveOdoo& live,
                                             std::int64_t id);

}  // namespace reprise::rescue
