#pragma once

#include <string>
#include <vector>

#include "docker/api_client.hpp"
#include "docker/engine.hpp"

namespace reprise::docker {

// The Engine behind a stream socket. Its parts stand in unix_containers.cpp, unix_lifecycle.cpp,
// unix_exec.cpp, unix_archives.cpp, unix_images.cpp, unix_volumes.cpp and unix_networks.cpp.
class UnixEngine final : public Engine {
 public:
  explicit UnixEngine(const std::string& socket_path) : api_(socket_path) {}
  UnixEngine(EngineDialer dial, std::string where) : api_(std::move(dial), std::move(where)) {}

  Result<EngineInfo> Info(const Context& ctx) override;

  Result<ContainerInfo> Inspect(const Context& ctx, std::string_view container) override;
  Result<std::vector<ContainerInfo>> List(const Context& ctx, const Labels& labels) override;
  Result<std::string> Create(const Context& ctx, const ContainerSpec& spec) override;
  Result<std::string> Logs(const Context& ctx, std::string_view container, int lines) override;

  Status Start(const Context& ctx, std::string_view container) override;
  Status Stop(const Context& ctx, std::string_view container, std::chrono::seconds grace) override;
  Status Kill(const Context& ctx, std::string_view container, std::string_view signal) override;
  Status Remove(const Context& ctx, std::string_view container) override;
  Status SetRestartPolicy(const Context& ctx, std::string_view container,
                          std::string_view policy) override;
  Result<int> Wait(const Context& ctx, std::string_view container) override;

  Result<int> Exec(const Context& ctx, std::string_view container, const ExecSpec& spec,
                   const ExecStreams& streams) override;

  Status PutArchive(const Context& ctx, std::string_view container, std::string_view path,
                    ByteReader& tar) override;
  Status GetArchive(const Context& ctx, std::string_view container, std::string_view path,
                    ByteWriter& tar) override;

  Result<ImageInfo> InspectImage(const Context& ctx, std::string_view image) override;
  Status PullImage(const Context& ctx, std::string_view image) override;
  Status SaveImages(const Context& ctx, const std::vector<std::string>& images,
                    ByteWriter& tar) override;
  Status LoadImages(const Context& ctx, ByteReader& tar) override;

  Status CreateVolume(const Context& ctx, std::string_view name, const Labels& labels) override;
  Result<std::vector<VolumeInfo>> ListVolumes(const Context& ctx, const Labels& labels) override;
  Status RemoveVolume(const Context& ctx, std::string_view name) override;

  Status CreateNetwork(const Context& ctx, const NetworkSpec& spec) override;
  Result<std::vector<NetworkInfo>> ListNetworks(const Context& ctx, const Labels& labels) override;
  Status RemoveNetwork(const Context& ctx, std::string_view name) override;
  Status Connect(const Context& ctx, std::string_view network, std::string_view container,
                 const std::vector<std::string>& aliases) override;
  Status Disconnect(const Context& ctx, std::string_view network,
                    std::string_view container) override;

 private:
  // POST /containers/{container}{action}, whose answer's body does not matter. `doing` for
  // messages.
  Status Act(const Context& ctx, std::string_view container, std::string_view action,
             std::string_view doing, std::chrono::milliseconds limit, std::string json = {});
  Result<std::string> CreateExec(const Context& ctx, std::string_view container,
                                 const ExecSpec& spec, bool with_input);
  // Its exit code, once it has ended.
  Status AwaitExecStart(const Context& ctx, std::string_view exec);
  Result<int> ExecOutcome(const Context& ctx, std::string_view container, std::string_view exec);

  ApiClient api_;
};

}  // namespace reprise::docker
