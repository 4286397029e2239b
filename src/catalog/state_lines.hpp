#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.hpp"
#include "base/stream.hpp"
#include "catalog/schema_shape.hpp"
#include "catalog/state_file.hpp"

// Internal to state files: their lines.
namespace reprise::catalog {

// What is sealed with secret.key.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kSealedColumns = {
    {{"user_account", "totp_secret"},
     {"server_access", "sealed_key"},
     {"webhook", "sealed_secret"},
     {"storage_config", "sealed_secrets"},
     {"archive_key", "sealed_secret"},
     {"import_source", "sealed_source"}}};

// The table with that name, or nullptr.
[[nodiscard]] const TableShape* FindTable(const std::vector<TableShape>& tables,
                                          std::string_view name);

[[nodiscard]] boost::json::object HeaderLine(const StateHeader& header);
// kFormatUnsupported when this is no header of ours.
[[nodiscard]] Result<StateHeader> HeaderOf(const boost::json::value& line);

// Reads lines of JSON, of at most 256 MiB each, and knows their digest.
class StateReader {
 public:
  explicit StateReader(ByteReader& from) : from_(from) {}
  // nullopt at the end. kArchiveCorrupt, with the line's number, for what is no JSON.
  [[nodiscard]] Result<std::optional<boost::json::value>> Next(const Context& ctx);
  // Of all lines but the last one that was read. Asked once, at the end.
  [[nodiscard]] std::string TakeDigest() { return hasher_.Finish(); }
  [[nodiscard]] std::uint64_t line() const { return line_; }
  // What is wrong with the last line.
  [[nodiscard]] Error Corrupt(std::string_view what) const;

 private:
  // Without its line feed; nullopt at the end.
  [[nodiscard]] Result<std::optional<std::string>> NextText(const Context& ctx);

  ByteReader& from_;
  Hasher hasher_{HashKind::kSha256};
  std::string buffer_;
  std::size_t at_ = 0;
  bool at_end_ = false;
  std::uint64_t line_ = 0;
  std::string last_;  // not in the digest yet
};

}  // namespace reprise::catalog
