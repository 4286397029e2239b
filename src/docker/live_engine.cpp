#include "docker/live_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/file.hpp"
#include "base/id.hpp"
#include "docker/api_client.hpp"

namespace reprise::docker {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kSizeAt = 124;
constexpr std::size_t kChecksumAt = 148;
constexpr std::size_t kTypeAt = 156;

void Put(std::string& header, std::size_t at, std::string_view text) {
  header.replace(at, text.size(), text);
}

std::string Header(const TarEntry& entry) {
  const std::size_t size = entry.type == '0' ? entry.content.size() : 0;
  std::string header(kBlock, '\0');
  Put(header, 0, entry.name);
  Put(header, 100, fmt::format("{:07o}", entry.mode));
  Put(header, 108, fmt::format("{:07o}", entry.owner));
  Put(header, 116, fmt::format("{:07o}", entry.owner));
  Put(header, kSizeAt, fmt::format("{:011o}", size));
  Put(header, 136, fmt::format("{:011o}", 0));
  Put(header, kChecksumAt, "        ");
  header[kTypeAt] = entry.type;
  if (entry.type == '2') Put(header, 157, entry.content);
  Put(header, 257, std::string_view("ustar\00000", 8));
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  Put(header, kChecksumAt, fmt::format("{:06o}", sum));
  header[kChecksumAt + 6] = '\0';
  return header;
}

std::size_t RoundedUp(std::size_t size) { return (size + kBlock - 1) / kBlock * kBlock; }

std::string BusyboxTar(std::string busybox) {
  std::vector<TarEntry> entries = {{"bin/", "", '5', 0, 0755}, {"tmp/", "", '5', 0, 01777}};
  entries.push_back({"bin/busybox", std::move(busybox), '0', 0, 0755});
  for (const char* applet : {"sh", "cat", "echo", "env", "head", "id", "ls", "nc", "printf", "seq",
                             "sleep", "stat", "sha256sum", "true", "wc", "yes", "kill", "ps"}) {
    entries.push_back({fmt::format("bin/{}", applet), "busybox", '2', 0, 0777});
  }
  entries.push_back({"etc/", "", '5', 0, 0755});
  entries.push_back({"etc/passwd", "root:x:0:0:::/bin/sh\nodoo:x:101:101:::/bin/sh\n"});
  entries.push_back({"etc/group", "root:x:0:\nodoo:x:101:\n"});
  return MakeTar(entries);
}

}  // namespace

std::string MakeTar(const std::vector<TarEntry>& entries) {
  std::string tar;
  for (const TarEntry& entry : entries) {
    tar += Header(entry);
    if (entry.type != '0') continue;
    tar += entry.content;
    tar.resize(RoundedUp(tar.size()));
  }
  tar.resize(tar.size() + 2 * kBlock);
  return tar;
}

std::vector<TarEntry> ReadTar(std::string_view tar) {
  std::vector<TarEntry> entries;
  while (tar.size() >= kBlock && tar[0] != '\0') {
    TarEntry entry;
    entry.name = std::string(tar.substr(0, 100)).c_str();
    entry.owner = std::stoi(std::string(tar.substr(108, 8)), nullptr, 8);
    const auto size = std::stoul(std::string(tar.substr(kSizeAt, 12)), nullptr, 8);
    entry.type = tar[kTypeAt];
    entry.content = std::string(tar.substr(kBlock, size));
    tar.remove_prefix(std::min(tar.size(), kBlock + RoundedUp(size)));
    if (entry.type == '0') entries.push_back(std::move(entry));
  }
  return entries;
}

std::unique_ptr<LiveEngine> LiveEngine::Find(std::string& why) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): tests start with one thread
  const char* host = std::getenv("REPRISE_TEST_DOCKER_HOST");
  if (host == nullptr || !std::string_view(host).starts_with("unix://")) {
    why = "needs a Docker Engine: set REPRISE_TEST_DOCKER_HOST to unix:///path/of/docker.sock";
    return nullptr;
  }
  const std::string path = std::string(host).substr(std::string_view("unix://").size());
  std::unique_ptr<LiveEngine> live(new LiveEngine(path));
  if (const Status ready = live->EnsureImage(path); !ready) {
    why = ready.error().Sentence();
    return nullptr;
  }
  return live;
}

LiveEngine::LiveEngine(std::string socket_path)
    : engine_(ConnectUnix(std::move(socket_path))), id_(RandomHex(6)) {}

LiveEngine::~LiveEngine() {
  const Context ctx;
  for (const ContainerInfo& container :
       engine_->List(ctx, labels()).value_or(std::vector<ContainerInfo>())) {
    [[maybe_unused]] const Status removed = engine_->Remove(ctx, container.id);
  }
  for (const VolumeInfo& volume :
       engine_->ListVolumes(ctx, labels()).value_or(std::vector<VolumeInfo>())) {
    [[maybe_unused]] const Status removed = engine_->RemoveVolume(ctx, volume.name);
  }
  for (const NetworkInfo& network :
       engine_->ListNetworks(ctx, labels()).value_or(std::vector<NetworkInfo>())) {
    [[maybe_unused]] const Status removed = engine_->RemoveNetwork(ctx, network.id);
  }
}

Status LiveEngine::EnsureImage(const std::string& socket_path) {
  const Context ctx;
  const Result<ImageInfo> image = engine_->InspectImage(ctx, kImage);
  if (image || image.error().code != ErrorCode::kNotFound) {
    return image ? Status() : Fail(image.error());
  }
  Result<std::string> busybox = ReadTextFile("/bin/busybox", 16U << 20U);
  if (!busybox) {
    return Fail(ErrorCode::kNotFound,
                "needs a static busybox for its test image: install the package busybox-static");
  }
  StringReader tar(BusyboxTar(*std::move(busybox)));
  HttpRequest import;
  import.method = "POST";
  import.target = WithQuery("/images/create",
                            {{"fromSrc", "-"}, {"repo", "reprise-test/busybox"}, {"tag", "1"}});
  import.upload = &tar;
  ApiClient api(socket_path);
  ASSIGN_OR_RETURN(OpenExchange exchange, api.Open(ctx, std::move(import)));
  ASSIGN_OR_RETURN(const Answer answer, ReadAnswer(ctx, std::move(exchange)));
  if (answer.ok()) return {};
  return Fail(ErrorCode::kContainerFailed, "cannot import the test image: " + answer.body);
}

std::string LiveEngine::Name(std::string_view suffix) const {
  return fmt::format("reprise-test-{}-{}", id_, suffix);
}

ContainerSpec LiveEngine::Spec(std::string_view suffix, std::vector<std::string> command) const {
  ContainerSpec spec;
  spec.name = Name(suffix);
  spec.image = kImage;
  spec.command = std::move(command);
  spec.labels = labels();
  spec.network_mode = "none";
  spec.environment["PATH"] = "/bin";
  return spec;
}

std::string LiveEngine::Running(std::string_view suffix) {
  ContainerSpec spec = Spec(suffix, {"sleep", "600"});
  spec.init = false;
  const Context ctx;
  const Result<std::string> created = engine_->Create(ctx, spec);
  if (!created) return created.error().Sentence();
  const Status started = engine_->Start(ctx, spec.name);
  return started ? spec.name : started.error().Sentence();
}

}  // namespace reprise::docker
