#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/testing/fate.hpp"
#include "docker/engine.hpp"
#include "docker/testing/psql_questions.hpp"

namespace reprise::docker::testing {

// An engine as one process sees it: each call is made only as far as fate lets it.
class FatedEngine final : public Engine {
 public:
  // Both must outlive it.
  FatedEngine(Engine& engine, reprise::testing::Fate& fate) : engine_(engine), fate_(fate) {}

  Result<EngineInfo> Info(const Context& ctx) override {
    return Do("info", "", [&] { return engine_.Info(ctx); });
  }
  Result<ContainerInfo> Inspect(const Context& ctx, std::string_view container) override {
    return Do("inspect", container, [&] { return engine_.Inspect(ctx, container); });
  }
  Result<std::vector<ContainerInfo>> List(const Context& ctx, const Labels& labels) override {
    return Do("list", "", [&] { return engine_.List(ctx, labels); });
  }
  Result<std::string> Create(const Context& ctx, const ContainerSpec& spec) override {
    return Do("create", spec.name, [&] { return engine_.Create(ctx, spec); });
  }
  Status Start(const Context& ctx, std::string_view container) override {
    return Do("start", container, [&] { return engine_.Start(ctx, container); });
  }
  Status Stop(const Context& ctx, std::string_view container, std::chrono::seconds grace) override {
    return Do("stop", container, [&] { return engine_.Stop(ctx, container, grace); });
  }
  Status Kill(const Context& ctx, std::string_view container, std::string_view signal) override {
    return Do("kill", container, [&] { return engine_.Kill(ctx, container, signal); });
  }
  Status Remove(const Context& ctx, std::string_view container) override {
    return Do("remove", container, [&] { return engine_.Remove(ctx, container); });
  }
  Status SetRestartPolicy(const Context& ctx, std::string_view container,
                          std::string_view policy) override {
    return Do("policy", container,
              [&] { return engine_.SetRestartPolicy(ctx, container, policy); });
  }
  Result<int> Wait(const Context& ctx, std::string_view container) override {
    return Do("wait", container, [&] { return engine_.Wait(ctx, container); });
  }
  Result<std::string> Logs(const Context& ctx, std::string_view container, int lines) override {
    return Do("logs", container, [&] { return engine_.Logs(ctx, container, lines); });
  }
  Result<int> Exec(const Context& ctx, std::string_view container, const ExecSpec& spec,
                   const ExecStreams& streams) override {
    const auto run = [&](const ExecSpec& program, const ExecStreams& its_streams) {
      return Do("exec", std::string(container) + " " + program.argv.front(),
                [&] { return engine_.Exec(ctx, container, program, its_streams); });
    };
    if (!IsAskedInTurn(spec)) return run(spec, streams);
    // What one question changes is a call of its own, however few programs it takes.
    ExecSpec once = spec;
    std::erase(once.argv, "-n");
    return AnswerInTurn(ctx, streams, [&](const std::string& sql, ByteWriter& answer) {
      StringReader input(sql);
      return run(once, {.input = &input, .output = &answer, .error = streams.error});
    });
  }
  Status PutArchive(const Context& ctx, std::string_view container, std::string_view path,
                    ByteReader& tar) override {
    return Do("put", container, [&] { return engine_.PutArchive(ctx, container, path, tar); });
  }
  Status GetArchive(const Context& ctx, std::string_view container, std::string_view path,
                    ByteWriter& tar) override {
    return Do("get", container, [&] { return engine_.GetArchive(ctx, container, path, tar); });
  }
  Result<ImageInfo> InspectImage(const Context& ctx, std::string_view image) override {
    return Do("image", image, [&] { return engine_.InspectImage(ctx, image); });
  }
  Status PullImage(const Context& ctx, std::string_view image) override {
    return Do("pull", image, [&] { return engine_.PullImage(ctx, image); });
  }
  Status SaveImages(const Context& ctx, const std::vector<std::string>& images,
                    ByteWriter& tar) override {
    return Do("save", images.front(), [&] { return engine_.SaveImages(ctx, images, tar); });
  }
  Status LoadImages(const Context& ctx, ByteReader& tar) override {
    return Do("load", "", [&] { return engine_.LoadImages(ctx, tar); });
  }
  Status CreateVolume(const Context& ctx, std::string_view name, const Labels& labels) override {
    return Do("create volume", name, [&] { return engine_.CreateVolume(ctx, name, labels); });
  }
  Result<std::vector<VolumeInfo>> ListVolumes(const Context& ctx, const Labels& labels) override {
    return Do("list volumes", "", [&] { return engine_.ListVolumes(ctx, labels); });
  }
  Status RemoveVolume(const Context& ctx, std::string_view name) override {
    return Do("remove volume", name, [&] { return engine_.RemoveVolume(ctx, name); });
  }
  Status CreateNetwork(const Context& ctx, const NetworkSpec& spec) override {
    return Do("create network", spec.name, [&] { return engine_.CreateNetwork(ctx, spec); });
  }
  Result<std::vector<NetworkInfo>> ListNetworks(const Context& ctx, const Labels& labels) override {
    return Do("list networks", "", [&] { return engine_.ListNetworks(ctx, labels); });
  }
  Status RemoveNetwork(const Context& ctx, std::string_view name) override {
    return Do("remove network", name, [&] { return engine_.RemoveNetwork(ctx, name); });
  }
  Status Connect(const Context& ctx, std::string_view network, std::string_view container,
                 const std::vector<std::string>& aliases) override {
    return Do("connect", container,
              [&] { return engine_.Connect(ctx, network, container, aliases); });
  }
  Status Disconnect(const Context& ctx, std::string_view network,
                    std::string_view container) override {
    return Do("disconnect", container, [&] { return engine_.Disconnect(ctx, network, container); });
  }

 private:
  template <class Call>
  auto Do(std::string_view verb, std::string_view what, Call call) -> decltype(call()) {
    return reprise::testing::Fated(fate_, reprise::testing::World::kEngine,
                                   std::string(verb) + " " + std::string(what), call);
  }

  Engine& engine_;
  reprise::testing::Fate& fate_;
};

}  // namespace reprise::docker::testing
