#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "docker/container_json.hpp"
#include "docker/json_view.hpp"
#include "docker/unix_engine.hpp"

namespace reprise::docker {

namespace json = boost::json;

Status UnixEngine::CreateNetwork(const Context& ctx, const NetworkSpec& spec) {
  json::object network;
  network["Name"] = spec.name;
  // Engines before API 1.44 would make a second one of the same name.
  network["CheckDuplicate"] = true;
  network["Driver"] = "bridge";
  network["Internal"] = spec.internal;
  network["Labels"] = TextMap(spec.labels);
  ASSIGN_OR_RETURN(
      const Answer answer,
      api_.Call(ctx, {"POST", "/networks/create", json::serialize(network)}, kChangeLimit));
  if (answer.ok()) return {};
  return Fail(
      RefusalOf(answer, Subject::kNetwork, spec.name, fmt::format("create network {}", spec.name)));
}

Result<std::vector<NetworkInfo>> UnixEngine::ListNetworks(const Context& ctx,
                                                          const Labels& labels) {
  const std::string target = WithQuery("/networks", {{"filters", LabelFilter(labels)}});
  ASSIGN_OR_RETURN(const Answer answer, api_.Call(ctx, {"GET", target}, kQueryLimit));
  if (!answer.ok()) return Fail(RefusalOf(answer, Subject::kEngine, "", "list the networks"));
  ASSIGN_OR_RETURN(const json::value list, ParseJson(answer.body));
  std::vector<NetworkInfo> networks;
  for (const json::value& item : ArrayAt(list, "")) {
    networks.push_back(NetworkInfo{TextAt(item, "/Id"), TextAt(item, "/Name"),
                                   TextMapAt(item, "/Labels"), FlagAt(item, "/Internal")});
  }
  return networks;
}

Status UnixEngine::RemoveNetwork(const Context& ctx, std::string_view name) {
  ASSIGN_OR_RETURN(const std::string segment, PathSegment(Subject::kNetwork, name));
  ASSIGN_OR_RETURN(const Answer answer,
                   api_.Call(ctx, {"DELETE", fmt::format("/networks/{}", segment)}, kChangeLimit));
  if (answer.ok()) return {};
  return Fail(RefusalOf(answer, Subject::kNetwork, name, fmt::format("remove network {}", name)));
}

Status UnixEngine::Connect(const Context& ctx, std::string_view network, std::string_view container,
                           const std::vector<std::string>& aliases) {
  ASSIGN_OR_RETURN(const std::string segment, PathSegment(Subject::kNetwork, network));
  json::object connect;
  connect["Container"] = container;
  connect["EndpointConfig"] = {{"Aliases", Texts(aliases)}};
  ASSIGN_OR_RETURN(
      const Answer answer,
      api_.Call(ctx,
                {"POST", fmt::format("/networks/{}/connect", segment), json::serialize(connect)},
                kChangeLimit));
  if (answer.ok()) return {};
  return Fail(RefusalOf(answer, Subject::kNetwork, network,
                        fmt::format("connect container {} to network {}", container, network)));
}

Status UnixEngine::Disconnect(const Context& ctx, std::string_view network,
                              std::string_view container) {
  ASSIGN_OR_RETURN(const std::string segment, PathSegment(Subject::kNetwork, network));
  json::object disconnect;
  disconnect["Container"] = container;
  ASSIGN_OR_RETURN(const Answer answer,
                   api_.Call(ctx,
                             {"POST", fmt::format("/networks/{}/disconnect", segment),
                              json::serialize(disconnect)},
                             kChangeLimit));
  if (answer.ok()) return {};
  return Fail(
      RefusalOf(answer, Subject::kNetwork, network,
                fmt::format("disconnect container {} from network {}", container, network)));
}

}  // namespace reprise::docker
