#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "api/problem.hpp"
#include "catalog/stores.hpp"
#include "docker/engines.hpp"
#include "domain/backup.hpp"
#include "domain/environment.hpp"
#include "domain/restore_point.hpp"
#include "domain/server_fit.hpp"
#include "domain/task.hpp"
#include "restore/restore_plan.hpp"
#include "restore/restore_service.hpp"

// How each thing looks in the API: one writer per thing. Times are RFC 3339, what is absent is
// null.
namespace reprise::api {

[[nodiscard]] boost::json::value TextOrNull(const std::string& text);  // "" is null
[[nodiscard]] boost::json::value TimeOrNull(const std::optional<Instant>& when);
// Whole seconds between the two, null unless both are there.
[[nodiscard]] boost::json::value SecondsBetween(const std::optional<Instant>& from,
                                                const std::optional<Instant>& to);

[[nodiscard]] boost::json::object RenderBackup(const domain::Backup& backup);
[[nodiscard]] boost::json::object RenderEnvironment(const domain::Environment& environment);
[[nodiscard]] boost::json::object RenderTask(const domain::Task& task);
[[nodiscard]] boost::json::array RenderSteps(const domain::Task& task);
[[nodiscard]] boost::json::object RenderProject(const catalog::Project& project);
[[nodiscard]] boost::json::object RenderServer(const catalog::Server& server);
[[nodiscard]] boost::json::object RenderLoad(const docker::MachineLoad& load,
                                             ByteCount reserved_bytes);
[[nodiscard]] boost::json::object RenderRoom(const domain::ServerRoom& room);

// The answers of the two restore calls, key for key as the product page prints them.
[[nodiscard]] boost::json::object RenderRestoreV1(const domain::RestorePoint& restore);
[[nodiscard]] boost::json::object RenderTicket(const restore::RestoreTicket& ticket);
// The page's thirteen fields, then ours. `task` lends percent and steps, where it is still there.
[[nodiscard]] boost::json::object RenderRestore(const domain::RestorePoint& restore,
                                                const std::optional<domain::Task>& task);
[[nodiscard]] boost::json::object RenderPlan(const restore::RestorePlan& plan);

// {items, total, page, page_size, total_pages}
template <class T, class Render>
[[nodiscard]] Response ListResponse(const catalog::Page<T>& page, const Render& render) {
  boost::json::array items;
  for (const T& item : page.items) items.push_back(render(item));
  const std::int64_t pages = (page.total + page.page_size - 1) / page.page_size;
  return JsonResponse(200, boost::json::object{{"items", std::move(items)},
                                               {"total", page.total},
                                               {"page", page.page},
                                               {"page_size", page.page_size},
                                               {"total_pages", pages}});
}

}  // namespace reprise::api
