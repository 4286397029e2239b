#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/backup_reader.hpp"
#include "base/file_descriptor.hpp"
#include "base/stream.hpp"
#include "docker/engine.hpp"

namespace reprise::odoo {

// A directory of a container's volume as this machine's disk has it: files go in and out without a
// program in the container, whose streams cost several times what the disk does (ADR 46). Only
// where this process may; whoever uses it has another way. A volume is Odoo's to change: no link in
// it is followed, and nothing outside of the directory is read or written, whatever is put there.
class LocalDirectory {
 public:
  // `path` as a container with these mounts sees it, which must be a directory that this task has
  // made as root under a name of its own: that it is here by this name tells that it is the same
  // one, and not another server's. Nothing where it is not here, or is not to be opened.
  static std::optional<LocalDirectory> Find(const std::vector<docker::ContainerMount>& mounts,
                                            std::string_view path);

  // A plain file in it, "ab/ab12…", which the disk begins to read. kPermissionDenied where this
  // process may not.
  [[nodiscard]] Result<std::unique_ptr<ByteReader>> Open(const std::string& file) const;

  // sha1 of each of these files, in any order, two at a time; one that is not there is a failure.
  // Gives those that this process may not read.
  using HashVisitor = std::function<void(const std::string& file, const std::string& sha1)>;
  [[nodiscard]] Result<std::vector<std::string>> Hash(const Context& ctx,
                                                      const std::vector<std::string>& files,
                                                      const HashVisitor& visit) const;

  // What is written would be the same user's as what a helper's root writes: so not where the
  // engine maps users to others.
  [[nodiscard]] bool MayWrite() const;
  // "ab/ab12…" with this content of this size, in the place of what has its name, which may be
  // linked elsewhere. This process's own, mode 0644, in a directory of mode 0755. Gives the sha1
  // of what the file has then, which is read back.
  [[nodiscard]] Result<std::string> Write(const Context& ctx, const archive::FilestoreFile& file,
                                          ByteReader& content) const;

 private:
  explicit LocalDirectory(FileDescriptor directory) : directory_(std::move(directory)) {}
  FileDescriptor directory_;
};

// The failure of whatever writes into a filestore; `words` are what it said.
[[nodiscard]] Error VolumeIsFull(std::string_view words);

}  // namespace reprise::odoo
