#pragma once

#include <memory>
#include <vector>

#include "archive/backup_reader.hpp"
#include "archive/filestore_index.hpp"

namespace reprise::archive {

// Visits a filestore.tar.gz from its beginning to its end. Names outside the grammar, two top
// directories, duplicates and markers with content are kArchiveHostile. With `index` each file must
// be exactly where that says, else kArchiveCorrupt.
[[nodiscard]] Status VisitFilestoreTar(const Context& ctx, std::unique_ptr<ByteReader> tar_gz,
                                       const std::vector<IndexedFile>* index,
                                       const FilestoreFilter& wanted,
                                       const FilestoreVisitor& visit);

// Visits only the wanted files of the tar.gz that lies at [offset, offset + length) of `source`,
// fetching only the gzip members that hold them. What the index says is held against the tar.
[[nodiscard]] Status VisitIndexedFiles(const Context& ctx, RandomReader& source, ByteCount offset,
                                       ByteCount length, const std::vector<IndexedFile>& index,
                                       const FilestoreFilter& wanted,
                                       const FilestoreVisitor& visit);

}  // namespace reprise::archive
