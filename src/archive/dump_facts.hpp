#pragma once

#include "archive/backup_reader.hpp"

namespace reprise::archive {

// Adds to `manifest` what the beginning of the dump tells and the manifest lacks: the version of
// the server that was dumped (Odoo's own manifest tells only its major), the database's name, the
// extensions. Reads no further than it must.
[[nodiscard]] Status AddDumpFacts(const Context& ctx, DumpKind kind, ByteReader& dump,
                                  Manifest& manifest);

}  // namespace reprise::archive
