#pragma once

#include <functional>
#include <string>

#include "archive/backup_reader.hpp"
#include "domain/environment.hpp"
#include "odoo/toolbox.hpp"

// Files of a backup in directories beside a live filestore.
namespace reprise::restore {

// What the SHA-1 of a file that was fetched is taken from: what came, or what stands since.
enum class HashedFrom { kStream, kFile };
// Told of each file that was written, with the SHA-1 of its content; ends the whole by failing.
using FileCame = std::function<Status(const archive::FilestoreFile& file, const std::string& sha1)>;
// Streams the files for which `wanted` is true out of the archive into `directory`.
[[nodiscard]] Result<HashedFrom> FetchFiles(const Context& ctx, const odoo::Toolbox& toolbox,
                                            const std::string& directory,
                                            archive::BackupReader& reader,
                                            const archive::FilestoreFilter& wanted,
                                            const FileCame& came);

// Removes the directories that were made for `id` (of a restore or a mount) beside the live
// filestore. A container that is gone has none.
[[nodiscard]] Status RemoveStaged(const Context& ctx, docker::Engine& engine,
                                  const domain::Environment& target, const odoo::HelperOwner& owner,
                                  const std::string& id);

}  // namespace reprise::restore
