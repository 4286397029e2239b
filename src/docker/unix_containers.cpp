#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "docker/container_json.hpp"
#include "docker/frames.hpp"
#include "docker/json_view.hpp"
#include "docker/text_tail.hpp"
#include "docker/unix_engine.hpp"

namespace reprise::docker {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostLogBytes = 4UL << 20U;

}  // namespace

Result<EngineInfo> UnixEngine::Info(const Context& ctx) {
  ASSIGN_OR_RETURN(const std::string version, api_.Version(ctx));
  ASSIGN_OR_RETURN(const Answer answer, api_.Call(ctx, {"GET", "/info"}, kQueryLimit));
  if (!answer.ok()) {
    return Fail(RefusalOf(answer, Subject::kEngine, "", "ask the Docker Engine about itself"));
  }
  ASSIGN_OR_RETURN(const json::value info, ParseJson(answer.body));
  EngineInfo engine;
  engine.version = TextAt(info, "/ServerVersion");
  engine.api_version = version;
  engine.name = TextAt(info, "/Name");
  engine.cpus = static_cast<int>(NumberAt(info, "/NCPU"));
  engine.memory_bytes = static_cast<ByteCount>(NumberAt(info, "/MemTotal"));
  engine.root_dir = TextAt(info, "/DockerRootDir");
  return engine;
}

Result<ContainerInfo> UnixEngine::Inspect(const Context& ctx, std::string_view container) {
  ASSIGN_OR_RETURN(const std::string segment, PathSegment(Subject::kContainer, container));
  ASSIGN_OR_RETURN(
      const Answer answer,
      api_.Call(ctx, {"GET", fmt::format("/containers/{}/json", segment)}, kQueryLimit));
  if (!answer.ok()) {
    return Fail(RefusalOf(answer, Subject::kContainer, container,
                          fmt::format("look at container {}", container)));
  }
  ASSIGN_OR_RETURN(const json::value inspected, ParseJson(answer.body));
  return ReadContainer(inspected);
}

Result<std::vector<ContainerInfo>> UnixEngine::List(const Context& ctx, const Labels& labels) {
  const std::string target =
      WithQuery("/containers/json", {{"all", "1"}, {"filters", LabelFilter(labels)}});
  ASSIGN_OR_RETURN(const Answer answer, api_.Call(ctx, {"GET", target}, kQueryLimit));
  if (!answer.ok()) return Fail(RefusalOf(answer, Subject::kEngine, "", "list the containers"));
  ASSIGN_OR_RETURN(const json::value list, ParseJson(answer.body));
  std::vector<ContainerInfo> containers;
  for (const json::value& item : ArrayAt(list, "")) {
    Result<ContainerInfo> info = Inspect(ctx, TextAt(item, "/Id"));
    if (info) {
      containers.push_back(*std::move(info));
    } else if (info.error().code != ErrorCode::kContainerMissing) {  // gone since the listing
      return Fail(std::move(info.error()));
    }
  }
  return containers;
}

Result<std::string> UnixEngine::Create(const Context& ctx, const ContainerSpec& spec) {
  HttpRequest request{"POST", "/containers/create"};
  if (!spec.name.empty()) request.target = WithQuery(request.target, {{"name", spec.name}});
  request.json = json::serialize(ContainerRequest(spec));
  ASSIGN_OR_RETURN(const Answer answer, api_.Call(ctx, std::move(request), kChangeLimit));
  if (!answer.ok()) {
    return Fail(RefusalOf(answer, Subject::kImage, spec.image,
                          fmt::format("create container {}", spec.name)));
  }
  ASSIGN_OR_RETURN(const json::value created, ParseJson(answer.body));
  return TextAt(created, "/Id");
}

Result<std::string> UnixEngine::Logs(const Context& ctx, std::string_view container, int lines) {
  ASSIGN_OR_RETURN(const std::string segment, PathSegment(Subject::kContainer, container));
  const std::string target =
      WithQuery(fmt::format("/containers/{}/logs", segment),
                {{"stdout", "1"}, {"stderr", "1"}, {"tail", std::to_string(lines)}});
  const Context limited = ctx.WithTimeout(kChangeLimit);
  ASSIGN_OR_RETURN(OpenExchange exchange, api_.Open(limited, {"GET", target}));
  if (exchange.head.status >= 300) {
    ASSIGN_OR_RETURN(const Answer answer, ReadAnswer(limited, std::move(exchange)));
    return Fail(RefusalOf(answer, Subject::kContainer, container,
                          fmt::format("read the log of container {}", container)));
  }
  TextTail tail(kMostLogBytes);
  ByteReader& body = exchange.connection->body();
  std::array<std::byte, 8> start{};
  ASSIGN_OR_RETURN(const std::size_t count, ReadFull(limited, body, start));
  const ConstByteSpan started = ConstByteSpan(start).first(count);
  if (count > 0 && !LooksFramed(started)) {
    RETURN_IF_ERROR(tail.Write(limited, started));
    ASSIGN_OR_RETURN([[maybe_unused]] const ByteCount copied, Copy(limited, body, tail));
    return tail.Take();
  }
  FrameSplitter splitter(&tail, &tail);
  RETURN_IF_ERROR(splitter.Feed(limited, started));
  RETURN_IF_ERROR(SplitFrames(limited, body, splitter));
  return tail.Take();
}

std::unique_ptr<Engine> ConnectUnix(std::string socket_path) {
  constexpr std::string_view kScheme = "unix://";
  if (socket_path.starts_with(kScheme)) socket_path.erase(0, kScheme.size());
  return std::make_unique<UnixEngine>(std::move(socket_path));
}

}  // namespace reprise::docker
