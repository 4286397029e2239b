#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/backup_reader.hpp"
#include "postgres/cluster.hpp"
#include "postgres/finish_load.hpp"
#include "postgres/load_client.hpp"
#include "postgres/restore_list.hpp"
#include "postgres/side_database.hpp"
#include "postgres/split_plan.hpp"

namespace reprise::postgres {

struct LoadOptions {
  int jobs = 0;  // of pg_restore; 0: as many as the server has cores, at most 8
  std::chrono::seconds time_limit{3600};
  docker::Labels labels;    // of the throwaway client container
  std::string client_name;  // its name
  // A table whose data, as packed, is more than this and more than a job's share of all data is
  // loaded over several connections.
  ByteCount least_split_bytes = ByteCount{8} << 20U;
  std::function<void(std::string line)> log = {};  // what people may want to know afterwards
  // Both with a login that may touch only the side database, which strangers have filled. A look at
  // the rows, as soon as all are there and while foreign keys are added; and then, when all is
  // loaded, changes of them.
  using Work = std::function<Status(const Context&, const Cluster& as_loader)>;
  Work inspect = {};
  Work change = {};
};

struct RestoreRun;

// Fraction done (0 to 1) and a few words.
using LoadProgress = std::function<void(double fraction, std::string detail)>;

// Loads the dump of `backup` into a new database, side by side with the live one, from a throwaway
// container of the server's own image. The dump is hostile: it is loaded by a role that owns only
// the side database, its extensions (if allowed) are made beforehand by the administrator, psql
// gets only what passed the SqlFilter. The database stays the loader's until AdoptInto of the swap:
// an Odoo without db_name opens every database that its own role owns. One object loads one dump.
// What a failed load leaves is taken back by RemoveSide; what a good one leaves to do, FinishLoad
// does.
class Loader {
 public:
  Loader(const Cluster& cluster, LoadOptions options)
      : cluster_(cluster), options_(std::move(options)) {}

  // kLoadFailed with the first SQL error; kNoSpace; kIncompatible when an extension is not allowed
  // or not there, or the dump is newer than the server's tools; kArchiveCorrupt/Hostile from
  // reading. Foreign keys are added, but not validated.
  [[nodiscard]] Result<KeyOids> Load(const Context& ctx, archive::BackupReader& backup,
                                     const SideDatabase& side, const LoadProgress& progress);
  // The same, and at once finished.
  [[nodiscard]] Status LoadAndFinish(const Context& ctx, archive::BackupReader& backup,
                                     const SideDatabase& side, const LoadProgress& progress);

 private:
  // A client that has the dump, with what is loaded of it, when it is pg_restore's.
  struct Client {
    LoadClient programs;
    RestoreList contents;
    std::vector<SplitTable> split = {};
  };

  struct Target {
    const SideDatabase& side;
    const Cluster& as_loader;
    const docker::EnvironmentVariables login;  // the same, for programs
    const std::function<void()> rows_are_there;
    const LoadProgress& progress;
  };

  Result<KeyOids> LoadDump(const Context& ctx, archive::BackupReader& backup, const Target& target);
  Status CreateDatabase(const Context& ctx, const Target& target);
  Result<Client> BringClient(const Context& ctx, archive::BackupReader& backup,
                             const LoadProgress& progress);
  Status LoadCustom(const Context& ctx, const Client& client, const Target& target);
  static Status PgRestore(const Context& ctx, const Client& client, const Target& target,
                          const RestoreRun& run);
  static Result<std::string> PrepareWhatComesLast(const Context& ctx, const Client& client);
  static Status AddComments(const Context& ctx, const Client& client, const Target& target);
  Result<KeyOids> AddForeignKeys(const Context& ctx, const Client& client, const Target& target,
                                 const std::string& sql);
  Status LoadPlain(const Context& ctx, const Client& client, archive::BackupReader& backup,
                   const Target& target);

  const Cluster& cluster_;
  LoadOptions options_;
};

}  // namespace reprise::postgres
