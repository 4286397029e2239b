#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/stream.hpp"

namespace reprise::docker {

using Labels = std::map<std::string, std::string>;
using EnvironmentVariables = std::map<std::string, std::string>;

struct HealthCheck {
  std::string shell;  // run by CMD-SHELL
  std::chrono::seconds interval{5};
  std::chrono::seconds timeout{5};
  std::chrono::seconds start_period{60};
  int retries = 3;
};

struct PortBinding {
  int container_port = 0;
  std::string host_ip = "127.0.0.1";
  int host_port = 0;  // 0: the engine picks one
};

struct Mount {
  std::string volume;  // a volume's name, or a host path for a bind mount
  std::string path;    // in the container
  bool read_only = false;
};

struct ContainerSpec {
  std::string name;
  std::string image;
  std::vector<std::string> entrypoint;  // empty: the image's
  std::vector<std::string> command;     // empty: the image's
  std::string user;
  EnvironmentVariables environment;
  Labels labels;
  std::vector<Mount> mounts;
  std::string volumes_from;  // a container whose volumes this one shares
  std::string network_mode;  // "", "none", "container:<id>", or a network's name
  std::vector<std::string> network_aliases;
  std::vector<PortBinding> ports;
  std::optional<HealthCheck> health;
  std::string restart_policy;       // "", "no", "unless-stopped", "always"
  std::int64_t memory_bytes = 0;    // 0: no limit
  std::int64_t most_processes = 0;  // 0: no limit
  bool unprivileged = false;        // no capabilities, and no way to gain any
  std::string working_dir;
  bool init = false;  // a tiny init as process 1, reaps children
  std::chrono::seconds stop_timeout{10};
};

struct ContainerState {
  std::string status;  // "created", "running", "exited", …
  bool running = false;
  bool restarting = false;
  int exit_code = 0;
  std::string health;  // "", "starting", "healthy", "unhealthy"
  std::string error;
  std::string started_at;  // as the engine writes it; empty where it does not say
};

struct ContainerMount {
  std::string type;         // "volume" or "bind"
  std::string name;         // of the volume
  std::string source;       // on the host
  std::string destination;  // in the container
};

struct ContainerInfo {
  std::string id;
  std::string name;      // without the leading slash
  std::string image;     // the reference it was made from
  std::string image_id;  // sha256:…
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;  // Cmd, then args of the path as run
  std::string user;
  EnvironmentVariables environment;
  Labels labels;
  std::vector<ContainerMount> mounts;
  std::vector<std::string> networks;
  std::map<std::string, std::string> addresses;      // network → IP
  std::map<int, std::pair<std::string, int>> ports;  // container TCP port → host IP and port
  std::string restart_policy;
  std::optional<HealthCheck> health;  // shell is empty when not CMD-SHELL
  bool has_health_check = false;
  ContainerState state;
};

struct ExecSpec {
  std::vector<std::string> argv;
  EnvironmentVariables environment;  // where secrets go, never argv
  std::string user;                  // empty: the container's
  std::string working_dir;
};

// Sinks for an exec's output, borrowed; null = thrown away.
struct ExecStreams {
  ByteReader* input = nullptr;
  ByteWriter* output = nullptr;
  ByteWriter* error = nullptr;
};

struct ImageInfo {
  std::string id;
  std::vector<std::string> tags;
  EnvironmentVariables environment;
  std::string user;
  std::vector<std::string> volumes;
  ByteCount size = 0;
};

struct VolumeInfo {
  std::string name;
  std::string mountpoint;
  Labels labels;
};

struct NetworkInfo {
  std::string id;
  std::string name;
  Labels labels;
  bool internal = false;
};

struct EngineInfo {
  std::string version;
  std::string api_version;
  std::string name;
  int cpus = 0;
  ByteCount memory_bytes = 0;
  std::string root_dir;
};

// A Docker Engine (its HTTP API, 1.41 or later). Containers, images, networks and volumes are named
// by id or name. Thread-safe: each call has its own connection. Failures: kEngineUnavailable when
// it does not answer, kContainerMissing / kNotFound for what is not there, kConflict for a name
// taken, kContainerFailed for what the engine refuses, with its own words.
class Engine {
 public:
  virtual ~Engine() = default;

  [[nodiscard]] virtual Result<EngineInfo> Info(const Context& ctx) = 0;

  [[nodiscard]] virtual Result<ContainerInfo> Inspect(const Context& ctx,
                                                      std::string_view container) = 0;
  // All containers (also stopped ones) that carry every one of `labels`.
  [[nodiscard]] virtual Result<std::vector<ContainerInfo>> List(const Context& ctx,
                                                                const Labels& labels) = 0;
  // Returns the new id. The image must be there (see PullImage).
  [[nodiscard]] virtual Result<std::string> Create(const Context& ctx,
                                                   const ContainerSpec& spec) = 0;
  // Start and Stop are ok when it already is so.
  [[nodiscard]] virtual Status Start(const Context& ctx, std::string_view container) = 0;
  [[nodiscard]] virtual Status Stop(const Context& ctx, std::string_view container,
                                    std::chrono::seconds grace) = 0;
  [[nodiscard]] virtual Status Kill(const Context& ctx, std::string_view container,
                                    std::string_view signal) = 0;
  // Also when it runs, with its anonymous volumes; ok when it is not there.
  [[nodiscard]] virtual Status Remove(const Context& ctx, std::string_view container) = 0;
  [[nodiscard]] virtual Status SetRestartPolicy(const Context& ctx, std::string_view container,
                                                std::string_view policy) = 0;
  // Waits until it has ended; its exit code.
  [[nodiscard]] virtual Result<int> Wait(const Context& ctx, std::string_view container) = 0;
  // The last `lines` of both outputs, oldest first.
  [[nodiscard]] virtual Result<std::string> Logs(const Context& ctx, std::string_view container,
                                                 int lines) = 0;

  // Runs a program in a running container, feeding and draining its streams until it ends; its exit
  // code (also when not 0). When `ctx` stops, the connection is cut and kCancelled returned; the
  // program may live on until it notices.
  [[nodiscard]] virtual Result<int> Exec(const Context& ctx, std::string_view container,
                                         const ExecSpec& spec, const ExecStreams& streams) = 0;

  // Unpacks a tar stream into `path` of the container, running or not.
  [[nodiscard]] virtual Status PutArchive(const Context& ctx, std::string_view container,
                                          std::string_view path, ByteReader& tar) = 0;
  // `path` of the container as a tar stream.
  [[nodiscard]] virtual Status GetArchive(const Context& ctx, std::string_view container,
                                          std::string_view path, ByteWriter& tar) = 0;

  [[nodiscard]] virtual Result<ImageInfo> InspectImage(const Context& ctx,
                                                       std::string_view image) = 0;
  [[nodiscard]] virtual Status PullImage(const Context& ctx, std::string_view image) = 0;
  // Images with their tags as a tar stream (docker save), for LoadImages of another engine.
  [[nodiscard]] virtual Status SaveImages(const Context& ctx,
                                          const std::vector<std::string>& images,
                                          ByteWriter& tar) = 0;
  [[nodiscard]] virtual Status LoadImages(const Context& ctx, ByteReader& tar) = 0;

  [[nodiscard]] virtual Status CreateVolume(const Context& ctx, std::string_view name,
                                            const Labels& labels) = 0;
  [[nodiscard]] virtual Result<std::vector<VolumeInfo>> ListVolumes(const Context& ctx,
                                                                    const Labels& labels) = 0;
  [[nodiscard]] virtual Status RemoveVolume(const Context& ctx, std::string_view name) = 0;

  // `internal`: without a way out.
  struct NetworkSpec {
    std::string name;
    Labels labels;
    bool internal = false;
  };
  [[nodiscard]] virtual Status CreateNetwork(const Context& ctx, const NetworkSpec& spec) = 0;
  [[nodiscard]] virtual Result<std::vector<NetworkInfo>> ListNetworks(const Context& ctx,
                                                                      const Labels& labels) = 0;
  [[nodiscard]] virtual Status RemoveNetwork(const Context& ctx, std::string_view name) = 0;
  [[nodiscard]] virtual Status Connect(const Context& ctx, std::string_view network,
                                       std::string_view container,
                                       const std::vector<std::string>& aliases) = 0;
  [[nodiscard]] virtual Status Disconnect(const Context& ctx, std::string_view network,
                                          std::string_view container) = 0;
};

// Exec that wants exit code 0: its standard output (at most `most` bytes). Otherwise
// kContainerFailed with the last lines of standard error.
[[nodiscard]] Result<std::string> ExecText(const Context& ctx, Engine& engine,
                                           std::string_view container, const ExecSpec& spec,
                                           ByteCount most = 16U << 20U);

// The engine behind a unix socket ("/var/run/docker.sock", or "unix:///…").
[[nodiscard]] std::unique_ptr<Engine> ConnectUnix(std::string socket_path);

}  // namespace reprise::docker
