#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "docker/container_json.hpp"
#include "docker/json_view.hpp"
#include "docker/unix_engine.hpp"

namespace reprise::docker {

namespace json = boost::json;

Status UnixEngine::CreateVolume(const Context& ctx, std::string_view name, const Labels& labels) {
  json::object volume;
  volume["Name"] = name;
  volume["Labels"] = TextMap(labels);
  ASSIGN_OR_RETURN(
      const Answer answer,
      api_.Call(ctx, {"POST", "/volumes/create", json::serialize(volume)}, kChangeLimit));
  if (answer.ok()) return {};
  return Fail(RefusalOf(answer, Subject::kVolume, name, fmt::format("create volume {}", name)));
}

Result<std::vector<VolumeInfo>> UnixEngine::ListVolumes(const Context& ctx, const Labels& labels) {
  const std::string target = WithQuery("/volumes", {{"filters", LabelFilter(labels)}});
  ASSIGN_OR_RETURN(const Answer answer, api_.Call(ctx, {"GET", target}, kQueryLimit));
  if (!answer.ok()) return Fail(RefusalOf(answer, Subject::kEngine, "", "list the volumes"));
  ASSIGN_OR_RETURN(const json::value list, ParseJson(answer.body));
  std::vector<VolumeInfo> volumes;
  for (const json::value& item : ArrayAt(list, "/Volumes")) {
    volumes.push_back(
        VolumeInfo{TextAt(item, "/Name"), TextAt(item, "/Mountpoint"), TextMapAt(item, "/Labels")});
  }
  return volumes;
}

Status UnixEngine::RemoveVolume(const Context& ctx, std::string_view name) {
  ASSIGN_OR_RETURN(const std::string segment, PathSegment(Subject::kVolume, name));
  ASSIGN_OR_RETURN(const Answer answer,
                   api_.Call(ctx, {"DELETE", fmt::format("/volumes/{}", segment)}, kChangeLimit));
  if (answer.ok()) return {};
  return Fail(RefusalOf(answer, Subject::kVolume, name, fmt::format("remove volume {}", name)));
}

}  // namespace reprise::docker
