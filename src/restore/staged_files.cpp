#include "restore/staged_files.hpp"

#include <fmt/format.h>

#include "archive/tar_writer.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"
#include "base/pipe.hpp"
#include "base/task_group.hpp"
#include "domain/names.hpp"
#include "restore/restore_session.hpp"

namespace reprise::restore {

namespace {

Status FetchIntoHelper(const Context& ctx, const odoo::Toolbox& toolbox,
                       const std::string& directory, archive::BackupReader& reader,
                       const archive::FilestoreFilter& wanted, const FileCame& came) {
  Pipe pipe(4U << 20U);
  TaskGroup group(ctx);
  group.Spawn([&](const Context& inner) -> Status {
    Status unpacked = toolbox.Unpack(inner, directory, pipe.reader());
    if (!unpacked) pipe.FailReader(unpacked.error());
    return unpacked;
  });
  archive::TarWriter tar(pipe.writer());
  const auto visit = [&](const archive::FilestoreFile& file, ByteReader& content) -> Status {
    HashingReader hashed(content, HashKind::kSha1);
    RETURN_IF_ERROR(tar.AddFile(ctx, "", file.path, file.size, hashed));
    return came(file, hashed.Digest());
  };
  Status visited = reader.VisitFilestore(ctx, wanted, visit);
  if (visited) visited = tar.Finish(ctx);
  if (visited) visited = pipe.writer().Close(ctx);
  if (!visited) pipe.FailWriter(visited.error());
  Status unpacked = group.Join();
  // The end of the stream is what tar complains of when the archive was at fault.
  if (!visited && visited.error().code != ErrorCode::kCancelled) return visited;
  RETURN_IF_ERROR(std::move(unpacked));
  return visited;
}

}  // namespace

Result<HashedFrom> FetchFiles(const Context& ctx, const odoo::Toolbox& toolbox,
                              const std::string& directory, archive::BackupReader& reader,
                              const archive::FilestoreFilter& wanted, const FileCame& came) {
  ASSIGN_OR_RETURN(const auto here, toolbox.Here(ctx, directory));
  const bool is_by_disk = here && here->MayWrite();
  log::Info("filestore.written",
            {{"directory", directory}, {"by", is_by_disk ? "disk" : "helper"}});
  if (!is_by_disk) {
    RETURN_IF_ERROR(FetchIntoHelper(ctx, toolbox, directory, reader, wanted, came));
    return HashedFrom::kStream;
  }
  RETURN_IF_ERROR(reader.VisitFilestore(
      ctx, wanted, [&](const archive::FilestoreFile& file, ByteReader& content) -> Status {
        ASSIGN_OR_RETURN(const std::string sha1, here->Write(ctx, file, content));
        return came(file, sha1);
      }));
  return HashedFrom::kFile;
}

Status RemoveStaged(const Context& ctx, docker::Engine& engine, const domain::Environment& target,
                    const odoo::HelperOwner& owner, const std::string& id) {
  const auto toolbox = odoo::Toolbox::Start(ctx, engine, target.containers.odoo, owner, "files");
  if (!toolbox && toolbox.error().code == ErrorCode::kContainerMissing) return {};
  if (!toolbox) return Fail(toolbox.error());
  const std::string root = RestoreSession::FilestoreRoot(target);
  ASSIGN_OR_RETURN(const auto names,
                   toolbox->Names(ctx, root, domain::SideDatabasePrefix(target.db_name, id)));
  for (const std::string& name : names) {
    RETURN_IF_ERROR(toolbox->Remove(ctx, fmt::format("{}/{}", root, name)));
  }
  return {};
}

}  // namespace reprise::restore
