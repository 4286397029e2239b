#pragma once

#include <memory>

#include "archive/backup_reader.hpp"
#include "archive/block_cache.hpp"
#include "archive/zip_layout.hpp"

namespace reprise::archive {

// What the zipped backups have in common: the dump and the manifest.
class ZipBackup : public BackupReader {
 public:
  [[nodiscard]] const Manifest& manifest() const override { return manifest_; }
  [[nodiscard]] DumpKind dump_kind() const override { return dump_kind_; }
  [[nodiscard]] std::optional<ByteCount> dump_bytes() const override { return layout_.dump.size; }
  [[nodiscard]] Result<std::unique_ptr<ByteReader>> OpenDump(const Context& ctx) override;

 protected:
  struct Parts {
    std::unique_ptr<BlockCache> cache;
    ZipLayout layout;
    Manifest manifest;
    DumpKind dump_kind;
    std::string manifest_sha256;
  };
  friend Result<std::unique_ptr<BackupReader>> OpenZipBackup(const Context& ctx,
                                                             RandomReader& source);

  explicit ZipBackup(Parts parts)
      : cache_(std::move(parts.cache)),
        layout_(std::move(parts.layout)),
        manifest_(std::move(parts.manifest)),
        dump_kind_(parts.dump_kind),
        manifest_digest_(std::move(parts.manifest_sha256)) {}

  // The entry's stream, held to the manifest's digest where that has one.
  [[nodiscard]] Result<std::unique_ptr<ByteReader>> OpenEntry(const Context& ctx,
                                                              const ZipEntry& entry) const;

  std::unique_ptr<BlockCache> cache_;
  ZipLayout layout_;
  Manifest manifest_;
  DumpKind dump_kind_;
  std::string manifest_digest_;  // empty without a manifest
};

// Opens a zipped backup of either layout.
[[nodiscard]] Result<std::unique_ptr<BackupReader>> OpenZipBackup(const Context& ctx,
                                                                  RandomReader& source);

}  // namespace reprise::archive
