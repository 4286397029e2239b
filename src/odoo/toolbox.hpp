#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/backup_reader.hpp"
#include "docker/throwaway_container.hpp"
#include "odoo/labels.hpp"
#include "odoo/local_directory.hpp"

namespace reprise::odoo {

struct FileOwner {
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
};

// All files of a filestore that are named as Odoo names them, with sizes, sorted by path; no
// checklist. Empty when the directory is not there. In any running container that sees it, as root.
[[nodiscard]] Result<std::vector<archive::FilestoreFile>> ListFilestore(
    const Context& ctx, docker::Engine& engine, const std::string& container,
    const std::string& filestore);

// A helper container that sees the volumes of an environment's Odoo container, as root and without
// a network: all work on filestores is done by the plain tools of its image (find, cp, tar,
// sha1sum). Paths are absolute, in the container; file lists are "ab/ab12…", relative to a
// filestore.
class Toolbox {
 public:
  static Result<Toolbox> Start(const Context& ctx, docker::Engine& engine,
                               const std::string& odoo_container, const HelperOwner& owner,
                               std::string_view role);
  // The same for a helper of no task: `labels` must say when it expires.
  static Result<Toolbox> Start(const Context& ctx, docker::Engine& engine,
                               const std::string& odoo_container, std::string name,
                               docker::Labels labels);

  // A directory that this task has made (LocalDirectory::Find), where it is on this machine. Fails
  // when this helper has been removed: then another worker has the task, and perhaps a directory of
  // the same name.
  [[nodiscard]] Result<std::optional<LocalDirectory>> Here(const Context& ctx,
                                                           const std::string& path) const;
  [[nodiscard]] const std::string& container() const { return container_.name(); }
  [[nodiscard]] Result<bool> Exists(const Context& ctx, const std::string& path) const;
  // Who owns `path`.
  [[nodiscard]] Result<FileOwner> OwnerOf(const Context& ctx, const std::string& path) const;
  [[nodiscard]] Result<std::uint64_t> FreeBytes(const Context& ctx, const std::string& path) const;

  // All files of a filestore that are named as Odoo names them, with sizes, sorted by path; no
  // checklist. Empty when the directory is not there.
  [[nodiscard]] Result<std::vector<archive::FilestoreFile>> List(
      const Context& ctx, const std::string& filestore) const;
  // sha1 of each of `paths`, in any order.
  using HashVisitor = std::function<void(const std::string& path, const std::string& sha1)>;
  [[nodiscard]] Status Hash(const Context& ctx, const std::string& filestore,
                            const std::vector<std::string>& paths, const HashVisitor& visit) const;
  // The same of a directory that this task has made: by the disk where that is allowed.
  [[nodiscard]] Status HashOwn(const Context& ctx, const std::string& directory,
                               const std::vector<std::string>& paths,
                               const HashVisitor& visit) const;

  [[nodiscard]] Status MakeDirectory(const Context& ctx, const std::string& path) const;
  // The same for one that Odoo is to write into: it is its `owner`'s from the start, whatever ends
  // this process. Parents that are missing are root's.
  [[nodiscard]] Status MakeDirectoryOf(const Context& ctx, const std::string& path,
                                       FileOwner owner) const;
  // Hard links of `paths` of one filestore in another (same volume). What a running Odoo has
  // removed from the first since it was listed is left out: look at what came.
  [[nodiscard]] Status Link(const Context& ctx, const std::string& from, const std::string& to,
                            const std::vector<std::string>& paths) const;
  // A hard-linked copy of a whole filestore: an instant view that later writes do not change. Files
  // that Odoo's garbage collector removes meanwhile are left out; the rows that named them are
  // gone.
  [[nodiscard]] Status LinkAll(const Context& ctx, const std::string& from,
                               const std::string& to) const;
  // Unpacks a tar stream into `directory`, replacing files of the same name (never writing into a
  // file that is linked elsewhere), dated now whatever it says: what is of 1970 Odoo's own backup
  // cannot pack.
  [[nodiscard]] Status Unpack(const Context& ctx, const std::string& directory,
                              ByteReader& tar) const;
  // The named files of `filestore` as a tar stream.
  [[nodiscard]] Status Pack(const Context& ctx, const std::string& filestore,
                            const std::vector<std::string>& paths, ByteWriter& tar) const;
  // Of one file or directory; of all that is in it as well (not for a filestore that Odoo serves:
  // what it removes meanwhile fails the walk).
  [[nodiscard]] Status ChangeOwner(const Context& ctx, const std::string& path,
                                   FileOwner owner) const;
  [[nodiscard]] Status ChangeOwnerOfTree(const Context& ctx, const std::string& path,
                                         FileOwner owner) const;
  // Brings these files of a filestore, and their names, to the disk: few by themselves, many with
  // all of their file system.
  [[nodiscard]] Status Flush(const Context& ctx, const std::string& filestore,
                             const std::vector<std::string>& paths) const;
  // rename(2) of a directory: kConflict when `to` is there already, and is not an empty one.
  [[nodiscard]] Status Rename(const Context& ctx, const std::string& from,
                              const std::string& to) const;
  struct Replacement {
    std::string incoming;
    std::string outgoing;
  };
  // `live` gets the name `outgoing`, where it is there, and `incoming` the name `live`, each by
  // rename(2), in one program. Nothing where `incoming` is not there: done before, or there is none
  // to bring. Can be called again after the first of the two. kConflict as Rename.
  [[nodiscard]] Status Replace(const Context& ctx, const std::string& live,
                               const Replacement& by) const;
  // Removes a directory tree; ok when it is not there. `path` must lie below a "filestore" folder.
  [[nodiscard]] Status Remove(const Context& ctx, const std::string& path) const;
  // Removes these files of a filestore; ok for those that are not there. Links elsewhere stay.
  [[nodiscard]] Status RemoveFiles(const Context& ctx, const std::string& filestore,
                                   const std::vector<std::string>& paths) const;
  // Names in a directory that begin with `prefix`.
  [[nodiscard]] Result<std::vector<std::string>> Names(const Context& ctx,
                                                       const std::string& directory,
                                                       std::string_view prefix) const;

 private:
  Toolbox(docker::ThrowawayContainer container, std::vector<docker::ContainerMount> mounts)
      : container_(std::move(container)), mounts_(std::move(mounts)) {}
  // A failed rename is a conflict when `to` is there.
  [[nodiscard]] Error RenameError(const Context& ctx, const std::string& from,
                                  const std::string& to, Error error) const;
  Status Run(const Context& ctx, std::vector<std::string> argv, ByteReader* input,
             ByteWriter* output) const;
  // A failure that is none: this exit code, and nothing but this complaint, however often.
  struct Excuse {
    const char* tool;
    int exit_code;
    std::string_view complaint;  // how each line ends
  };

  Status RunExcusing(const Context& ctx, const Excuse& excuse, std::vector<std::string> argv,
                     ByteReader* input, ByteWriter* output) const;
  // Runs what copies or links; files that were gone when it came to them are no fault.
  Status RunCopy(const Context& ctx, std::vector<std::string> argv, ByteReader* input) const;

  docker::ThrowawayContainer container_;
  std::vector<docker::ContainerMount> mounts_;
};

}  // namespace reprise::odoo
