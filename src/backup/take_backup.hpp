#pragma once

#include <functional>
#include <string>
#include <vector>

#include "archive/manifest.hpp"
#include "docker/engine.hpp"
#include "domain/environment.hpp"
#include "odoo/labels.hpp"
#include "storage/object_store.hpp"

namespace reprise::backup {

struct IncrementalTake;

struct TakeOptions {
  std::string key;  // where in the store
  bool include_filestore = true;
  // Hash every file first and leave out, with a warning, those that are damaged; else the first
  // damaged one ends the backup with kProofFailed.
  bool leave_out_damaged = false;
  odoo::HelperOwner owner;
  // Asked right before the archive takes its place: a worker that was paused and replaced must not
  // put its own over its successor's.
  std::function<Status()> check_owner = [] { return Status(); };
  // Asked, while the archive is written, whether it may have so many bytes. Its failure ends the
  // backup.
  std::function<Status(ByteCount)> check_bytes = [](ByteCount) { return Status(); };
  // Told all of them right before the archive takes its place. The same holds.
  std::function<Status(ByteCount)> claim_bytes = [](ByteCount) { return Status(); };
  // With it the archive is composed of parts, and `claim_bytes` is not asked.
  const IncrementalTake* incremental = nullptr;
};

struct TakenBackup {
  archive::Manifest manifest;
  std::string sha256;  // of the archive; empty where nobody has seen all of its bytes
  ByteCount archive_bytes = 0;
  std::vector<std::string> warnings;
};

// Fraction done (0 to 1) and a few words.
using TakeProgress = std::function<void(double, std::string)>;

// Backs up a running environment into `store`, as one consistent whole while Odoo goes on working:
// a hard-linked view of the filestore is taken right after the snapshot that the dump is made from,
// so that every row of the dump has its file. Streams; nothing is kept on this host.
[[nodiscard]] Result<TakenBackup> TakeBackup(const Context& ctx, docker::Engine& engine,
                                             storage::ObjectStore& store,
                                             const domain::Environment& environment,
                                             const TakeOptions& options,
                                             const TakeProgress& progress);

// Removes what an attempt that died has left on the server: the helper, and then the view, so that
// a program in the one does not make the other again.
[[nodiscard]] Status CleanUpTake(const Context& ctx, docker::Engine& engine,
                                 const domain::Environment& environment,
                                 const odoo::HelperOwner& owner);

}  // namespace reprise::backup
