#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "archive/backup_reader.hpp"

namespace reprise::rescue {

// A backup of which some files may be damaged: those do not keep a visitor from the others. A file
// whose content breaks off is given with zeros for the rest, so that what is written of it stays
// well-formed; its hash tells. As `inner`, which must outlive it.
class TolerantArchive final : public archive::BackupReader {
 public:
  explicit TolerantArchive(archive::BackupReader& inner) : inner_(inner) {}

  // Why a file that was wanted did not come whole; nullopt when nothing is known of that.
  [[nodiscard]] std::optional<Error> WhyNot(const std::string& path) const;

  [[nodiscard]] archive::BackupFormat format() const override { return inner_.format(); }
  [[nodiscard]] const archive::Manifest& manifest() const override { return inner_.manifest(); }
  [[nodiscard]] archive::DumpKind dump_kind() const override { return inner_.dump_kind(); }
  [[nodiscard]] std::optional<ByteCount> dump_bytes() const override { return inner_.dump_bytes(); }
  [[nodiscard]] Result<std::unique_ptr<ByteReader>> OpenDump(const Context& ctx) override {
    return inner_.OpenDump(ctx);
  }
  [[nodiscard]] bool has_filestore() const override { return inner_.has_filestore(); }
  [[nodiscard]] std::optional<std::vector<archive::FilestoreFile>> filestore_listing()
      const override {
    return inner_.filestore_listing();
  }
  // Fails for what is no damage: a hostile archive, a storage that is away.
  [[nodiscard]] Status VisitFilestore(const Context& ctx, const archive::FilestoreFilter& wanted,
                                      const archive::FilestoreVisitor& visit) override;

 private:
  Status Visit(const Context& ctx, const archive::FilestoreFilter& wanted,
               const archive::FilestoreVisitor& visit);

  archive::BackupReader& inner_;
  std::set<std::string> seen_;
  std::map<std::string, Error> damaged_;
  std::optional<Error> rest_;  // why nothing more came
};

}  // namespace reprise::rescue
