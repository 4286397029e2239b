#include "archive/dump_facts.hpp"

namespace reprise::archive {

Status AddDumpFacts(const Context&, DumpKind, ByteReader&, Manifest&) { return {}; }

}  // namespace reprise::archive
