#include "odoo/deploy_room.hpp"

namespace reprise::odoo {
ByteCount BytesToPull(const FoundImages& images) {
  ByteCount bytes = 0;
  for (const std::string& image : images.missing) {
    bytes += image == images.images.odoo ? kOdooImageBytes
             : image == images.images.db ? kPostgresImageBytes
                                         : kPgBouncerImageBytes;
  }
  return bytes;
}

Volume VolumeOfImages(docker::Engines& engines, const domain::ServerId& server, ByteCount bytes) {
  Volume volume = VolumeOfServer(engines, server, space_part::kImages,
                                 "the images that have to be pulled", static_cast<double>(bytes));
  volume.is_many = true;
  return volume;
}

Status ReserveForDeployment(const Context& ctx, docker::Engines& engines,
                            const SpaceQuestion& question, ByteCount image_bytes) {
  std::vector<Volume> volumes{
      VolumeOfServer(engines, question.server, space_part::kDatabase, "an empty environment",
                     static_cast<double>(kEmptyEnvironmentBytes)),
      VolumeOfImages(engines, question.server, image_bytes)};
  const Result<Room> room = volumes.front().measure(ctx);
  RETURN_IF_ERROR(ctx.Check());
  if (!room || room->all_bytes == 0) return {};
  for (Volume& volume : volumes) volume.room = *room;
  ASSIGN_OR_RETURN(SpaceAnswer answer, AskForSpace(ctx, question, std::move(volumes)));
  return std::move(answer.fits);
}

}  // namespace reprise::odoo
