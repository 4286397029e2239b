#include "archive/filestore_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <limits>
#include <optional>

#include "archive/filestore_path.hpp"
#include "archive/printable.hpp"
#include "archive/tar_format.hpp"

namespace reprise::archive {
namespace {

constexpr std::string_view kFirstLine = "reprise filestore index 1\n";

// "path size member offset", each number as WriteFilestoreIndex writes it: a text has one meaning,
// a meaning one text.
std::optional<IndexedFile> ParseLine(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  IndexedFile file;
  file.path = line.substr(0, space);
  const char* at = line.data() + space;
  const char* const end = line.data() + line.size();
  for (ByteCount* number : {&file.size, &file.member_offset, &file.offset_in_member}) {
    if (at == end || *at != ' ') return std::nullopt;
    const auto [next, error] = std::from_chars(at + 1, end, *number);
    if (error != std::errc()) return std::nullopt;
    if (at[1] == '0' && next - at > 2) return std::nullopt;  // a leading zero
    at = next;
  }
  if (at != end) return std::nullopt;
  return file;
}

bool Follows(const IndexedFile& file, const IndexedFile& before) {
  if (file.member_offset != before.member_offset) {
    return file.member_offset > before.member_offset;
  }
  return file.offset_in_member > before.offset_in_member &&
         file.offset_in_member - before.offset_in_member - kTarBlock >= before.size;
}

}  // namespace

std::string WriteFilestoreIndex(const std::vector<IndexedFile>& files) {
  std::string text(kFirstLine);
  for (const IndexedFile& file : files) {
    fmt::format_to(std::back_inserter(text), "{} {} {} {}\n", file.path, file.size,
                   file.member_offset, file.offset_in_member);
  }
  return text;
}

Result<std::vector<IndexedFile>> ParseFilestoreIndex(std::string_view text) {
  if (!text.starts_with(kFirstLine)) {
    return Fail(ErrorCode::kArchiveCorrupt,
                "filestore.index is damaged: its first line is unknown");
  }
  text.remove_prefix(kFirstLine.size());
  std::vector<IndexedFile> files;
  FilestorePathSet seen;
  for (std::size_t number = 2; !text.empty(); ++number) {
    const std::size_t line_end = text.find('\n');
    std::optional<IndexedFile> file;
    if (line_end != std::string_view::npos) file = ParseLine(text.substr(0, line_end));
    if (!file || file->size > std::numeric_limits<ByteCount>::max() / 4 ||
        (!files.empty() && !Follows(*file, files.back()))) {
      return Fail(ErrorCode::kArchiveCorrupt,
                  fmt::format("filestore.index is damaged: line {} is wrong", number));
    }
    if (!IsFilestorePath(file->path) || !seen.Add(file->path)) {
      return Fail(ErrorCode::kArchiveHostile,
                  fmt::format("filestore.index names {} in line {}, which is no filestore file or "
                              "was named before",
                              Printable(file->path), number));
    }
    files.push_back(*std::move(file));
    text.remove_prefix(line_end + 1);
  }
  return files;
}

}  // namespace reprise::archive
