#pragma once

#include <optional>

#include "base/stream.hpp"
#include "rescue/fenced_tables.hpp"

// What Odoo keeps in a row of ir_attachment itself, where its contents are in the database.
namespace reprise::rescue {

// Bytes that the row has; nullopt when it has none, or there is no such row. kPayloadTooLarge for
// more than 64 MiB.
[[nodiscard]] Result<std::optional<std::int64_t>> BytesInRow(const Context& ctx,
                                                             const FencedTables& side,
                                                             std::int64_t id);
// Those bytes as they come, each as two hex digits and nothing else: never whole in memory.
[[nodiscard]] Status WriteHexOfRow(const Context& ctx, const FencedTables& side, std::int64_t id,
                                   ByteWriter& to);
// The bytes themselves.
[[nodiscard]] Status WriteBytesOfRow(const Context& ctx, const FencedTables& side, std::int64_t id,
                                     ByteWriter& to);

}  // namespace reprise::rescue
