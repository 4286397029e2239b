#include "catalog/state_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>

namespace reprise::catalog {
namespace {

namespace json = boost::json;

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::size_t kMostLineBytes = 256 * 1024 * 1024;
constexpr std::int64_t kFormat = 1;

std::string TextAt(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t WholeAt(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

}  // namespace

const TableShape* FindTable(const std::vector<TableShape>& tables, std::string_view name) {
  const auto found = std::find_if(tables.begin(), tables.end(),
                                  [&](const TableShape& table) { return table.name == name; });
  return found == tables.end() ? nullptr : &*found;
}

json::object HeaderLine(const StateHeader& header) {
  json::object line{{"reprise_state", kFormat},
                    {"schema", header.schema},
                    {"program", header.program},
                    {"exported_at", header.exported_at},
                    {"installation", header.installation},
                    {"sealed", header.sealed},
                    {"key_check", header.key_check}};
  if (!header.secret_key.empty()) line["secret_key"] = header.secret_key;
  return line;
}

Result<StateHeader> HeaderOf(const json::value& line) {
  const json::object* object = line.if_object();
  const std::int64_t format = object == nullptr ? 0 : WholeAt(*object, "reprise_state");
  if (format == 0) {
    return Fail(ErrorCode::kFormatUnsupported, "this is no state file of Reprise",
                "it is written by reprise export; archives of environments come in with reprise "
                "backup import");
  }
  if (format != kFormat) {
    return Fail(ErrorCode::kIncompatible,
                fmt::format("the state file has format {}, this program knows {}", format, kFormat),
                "import it with the reprise that wrote it, or a newer one");
  }
  return StateHeader{.schema = WholeAt(*object, "schema"),
                     .sealed = WholeAt(*object, "sealed"),
                     .program = TextAt(*object, "program"),
                     .exported_at = TextAt(*object, "exported_at"),
                     .installation = TextAt(*object, "installation"),
                     .key_check = TextAt(*object, "key_check"),
                     .secret_key = TextAt(*object, "secret_key")};
}

Result<std::optional<std::string>> StateReader::NextText(const Context& ctx) {
  std::size_t looked = at_;
  while (true) {
    const std::size_t end = buffer_.find('\n', looked);
    if (end != std::string::npos || at_end_) {
      if (end == std::string::npos && at_ == buffer_.size()) return std::nullopt;
      const std::size_t length = std::min(end, buffer_.size()) - at_;
      std::string line = buffer_.substr(at_, length);
      at_ = std::min(at_ + length + 1, buffer_.size());
      return line;
    }
    buffer_.erase(0, at_);
    at_ = 0;
    looked = buffer_.size();
    if (looked > kMostLineBytes) return Fail(Corrupt("has no end"));
    buffer_.resize(looked + kReadBytes);
    ASSIGN_OR_RETURN(const std::size_t count,
                     from_.Read(ctx, std::as_writable_bytes(std::span(buffer_)).subspan(looked)));
    buffer_.resize(looked + count);
    at_end_ = count == 0;
  }
}

Result<std::optional<json::value>> StateReader::Next(const Context& ctx) {
  if (line_ > 0) hasher_.Update(BytesOf(last_ + "\n"));
  ASSIGN_OR_RETURN(std::optional<std::string> text, NextText(ctx));
  if (!text) return std::nullopt;
  ++line_;
  last_ = *std::move(text);
  // As it was in the catalog: SQLite holds texts that are no UTF-8.
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  boost::system::error_code error;
  json::value value = json::parse(last_, error, {}, options);
  if (error) return Fail(Corrupt("is no JSON"));
  return value;
}

Error StateReader::Corrupt(std::string_view what) const {
  return {ErrorCode::kArchiveCorrupt, fmt::format("line {} of the state file {}", line_, what),
          "it was cut off or altered: take another export"};
}

}  // namespace reprise::catalog
