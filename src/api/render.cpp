#include "api/render.hpp"

#include <chrono>

namespace reprise::api {

namespace json = boost::json;

json::value TextOrNull(const std::string& text) {
  if (text.empty()) return nullptr;
  return json::value(text);
}

json::value TimeOrNull(const std::optional<Instant>& when) {
  if (!when) return nullptr;
  return json::value(FormatInstant(*when));
}

json::value SecondsBetween(const std::optional<Instant>& from, const std::optional<Instant>& to) {
  if (!from || !to) return nullptr;
  return std::chrono::duration_cast<std::chrono::seconds>(*to - *from).count();
}

json::object RenderProject(const catalog::Project& project) {
  return {{"id", project.id.value},
          {"organization_id", project.organization_id.value},
          {"name", project.name},
          {"created_at", FormatInstant(project.created_at)}};
}

json::object RenderServer(const catalog::Server& server) {
  return {{"id", server.id.value},
          {"name", server.name},
          {"address", server.address},
          {"organization_id", TextOrNull(server.organization_id.value)},
          {"created_at", FormatInstant(server.created_at)}};
}

json::object RenderLoad(const docker::MachineLoad& load, ByteCount reserved_bytes) {
  return {{"cpus", load.cpus},
          {"busy_cpus", load.busy_cpus},
          {"memory_bytes", load.memory_bytes},
          {"memory_free_bytes", load.memory_free_bytes},
          {"disk_bytes", load.disk_bytes},
          {"disk_free_bytes", load.disk_free_bytes},
          {"disk_reserved_bytes", reserved_bytes}};
}

json::object RenderRoom(const domain::ServerRoom& room) {
  return {
      {"cpus", room.cpus}, {"memory_bytes", room.memory_bytes}, {"disk_bytes", room.disk_bytes}};
}

}  // namespace reprise::api
