// A dump in SQL through the filter. However it is cut into pieces, the same passes; and what
// passed, passes again: nothing hides behind what was left out, which the second filter would
// refuse. So do both scripts that foreign keys are split into, as many keys as were counted.

#include "archive/sql_filter.hpp"
#include "archive/sql_scanner.hpp"
#include "input.hpp"
#include "postgres/foreign_keys.hpp"

namespace {

using namespace reprise;

// Hands out `piece` bytes at a time.
class Pieces final : public ByteReader {
 public:
  Pieces(std::string text, std::size_t piece) : text_(std::move(text)), piece_(piece) {}
  Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    return text_.Read(ctx, into.first(std::min(piece_, into.size())));
  }

 private:
  StringReader text_;
  std::size_t piece_;
};

Result<std::string> Filtered(const std::string& sql, std::size_t piece) {
  Pieces reader(sql, piece);
  archive::SqlFilter filter(reader);
  return ReadAll(Context(), filter, fuzz::kMostRead);
}

std::size_t StatementsIn(const std::string& sql) {
  StringReader reader(sql);
  archive::SqlScanner scanner(reader);
  std::size_t count = 0;
  while (true) {
    const auto event = scanner.Next(Context());
    fuzz::Require(event.has_value());
    if (event->kind == archive::SqlEventKind::kEnd) return count;
    if (event->kind == archive::SqlEventKind::kStatement) ++count;
  }
}

void ForeignKeys(const std::string& sql) {
  StringReader reader(sql);
  const auto split = postgres::SplitForeignKeys(Context(), reader, postgres::KeysOf::kPlainTables);
  if (!split) return;
  fuzz::Require(Filtered(split->keys, 1 << 20).has_value());
  fuzz::Require(Filtered(split->rest, 1 << 20).has_value());
  fuzz::Require(StatementsIn(split->keys) >= split->number);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string sql = fuzz::TextOf(data, size);
  const auto whole = Filtered(sql, 1 << 20);
  const auto in_pieces = Filtered(sql, 1 + size % 7);
  fuzz::Require(whole.has_value() == in_pieces.has_value());
  if (!whole) return 0;
  fuzz::Require(*whole == *in_pieces);
  const auto again = Filtered(*whole, 1 << 20);
  fuzz::Require(again.has_value());
  ForeignKeys(sql);
  StringReader preamble(sql);
  static_cast<void>(archive::ExtensionsInPreamble(Context(), preamble));
  return 0;
}
