#pragma once

#include "archive/attachment_scanner.hpp"
#include "archive/custom_dump_input.hpp"

namespace reprise::archive {

// How a dump's data is packed, as far as we unpack it.
enum class Packing { kNone, kZlib, kOther };

// Feeds the rows of one table, of which the data begins here, to `attachments`; ends behind them.
// Not for kOther. kArchiveCorrupt when they are damaged or cut off.
[[nodiscard]] Status ScanAttachments(const Context& ctx, CustomDumpInput& in, Packing packing,
                                     AttachmentScanner& attachments);

}  // namespace reprise::archive
