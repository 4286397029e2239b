#include "archive/filestore_tar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "archive/filestore_path.hpp"
#include "archive/hints.hpp"
#include "archive/inflate.hpp"
#include "archive/printable.hpp"
#include "archive/read_ahead.hpp"
#include "archive/tar_reader.hpp"

namespace reprise::archive {
namespace {

// Holds the entries of one tar to the grammar of a filestore.
class FilestoreGrammar {
 public:
  // The path of a file, or nullopt for what is ignored (directories, empty markers).
  Result<std::optional<std::string>> Accept(const TarEntry& entry) {
    const FilestoreEntryName name = ParseFilestoreEntryName(entry.name);
    const bool directory = entry.kind == TarKind::kDirectory;
    if (directory && name.kind == FilestoreEntryKind::kDirectory) return Ignored();
    if (!directory && name.kind == FilestoreEntryKind::kMarker && entry.size == 0) return Ignored();
    if (directory || name.kind != FilestoreEntryKind::kFile) {
      return Hostile(entry.name, "is none that a filestore holds");
    }
    if (prefix_ && *prefix_ != name.prefix) {
      return Hostile(entry.name,
                     fmt::format("is not below {} like those before", Printable(*prefix_)));
    }
    prefix_ = name.prefix;
    if (!seen_.Add(name.path)) return Hostile(entry.name, "comes twice");
    return std::optional<std::string>(name.path);
  }

 private:
  static Result<std::optional<std::string>> Ignored() { return std::optional<std::string>(); }
  static tl::unexpected<Error> Hostile(std::string_view name, std::string_view why) {
    return Fail(ErrorCode::kArchiveHostile,
                fmt::format("the entry {} of filestore.tar.gz {}", Printable(name), why));
  }

  std::optional<std::string> prefix_;
  FilestorePathSet seen_;
};

IndexedFile PlaceOf(const std::string& path, const TarEntry& entry,
                    const std::vector<GzipMember>& members) {
  const auto next = std::upper_bound(
      members.begin(), members.end(), entry.header_offset,
      [](ByteCount offset, const GzipMember& member) { return offset < member.unpacked_offset; });
  const GzipMember& member = *std::prev(next);
  return {path, entry.size, member.packed_offset, entry.header_offset - member.unpacked_offset};
}

tl::unexpected<Error> IndexIsWrong(std::string_view path) {
  return Fail(ErrorCode::kArchiveCorrupt,
              fmt::format("filestore.index does not fit filestore.tar.gz at {}", path),
              kDamagedHint);
}

Status Visit(const FilestoreFile& file, ByteReader& content, const FilestoreVisitor& visit) {
  Status status = visit(file, content);
  if (!status) return Fail(std::move(status.error()).While("reading filestore file " + file.path));
  return {};
}

using IndexIterator = std::vector<IndexedFile>::const_iterator;

// The files [first, last) of one member, which lies at [offset, offset + length).
Status VisitMember(const Context& ctx, std::unique_ptr<ByteReader> packed, IndexIterator first,
                   IndexIterator last, const FilestoreFilter& wanted,
                   const FilestoreVisitor& visit) {
  InflateReader unpacked(std::move(packed), DeflateWrapping::kGzip);
  TarReader tar(unpacked);
  for (auto at = first; at != last; ++at) {
    auto entry = tar.Next(ctx);
    if (!entry) return Fail(std::move(entry.error()).While("reading filestore.tar.gz"));
    if (!*entry) return IndexIsWrong(at->path);
    const FilestoreEntryName name = ParseFilestoreEntryName((*entry)->name);
    if ((*entry)->kind != TarKind::kFile || name.kind != FilestoreEntryKind::kFile ||
        name.path != at->path || (*entry)->size != at->size ||
        (*entry)->header_offset != at->offset_in_member) {
      return IndexIsWrong(at->path);
    }
    const FilestoreFile file{at->path, at->size};
    if (!wanted || wanted(file)) RETURN_IF_ERROR(Visit(file, tar.content(), visit));
  }
  return {};
}

// A member (or several that hold one large file) with wanted files, at [start, end) of the tar.gz.
struct WantedMember {
  IndexIterator first;
  IndexIterator last;  // nothing behind the last wanted file need be unpacked
  ByteCount start;
  ByteCount end;
};

Result<std::vector<WantedMember>> WantedMembers(ByteCount length,
                                                const std::vector<IndexedFile>& index,
                                                const FilestoreFilter& wanted) {
  const auto is_wanted = [&](const IndexedFile& file) {
    return !wanted || wanted(FilestoreFile{file.path, file.size});
  };
  std::vector<WantedMember> members;
  for (auto first = index.begin(); first != index.end();) {
    const auto next = std::find_if(first, index.end(), [&](const IndexedFile& file) {
      return file.member_offset != first->member_offset;
    });
    const auto last =
        std::find_if(std::make_reverse_iterator(next), std::make_reverse_iterator(first), is_wanted)
            .base();
    const ByteCount end = next == index.end() ? length : next->member_offset;
    if (first->member_offset >= length || end > length) return IndexIsWrong(first->path);
    if (first != last) members.push_back({first, last, first->member_offset, end});
    first = next;
  }
  return members;
}

}  // namespace

Status VisitFilestoreTar(const Context& ctx, std::unique_ptr<ByteReader> tar_gz,
                         const std::vector<IndexedFile>* index, const FilestoreFilter& wanted,
                         const FilestoreVisitor& visit) {
  InflateReader unpacked(std::move(tar_gz), DeflateWrapping::kGzip);
  TarReader tar(unpacked);
  FilestoreGrammar grammar;
  std::size_t number = 0;
  while (true) {
    auto entry = tar.Next(ctx);
    if (!entry) return Fail(std::move(entry.error()).While("reading filestore.tar.gz"));
    if (!*entry) break;
    ASSIGN_OR_RETURN(const std::optional<std::string> path, grammar.Accept(**entry));
    if (!path) continue;
    if (index != nullptr) {
      if (number == index->size() ||
          PlaceOf(*path, **entry, unpacked.members()) != (*index)[number]) {
        return IndexIsWrong(*path);
      }
      ++number;
    }
    const FilestoreFile file{*path, (*entry)->size};
    if (!wanted || wanted(file)) RETURN_IF_ERROR(Visit(file, tar.content(), visit));
  }
  if (index != nullptr && number != index->size()) return IndexIsWrong((*index)[number].path);
  return {};
}

Status VisitIndexedFiles(const Context& ctx, RandomReader& source, ByteCount offset,
                         ByteCount length, const std::vector<IndexedFile>& index,
                         const FilestoreFilter& wanted, const FilestoreVisitor& visit) {
  ASSIGN_OR_RETURN(const auto members, WantedMembers(length, index, wanted));
  RunReader reader(source);
  for (auto member = members.begin(); member != members.end(); ++member) {
    if (member == members.begin() || std::prev(member)->end != member->start) {
      auto run_end = member;
      while (std::next(run_end) != members.end() && std::next(run_end)->start == run_end->end) {
        ++run_end;
      }
      reader.SetEnd(offset + run_end->end);
    }
    auto packed =
        std::make_unique<RangeReader>(reader, offset + member->start, member->end - member->start);
    RETURN_IF_ERROR(
        VisitMember(ctx, std::move(packed), member->first, member->last, wanted, visit));
  }
  return {};
}

}  // namespace reprise::archive
