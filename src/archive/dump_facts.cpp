#include "archive/dump_facts.hpp"

#include "archive/custom_dump.hpp"
#include "archive/sql_filter.hpp"

namespace reprise::archive {
namespace {

// Passes a stream on and keeps its beginning.
class BeginningKeeper final : public ByteReader {
 public:
  explicit BeginningKeeper(ByteReader& from) : from_(from) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    ASSIGN_OR_RETURN(const std::size_t count, from_.Read(ctx, into));
    const std::string_view text = TextOf(into.first(count));
    kept_ += text.substr(0, kMostKept - kept_.size());
    return count;
  }
  [[nodiscard]] std::string_view kept() const { return kept_; }

 private:
  static constexpr std::size_t kMostKept = 4096;
  ByteReader& from_;
  std::string kept_;
};

// "13.16" of "13.16 (Debian 13.16-0+deb11u1)".
std::string ShortVersion(std::string_view version) {
  return std::string(version.substr(0, version.find_first_of(" \r\n")));
}

// pg_dump's comment at the beginning of a dump in SQL.
std::string ServerVersionIn(std::string_view beginning) {
  constexpr std::string_view kComment = "-- Dumped from database version ";
  const std::size_t at = beginning.find(kComment);
  if (at == std::string_view::npos) return {};
  return ShortVersion(beginning.substr(at + kComment.size()));
}

struct Facts {
  std::string server_version;
  std::string db_name;
  std::vector<std::string> extensions;
};

Result<Facts> ReadCustomFacts(const Context& ctx, ByteReader& dump) {
  auto info = ReadCustomDumpToc(ctx, dump);
  // A newer pg_dump than we know is the business of whoever picks the pg_restore.
  if (!info && info.error().code == ErrorCode::kIncompatible) return Facts{};
  if (!info) return Fail(std::move(info.error()).While("reading the dump's contents"));
  return Facts{ShortVersion(info->server_version), std::move(info->db_name),
               std::move(info->extensions)};
}

Result<Facts> ReadSqlFacts(const Context& ctx, ByteReader& dump) {
  BeginningKeeper beginning(dump);
  auto extensions = ExtensionsInPreamble(ctx, beginning);
  if (!extensions) return Fail(std::move(extensions.error()).While("reading the dump's beginning"));
  return Facts{ServerVersionIn(beginning.kept()), {}, *std::move(extensions)};
}

}  // namespace

Status AddDumpFacts(const Context& ctx, DumpKind kind, ByteReader& dump, Manifest& manifest) {
  ASSIGN_OR_RETURN(Facts facts, kind == DumpKind::kCustom ? ReadCustomFacts(ctx, dump)
                                                          : ReadSqlFacts(ctx, dump));
  const bool ours = !manifest.format_version.empty();
  if (!facts.server_version.empty() && (!ours || manifest.postgres_version.empty())) {
    manifest.postgres_version = std::move(facts.server_version);
  }
  if (manifest.db_name.empty()) manifest.db_name = std::move(facts.db_name);
  if (manifest.extensions.empty()) manifest.extensions = std::move(facts.extensions);
  return {};
}

}  // namespace reprise::archive
