#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "docker/engine.hpp"

namespace reprise::docker {

// An Engine in memory, for tests: containers with states, volumes, networks, programs that are
// functions. It passes the same conformance suite as the real one. Thread-safe; handlers run
// without the lock held, on the caller's thread, and may call the engine.
class FakeEngine final : public Engine {
 public:
  // Stands for the program that an Exec runs: reads and writes the streams, returns the exit code.
  using ExecHandler = std::function<Result<int>(const Context& ctx, std::string_view container,
                                                const ExecSpec& spec, const ExecStreams& streams)>;
  using StartHandler = std::function<void(std::string_view container)>;
  // Asked before each call is done; its failure is the call's. Must not call the engine.
  using CallHandler = std::function<Status(std::string_view call)>;

  // --- What the test arranges.
  void AddImage(ImageInfo image);      // found by each of its tags and its id
  void OnExec(ExecHandler handler);    // without one every program ends with 0 and prints nothing
  void OnStart(StartHandler handler);  // called with the name of what has started
  void OnCall(CallHandler handler);
  // The next call whose record (see calls) starts with `call` fails instead of being done.
  void FailNext(std::string call, Error error);
  void SetHealth(std::string_view container, std::string health);
  void SetLog(std::string_view container, std::string text);
  // What GetArchive of `path` gives, besides what PutArchive has put there.
  void SetArchive(std::string_view container, std::string_view path, std::string tar);
  // The container's main program ends; who waits for it is told.
  void Finish(std::string_view container, int exit_code);

  // --- What the test looks at.
  // What was asked for, in order: "create shop", "start shop", "stop shop", "kill shop", "remove
  // shop", "exec shop pg_dump", "put shop /data", "get shop /data", "policy shop no", "pull
  // odoo:19", "create volume v", "connect net shop", … by the name or id as the caller gave it.
  [[nodiscard]] std::vector<std::string> calls() const;
  // The tar that was last put into `path` of the container; empty when none was.
  [[nodiscard]] std::string ArchiveAt(std::string_view container, std::string_view path) const;
  [[nodiscard]] std::vector<ContainerSpec> created() const;

  Result<EngineInfo> Info(const Context& ctx) override;
  Result<ContainerInfo> Inspect(const Context& ctx, std::string_view container) override;
  Result<std::vector<ContainerInfo>> List(const Context& ctx, const Labels& labels) override;
  Result<std::string> Create(const Context& ctx, const ContainerSpec& spec) override;
  Status Start(const Context& ctx, std::string_view container) override;
  Status Stop(const Context& ctx, std::string_view container, std::chrono::seconds grace) override;
  Status Kill(const Context& ctx, std::string_view container, std::string_view signal) override;
  Status Remove(const Context& ctx, std::string_view container) override;
  Status SetRestartPolicy(const Context& ctx, std::string_view container,
                          std::string_view policy) override;
  Result<int> Wait(const Context& ctx, std::string_view container) override;
  Result<std::string> Logs(const Context& ctx, std::string_view container, int lines) override;
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
  struct Container {
    ContainerInfo info;
    ContainerSpec spec;
    std::string log;
    std::map<std::string, std::string, std::less<>> archives;  // by path
  };

  // All of these with mutex_ held. Record() notes the call and fails when the test wants it so.
  Status Record(const Context& ctx, std::string call);
  Container* Find(std::string_view container);
  const Container* Find(std::string_view container) const;
  Result<Container*> Get(std::string_view container);
  ContainerInfo NewInfo(const ContainerSpec& spec, const ImageInfo& image);
  void JoinNetwork(ContainerInfo& info, const std::string& network);
  Status End(std::string_view container, int exit_code);

  mutable std::mutex mutex_;
  std::condition_variable_any ended_;
  std::vector<std::string> calls_;
  std::deque<std::pair<std::string, Error>> failures_;
  std::vector<ContainerSpec> created_;
  std::map<std::string, Container> containers_;           // by id
  std::map<std::string, ImageInfo, std::less<>> images_;  // by tag and id
  std::map<std::string, VolumeInfo, std::less<>> volumes_;
  std::map<std::string, NetworkInfo, std::less<>> networks_;
  ExecHandler exec_;
  StartHandler start_;
  CallHandler call_;
  int next_number_ = 1;
};

}  // namespace reprise::docker
