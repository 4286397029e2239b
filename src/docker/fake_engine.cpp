#include "docker/fake_engine.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace reprise::docker {
namespace {

constexpr int kFirstHostPort = 32768;
constexpr int kKilled = 137;

bool Carries(const Labels& labels, const Labels& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& label) {
    const auto found = labels.find(label.first);
    return found != labels.end() && found->second == label.second;
  });
}

tl::unexpected<Error> NoContainer(std::string_view name) {
  return Fail(ErrorCode::kContainerMissing, fmt::format("there is no container named {}", name));
}

tl::unexpected<Error> NotThere(std::string_view kind, std::string_view name) {
  return Fail(ErrorCode::kNotFound, fmt::format("there is no {} named {}", kind, name));
}

}  // namespace

Status FakeEngine::Record(const Context& ctx, std::string call) {
  RETURN_IF_ERROR(ctx.Check());
  if (call_) RETURN_IF_ERROR(call_(call));
  const auto failure = std::ranges::find_if(
      failures_, [&](const auto& planned) { return call.starts_with(planned.first); });
  calls_.push_back(std::move(call));
  if (failure == failures_.end()) return {};
  Error error = std::move(failure->second);
  failures_.erase(failure);
  return Fail(std::move(error));
}

const FakeEngine::Container* FakeEngine::Find(std::string_view container) const {
  const auto found = std::ranges::find_if(containers_, [&](const auto& entry) {
    return entry.first == container || entry.second.info.name == container;
  });
  return found == containers_.end() ? nullptr : &found->second;
}

FakeEngine::Container* FakeEngine::Find(std::string_view container) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the object itself is not const here
  return const_cast<Container*>(std::as_const(*this).Find(container));
}

Result<FakeEngine::Container*> FakeEngine::Get(std::string_view container) {
  Container* found = Find(container);
  if (found == nullptr) return NoContainer(container);
  return found;
}

Result<EngineInfo> FakeEngine::Info(const Context& ctx) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, "info"));
  return EngineInfo{"27.0", "1.47", "fake", 2, ByteCount{8} << 30U, "/var/lib/docker"};
}

Result<ContainerInfo> FakeEngine::Inspect(const Context& ctx, std::string_view container) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, fmt::format("inspect {}", container)));
  ASSIGN_OR_RETURN(const Container* found, Get(container));
  return found->info;
}

Result<std::vector<ContainerInfo>> FakeEngine::List(const Context& ctx, const Labels& labels) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, "list"));
  std::vector<ContainerInfo> containers;
  for (const auto& [id, container] : containers_) {
    if (Carries(container.info.labels, labels)) containers.push_back(container.info);
  }
  return containers;
}

ContainerInfo FakeEngine::NewInfo(const ContainerSpec& spec, const ImageInfo& image) {
  ContainerInfo info;
  info.id = fmt::format("{:064x}", next_number_++);
  info.name = spec.name.empty() ? "unnamed-" + info.id.substr(info.id.size() - 4) : spec.name;
  info.image = spec.image;
  info.image_id = image.id;
  info.entrypoint = spec.entrypoint;
  info.command = spec.command;
  info.user = spec.user.empty() ? image.user : spec.user;
  info.environment = spec.environment;
  info.environment.insert(image.environment.begin(), image.environment.end());
  info.labels = spec.labels;
  for (const Mount& mount : spec.mounts) {
    const bool bind = mount.volume.starts_with('/');
    info.mounts.push_back(
        bind ? ContainerMount{"bind", "", mount.volume, mount.path}
             : ContainerMount{"volume", mount.volume,
                              "/var/lib/docker/volumes/" + mount.volume + "/_data", mount.path});
    if (!bind)
      volumes_.try_emplace(mount.volume, VolumeInfo{mount.volume, info.mounts.back().source});
  }
  info.restart_policy = spec.restart_policy.empty() ? "no" : spec.restart_policy;
  info.health = spec.health;
  info.has_health_check = spec.health.has_value();
  info.state.status = "created";
  return info;
}

Result<std::string> FakeEngine::Create(const Context& ctx, const ContainerSpec& spec) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, fmt::format("create {}", spec.name)));
  const auto image = images_.find(spec.image);
  if (image == images_.end()) return NotThere("image", spec.image);
  if (!spec.name.empty() && Find(spec.name) != nullptr) {
    return Fail(ErrorCode::kConflict, fmt::format("the name {} is already in use", spec.name));
  }
  std::vector<ContainerMount> shared;
  if (!spec.volumes_from.empty()) {
    ASSIGN_OR_RETURN(const Container* from, Get(spec.volumes_from));
    shared = from->info.mounts;
  }
  ContainerInfo info = NewInfo(spec, image->second);
  info.mounts.insert(info.mounts.end(), shared.begin(), shared.end());
  created_.push_back(spec);
  std::string id = info.id;
  containers_[id] = Container{std::move(info), spec, {}, {}};
  return id;
}

void FakeEngine::JoinNetwork(ContainerInfo& info, const std::string& network) {
  if (info.addresses.contains(network)) return;
  info.networks.push_back(network);
  info.addresses[network] = fmt::format("10.0.0.{}", next_number_++);
}

Status FakeEngine::Start(const Context& ctx, std::string_view container) {
  StartHandler handler;
  std::string name;
  {
    const std::scoped_lock lock(mutex_);
    RETURN_IF_ERROR(Record(ctx, fmt::format("start {}", container)));
    ASSIGN_OR_RETURN(Container * found, Get(container));
    ContainerInfo& info = found->info;
    if (info.state.running) return {};
    const std::string& mode = found->spec.network_mode;
    if (!mode.empty() && mode != "none" && !mode.starts_with("container:")) {
      if (!networks_.contains(mode)) return NotThere("network", mode);
      JoinNetwork(info, mode);
    }
    for (const PortBinding& port : found->spec.ports) {
      const int host = port.host_port == 0 ? kFirstHostPort + next_number_++ : port.host_port;
      info.ports[port.container_port] = {port.host_ip, host};
    }
    info.state = ContainerState{.status = "running", .running = true};
    if (info.has_health_check) info.state.health = "starting";
    name = info.name;
    handler = start_;
  }
  if (handler) handler(name);
  return {};
}

Status FakeEngine::End(std::string_view container, int exit_code) {
  ASSIGN_OR_RETURN(Container * found, Get(container));
  ContainerInfo& info = found->info;
  if (info.state.running) info.state = ContainerState{.status = "exited", .exit_code = exit_code};
  info.ports.clear();
  info.addresses.clear();
  ended_.notify_all();
  return {};
}

Status FakeEngine::Stop(const Context& ctx, std::string_view container, std::chrono::seconds) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, fmt::format("stop {}", container)));
  return End(container, 0);
}

Status FakeEngine::Kill(const Context& ctx, std::string_view container, std::string_view) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, fmt::format("kill {}", container)));
  ASSIGN_OR_RETURN(const Container* found, Get(container));
  if (!found->info.state.running) {
    return Fail(ErrorCode::kContainerFailed, fmt::format("container {} is not running", container));
  }
  return End(container, kKilled);
}

Status FakeEngine::Remove(const Context& ctx, std::string_view container) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, fmt::format("remove {}", container)));
  const Container* found = Find(container);
  if (found != nullptr) containers_.erase(std::string(found->info.id));
  ended_.notify_all();
  return {};
}

Status FakeEngine::SetRestartPolicy(const Context& ctx, std::string_view container,
                                    std::string_view policy) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, fmt::format("policy {} {}", container, policy)));
  ASSIGN_OR_RETURN(Container * found, Get(container));
  found->info.restart_policy = policy.empty() ? "no" : policy;
  return {};
}

Result<int> FakeEngine::Wait(const Context& ctx, std::string_view container) {
  using std::chrono::milliseconds;
  std::unique_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, fmt::format("wait {}", container)));
  while (true) {
    ASSIGN_OR_RETURN(const Container* found, Get(container));
    if (!found->info.state.running) return found->info.state.exit_code;
    RETURN_IF_ERROR(ctx.Check());
    ended_.wait_for(lock, ctx.stop(), ctx.Remaining(std::chrono::hours(1)), [] { return false; });
  }
}

Result<std::string> FakeEngine::Logs(const Context& ctx, std::string_view container, int lines) {
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(Record(ctx, fmt::format("logs {}", container)));
  ASSIGN_OR_RETURN(const Container* found, Get(container));
  const std::string& log = found->log;
  std::size_t start = log.size();
  for (int i = 0; i < lines && start > 0; ++i) {
    const std::size_t end_before = start < 2 ? std::string::npos : log.rfind('\n', start - 2);
    start = end_before == std::string::npos ? 0 : end_before + 1;
  }
  return log.substr(start);
}

Result<int> FakeEngine::Exec(const Context& ctx, std::string_view container, const ExecSpec& spec,
                             const ExecStreams& streams) {
  ExecHandler handler;
  std::string name;
  {
    const std::scoped_lock lock(mutex_);
    const std::string program = spec.argv.empty() ? "" : spec.argv[0];
    RETURN_IF_ERROR(Record(ctx, fmt::format("exec {} {}", container, program)));
    ASSIGN_OR_RETURN(const Container* found, Get(container));
    if (!found->info.state.running) {
      return Fail(
          ErrorCode::kContainerFailed,
          fmt::format("could not run {} in container {}: it is not running", program, container));
    }
    name = found->info.name;
    handler = exec_;
  }
  if (handler) return handler(ctx, name, spec, streams);
  return 0;
}

}  // namespace reprise::docker
