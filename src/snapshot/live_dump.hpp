#pragma once

#include <functional>
#include <memory>
#include <string>

#include "archive/backup_reader.hpp"
#include "postgres/snapshot_dump.hpp"

namespace reprise::snapshot {

// A live database as a backup that is read while it is made: nothing of it lies anywhere. Its dump
// is pg_dump's, as the session's snapshot sees the database.
class LiveDump final : public archive::BackupReader {
 public:
  // One that is only described.
  LiveDump(postgres::Cluster cluster, std::string database)
      : cluster_(std::move(cluster)), database_(std::move(database)) {}
  // Counts the rows of all tables and names the extensions. The session must outlive it.
  static Result<std::unique_ptr<LiveDump>> Of(const Context& ctx, const postgres::Cluster& cluster,
                                              const std::string& database,
                                              postgres::SnapshotSession& session);

  // Told once, when the dump has been read to its end: nothing needs the session any more.
  void WhenRead(std::function<void()> told) { told_ = std::move(told); }
  void SetDatabaseBytes(ByteCount bytes) { manifest_.database_bytes = bytes; }

  [[nodiscard]] archive::BackupFormat format() const override {
    return archive::BackupFormat::kCustomDump;
  }
  [[nodiscard]] const archive::Manifest& manifest() const override { return manifest_; }
  [[nodiscard]] archive::DumpKind dump_kind() const override { return archive::DumpKind::kCustom; }
  [[nodiscard]] std::optional<ByteCount> dump_bytes() const override { return std::nullopt; }
  [[nodiscard]] Result<std::unique_ptr<ByteReader>> OpenDump(const Context& ctx) override;
  [[nodiscard]] bool has_filestore() const override { return false; }
  [[nodiscard]] std::optional<std::vector<archive::FilestoreFile>> filestore_listing()
      const override {
    return std::nullopt;
  }
  [[nodiscard]] Status VisitFilestore(const Context&, const archive::FilestoreFilter&,
                                      const archive::FilestoreVisitor&) override {
    return {};
  }

 private:
  postgres::Cluster cluster_;
  std::string database_;
  std::string snapshot_;  // pg_dump's --snapshot; empty: only described
  archive::Manifest manifest_;
  std::function<void()> told_;
};

}  // namespace reprise::snapshot
