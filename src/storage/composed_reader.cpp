#include "storage/composed_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace reprise::storage {
namespace {

constexpr const char* kHint =
    "verify the backups that were taken with this one: an incremental backup shares its parts with "
    "others; and find out who changes files in the storage";

}  // namespace

ComposedReader::ComposedReader(const Recipe& recipe, OpenPart open) : open_(std::move(open)) {
  for (const RecipePart& part : recipe.parts) {
    parts_.push_back(std::make_unique<Part>());
    parts_.back()->about = part;
  }
  for (const RecipeRange& range : recipe.ranges) {
    const bool goes_on = !pieces_.empty() && pieces_.back().part == range.part &&
                         pieces_.back().offset + pieces_.back().length == range.offset;
    if (goes_on) {
      pieces_.back().length += range.length;
    } else {
      pieces_.push_back({size_, range.length, range.part, range.offset});
    }
    size_ += range.length;
  }
}

Result<std::size_t> ComposedReader::ReadAt(const Context& ctx, ByteCount offset, ByteSpan into) {
  std::size_t filled = 0;
  auto piece = std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                                [](ByteCount at, const Piece& p) { return at < p.begin; });
  if (piece == pieces_.begin()) return 0;  // nothing is composed
  for (--piece; piece != pieces_.end() && filled < into.size(); ++piece) {
    const ByteCount skip = offset + filled - piece->begin;
    if (skip >= piece->length) break;  // past the end
    const auto count =
        static_cast<std::size_t>(std::min<ByteCount>(into.size() - filled, piece->length - skip));
    RETURN_IF_ERROR(ReadPiece(ctx, *piece, skip, into.subspan(filled, count)));
    filled += count;
  }
  return filled;
}

Status ComposedReader::ReadPiece(const Context& ctx, const Piece& piece, ByteCount skip,
                                 ByteSpan into) {
  Part& part = *parts_[piece.part];
  ASSIGN_OR_RETURN(RandomReader* const reader, Opened(ctx, part));
  auto count = reader->ReadAt(ctx, piece.offset + skip, into);
  if (!count) return Fail(std::move(count.error()).While("reading " + part.about.key));
  if (*count == into.size()) return {};
  return Fail(ErrorCode::kArchiveCorrupt,
              fmt::format("the part {} of the archive ends before its size", part.about.key),
              kHint);
}

Result<RandomReader*> ComposedReader::Opened(const Context& ctx, Part& part) {
  const std::scoped_lock lock(part.mutex);
  if (part.reader) return part.reader.get();
  auto opened = open_(ctx, part.about.key);
  if (!opened && opened.error().code == ErrorCode::kNotFound) {
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("the part {} of the archive is gone from storage", part.about.key),
                kHint);
  }
  if (!opened) return Fail(std::move(opened.error()).While("opening " + part.about.key));
  if ((*opened)->size() != part.about.size) {
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("the part {} of the archive has {} bytes in storage instead of {}",
                            part.about.key, (*opened)->size(), part.about.size),
                kHint);
  }
  part.reader = std::move(*opened);
  return part.reader.get();
}

}  // namespace reprise::storage
