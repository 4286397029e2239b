// The part of FakeEngine beside containers: archives, images, volumes, networks.
#include <fmt/format.h>

#include <algorithm>

#include "docker/fake_engine.hpp"

namespace reprise::docker {
namespace {

constexpr ByteCount kMostArchiveBytes = ByteCount{1} << 30U;

tl::unexpected<Error> NotThere(std::string_view kind, std::string_view name) {
  return Fail(ErrorCode::kNotFound, fmt::format("there is no {} named {}", kind, name));
}

template <class Thing>
std::vector<Thing> Labelled(const std::map<std::string, Thing, std::less<>>& things,
                            const Labels& labels) {
  std::vector<Thing> found;
  for (const auto& [name, thing] : things) {
    const Labels& has = thing.labels;
    if (std::ranges::all_of(labels, [&](const auto& label) {
          return has.contains(label.first) && has.at(label.first) == label.second;
        })) {
      found.push_back(thing);
    }
  }
  return found;
}

}  // namespace

Status FakeEngine::PutArchive(const Context& ctx, std::string_view container, std::string_view path,
                              ByteReader& tar) {
  {
    const std::scoped_lock lock(mutex_);
    RETURN_IF_ERROR(Record(ctx, fmt::format("put {} {}", container, path)));
    RETURN_IF_ERROR(Get(container));
  }
  // The source may wait for somebody who calls the engine: not with the lock held.
  ASSIGN_OR_RETURN(std::string bytes, ReadAll(ctx, tar, kMostArchiveBytes));
  const std::scoped_lock lock(mutex_);
  ASSIGN_OR_RETURN(Container * found, Get(container));
  found->archives[std::string(path)] = std::move(bytes);
  return {};
}

Status FakeEngine::GetArchive(const Context& ctx, std::string_view container, std::string_view path,
                              ByteWriter& tar) {
  std::string bytes;
  {
    const std::scoped_lock lock(mutex_);
    RETURN_IF_ERROR(Record(ctx, fmt::format("get {} {}", container, path)));
    ASSIGN_OR_RETURN(const Container* found, Get(container));
    const auto archive = found->archives.find(path);
    if (archive == found->archives.end()) return NotThere("file", path);
    bytes = archive->second;
  }
  return tar.Write(ctx, BytesOf(bytes));
}

Result<ImageInfo> FakeEngine::InspectImage(const Context& ctx, std::string_view image) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, fmt::format("inspect image {}", image)));
  const auto found = images_.find(image);
  if (found == images_.end()) return NotThere("image", image);
  return found->second;
}

Status FakeEngine::PullImage(const Context& ctx, std::string_view image) {
  {
    const std::scoped_lock lock(mutex_);
    RETURN_IF_ERROR(Record(ctx, fmt::format("pull {}", image)));
    if (images_.contains(image)) return {};
  }
  ImageInfo pulled;
  pulled.tags = {std::string(image)};
  AddImage(std::move(pulled));
  return {};
}

// What stands for a saved image: its id and its name, a line each.
Status FakeEngine::SaveImages(const Context& ctx, const std::vector<std::string>& images,
                              ByteWriter& tar) {
  std::string saved;
  for (const std::string& image : images) {
    const std::scoped_lock lock(mutex_);
    RETURN_IF_ERROR(Record(ctx, fmt::format("save {}", image)));
    const auto found = images_.find(image);
    if (found == images_.end()) return NotThere("image", image);
    saved += fmt::format("{}\n{}\n", found->second.id, image);
  }
  RETURN_IF_ERROR(tar.Write(ctx, BytesOf(saved)));
  return tar.Close(ctx);
}

Status FakeEngine::LoadImages(const Context& ctx, ByteReader& tar) {
  ASSIGN_OR_RETURN(std::string saved, ReadAll(ctx, tar, 1U << 20U));
  {
    const std::scoped_lock lock(mutex_);
    RETURN_IF_ERROR(Record(ctx, "load images"));
  }
  for (std::size_t end = saved.find('\n'); end != std::string::npos; end = saved.find('\n')) {
    ImageInfo image;
    image.id = saved.substr(0, end);
    saved.erase(0, end + 1);
    end = saved.find('\n');
    image.tags = {saved.substr(0, end)};
    saved.erase(0, end + 1);
    AddImage(std::move(image));
  }
  return {};
}

Status FakeEngine::CreateVolume(const Context& ctx, std::string_view name, const Labels& labels) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, fmt::format("create volume {}", name)));
  const std::string key(name);
  volumes_.try_emplace(key, VolumeInfo{key, "/var/lib/docker/volumes/" + key + "/_data", labels});
  return {};
}

Result<std::vector<VolumeInfo>> FakeEngine::ListVolumes(const Context& ctx, const Labels& labels) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, "list volumes"));
  return Labelled(volumes_, labels);
}

Status FakeEngine::RemoveVolume(const Context& ctx, std::string_view name) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, fmt::format("remove volume {}", name)));
  const auto found = volumes_.find(name);
  if (found == volumes_.end()) return NotThere("volume", name);
  for (const auto& [id, container] : containers_) {
    for (const ContainerMount& mount : container.info.mounts) {
      if (mount.name != name) continue;
      return Fail(ErrorCode::kContainerFailed,
                  fmt::format("could not remove volume {}: container {} uses it", name,
                              container.info.name));
    }
  }
  volumes_.erase(found);
  return {};
}

Status FakeEngine::CreateNetwork(const Context& ctx, const NetworkSpec& spec) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, fmt::format("create network {}", spec.name)));
  if (networks_.contains(spec.name)) {
    return Fail(ErrorCode::kConflict, fmt::format("network {} already exists", spec.name));
  }
  networks_[spec.name] =
      NetworkInfo{fmt::format("{:064x}", next_number_++), spec.name, spec.labels, spec.internal};
  return {};
}

Result<std::vector<NetworkInfo>> FakeEngine::ListNetworks(const Context& ctx,
                                                          const Labels& labels) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, "list networks"));
  return Labelled(networks_, labels);
}

Status FakeEngine::RemoveNetwork(const Context& ctx, std::string_view name) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, fmt::format("remove network {}", name)));
  const auto found = std::ranges::find_if(
      networks_, [&](const auto& entry) { return entry.first == name || entry.second.id == name; });
  if (found == networks_.end()) return NotThere("network", name);
  networks_.erase(found);
  return {};
}

Status FakeEngine::Connect(const Context& ctx, std::string_view network, std::string_view container,
                           const std::vector<std::string>&) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, fmt::format("connect {} {}", network, container)));
  if (!networks_.contains(network)) return NotThere("network", network);
  ASSIGN_OR_RETURN(Container * found, Get(container));
  JoinNetwork(found->info, std::string(network));
  return {};
}

Status FakeEngine::Disconnect(const Context& ctx, std::string_view network,
                              std::string_view container) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, fmt::format("disconnect {} {}", network, container)));
  if (!networks_.contains(network)) return NotThere("network", network);
  ASSIGN_OR_RETURN(Container * found, Get(container));
  std::erase(found->info.networks, network);
  found->info.addresses.erase(std::string(network));
  return {};
}

}  // namespace reprise::docker
