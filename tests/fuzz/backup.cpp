// Whole backups of any format: told apart, opened, read through.

#include "archive/verify.hpp"
#include "input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  StringSource source(fuzz::TextOf(data, size));
  const auto report = archive::VerifyBackup(Context(), source, nullptr);
  fuzz::Require(report || report.error().code != ErrorCode::kInternal);
  return 0;
}
