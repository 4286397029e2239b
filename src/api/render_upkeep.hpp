#pragma once

#include "api/render.hpp"
#include "catalog/retention_store.hpp"
#include "domain/schedule.hpp"
#include "upkeep/protection_service.hpp"
#include "upkeep/retention_service.hpp"
#include "upkeep/schedule_service.hpp"

// How schedules, retention and protection look in the API.
namespace reprise::api {

// `now`: from when its next runs are counted.
[[nodiscard]] boost::json::object RenderSchedule(const domain::Schedule& schedule, Instant now);
[[nodiscard]] boost::json::object RenderScheduleRun(const domain::ScheduleRun& run);
[[nodiscard]] boost::json::object RenderPolicy(const catalog::EffectivePolicy& effective);
[[nodiscard]] boost::json::object RenderRetentionPlan(const upkeep::RetentionPlan& plan);
[[nodiscard]] boost::json::object RenderDrill(const domain::Drill& drill);
[[nodiscard]] boost::json::object RenderProtection(const upkeep::Protection& protection);

}  // namespace reprise::api
