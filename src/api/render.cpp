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
          {"created_at", FormatInstant(server.created_at)}};
}

}  // namespace reprise::api
