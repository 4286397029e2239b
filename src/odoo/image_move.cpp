#include "odoo/image_move.hpp"

#include <fmt/format.h>

#include "base/pipe.hpp"
#include "base/task_group.hpp"

namespace reprise::odoo {
namespace {

Result<bool> Has(const Context& ctx, docker::Engine& engine, const std::string& image) {
  const auto found = engine.InspectImage(ctx, image);
  if (found) return true;
  if (found.error().code == ErrorCode::kNotFound) return false;
  return Fail(found.error());
}

Status Move(const Context& ctx, docker::Engine& from, docker::Engine& to,
            const std::string& image) {
  Pipe pipe;
  TaskGroup group(ctx);
  group.Spawn([&](const Context& inner) {
    Status saved = from.SaveImages(inner, {image}, pipe.writer());
    // The other side must not take what came so far for the whole.
    if (!saved) pipe.FailWriter(saved.error());
    return saved;
  });
  Status loaded = to.LoadImages(ctx, pipe.reader());
  if (!loaded) pipe.FailReader(loaded.error());
  Status saved = group.Join();
  if (!loaded) return loaded;
  return saved;
}

}  // namespace

Status BringImages(const Context& ctx, docker::Engine& from, docker::Engine& to,
                   const domain::EnvironmentImages& images,
                   const std::function<void(std::string)>& tell) {
  for (const std::string& image : {images.odoo, images.db, images.pgbouncer}) {
    if (image.empty()) continue;
    ASSIGN_OR_RETURN(const bool here, Has(ctx, to, image));
    if (here) continue;
    tell(fmt::format("pulling {}", image));
    if (to.PullImage(ctx, image)) continue;
    RETURN_IF_ERROR(ctx.Check());
    ASSIGN_OR_RETURN(const bool there, Has(ctx, from, image));
    if (!there) continue;
    tell(fmt::format("moving {} from the source's server", image));
    if (Status moved = Move(ctx, from, to, image); !moved) {
      return Fail(std::move(moved.error()).While("moving the image " + image));
    }
  }
  return {};
}

}  // namespace reprise::odoo
