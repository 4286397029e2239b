#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "catalog/database.hpp"
#include "catalog/stores.hpp"
#include "domain/upload.hpp"

namespace reprise::catalog {

// Archives that come in pieces, and what has come of them. Whoever adds to one holds its claim:
// the last who asked for it; nobody else's bytes are recorded. Thread-safe.
class UploadStore {
 public:
  UploadStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  struct Part {
    ByteCount begin = 0;
    ByteCount bytes = 0;
    std::string address;  // for a storage::RoutedStore
  };
  struct Filter {
    std::optional<std::string> owner;
    std::optional<std::vector<domain::ProjectId>> among;
    std::optional<domain::UploadStatus> status;
  };

  // Its bytes count for the organization's quota from now on: kQuotaExceeded. With an idempotency
  // key that its owner has used, the upload of the first call.
  [[nodiscard]] Result<domain::Upload> Insert(const domain::Upload& upload);
  [[nodiscard]] Result<domain::Upload> Get(const domain::BackupId& id) const;
  // nullopt for a backup that came in another way.
  [[nodiscard]] Result<std::optional<domain::Upload>> Find(const domain::BackupId& id) const;
  [[nodiscard]] Result<Page<domain::Upload>> List(const Filter& filter, PageRequest page) const;
  // In the order of their bytes.
  [[nodiscard]] Result<std::vector<Part>> PartsOf(const domain::BackupId& id) const;

  // Takes the claim of one that stands at `offset`, from whoever has it. kConflict when it stands
  // elsewhere, or takes no more bytes.
  [[nodiscard]] Result<domain::Upload> Claim(const domain::BackupId& id, ByteCount offset,
                                             const std::string& claim);
  // Records a part that is durable, as long as `before` is how the upload stands. kConflict when
  // another request has taken the claim since; nothing is recorded then.
  [[nodiscard]] Result<domain::Upload> Record(const domain::Upload& before, const Part& part,
                                              Instant expires);
  // From here on a task has it. kConflict unless it is uploading, and all is there.
  [[nodiscard]] static Status BeginImportIn(Transaction& transaction, const domain::BackupId& id);
  // No more bytes are recorded. Ok when it is abandoned already; kConflict when a task has it.
  [[nodiscard]] Status Abandon(const domain::BackupId& id);
  // Abandons what has expired; tells whose parts nobody needs any more.
  [[nodiscard]] Result<std::vector<domain::Upload>> TakeOver();
  // Its parts are gone: forgets them, and the upload itself unless a backup came of it.
  [[nodiscard]] Status ForgetParts(const domain::BackupId& id);

 private:
  Database& database_;
  const Clock& clock_;
};

}  // namespace reprise::catalog
