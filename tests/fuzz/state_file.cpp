// What `reprise import-state` reads: its lines, and their way into an empty catalog.

#include "catalog/state_file.hpp"
#include "input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  StringReader reader(fuzz::TextOf(data, size));
  const auto into = catalog::OpenBareSqlite(":memory:", catalog::Absent::kMake);
  fuzz::Require(into.has_value());
  const auto summary = catalog::ImportState(Context(), reader, **into);
  const auto version = (*into)->schema().Version();
  fuzz::Require(version && (summary ? *version > 0 : *version == 0));  // all of it, or nothing
  return 0;
}
