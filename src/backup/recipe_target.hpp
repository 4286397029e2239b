#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/stream.hpp"
#include "catalog/archive_part_store.hpp"
#include "domain/backup.hpp"
#include "storage/recipe.hpp"

namespace reprise::backup {

// Where the bytes of an archive go that is composed: into parts, one object after the other, each
// registered before its first byte; in the end a recipe says how they make the archive. One thread.
// After a failure it is of no further use: what it has written is given up with the backup.
class RecipeTarget final : public ByteWriter {
 public:
  struct Parts {
    catalog::ArchivePartStore& rows;
    storage::ObjectStore& raw;  // in which recipes are read as such
    const domain::Backup& backup;
    const std::optional<catalog::TaskHold>& hold;
    const std::function<Status(ByteCount)>& check_bytes;  // of all that is written
    const std::function<Status()>& check_owner;
  };
  // What a part holds; kFiles: each Write is one gzip member, and a range of its own.
  enum class Holds { kDump, kFiles, kRest };

  explicit RecipeTarget(Parts parts) : parts_(parts) {}

  // What is written from here on goes into a part of its own, which is made with its first byte.
  void BeginPart(Holds holds);
  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override;
  // The part is durable afterwards.
  [[nodiscard]] Status EndPart(const Context& ctx);
  // Bytes that lie in a part of another backup.
  void Reuse(const storage::RecipePart& part, const std::vector<storage::RecipeRange>& ranges);
  // Writes the recipe: the archive is there.
  [[nodiscard]] Status Close(const Context& ctx) override;

  [[nodiscard]] ByteCount archive_bytes() const { return archive_bytes_; }
  [[nodiscard]] ByteCount written_bytes() const { return written_bytes_; }

 private:
  [[nodiscard]] std::string AddressOf(const std::string& part_key) const;
  [[nodiscard]] Status MakePart(const Context& ctx);
  // Makes what was written of that row count by `claim`, and then be; nothing of it stays
  // otherwise.
  [[nodiscard]] Status Keep(const Context& ctx, const catalog::ArchivePart& row,
                            const std::function<Status()>& claim,
                            std::unique_ptr<ByteWriter> object);
  [[nodiscard]] std::size_t PlaceOf(const storage::RecipePart& part);

  Parts parts_;
  storage::Recipe recipe_;
  Holds holds_ = Holds::kRest;
  catalog::ArchivePart row_;  // of the part that is being written; without an id: none
  std::size_t part_ = 0;
  std::unique_ptr<ByteWriter> object_;
  ByteCount archive_bytes_ = 0;
  ByteCount written_bytes_ = 0;
};

}  // namespace reprise::backup
