#include "api/render.hpp"

namespace reprise::api {

namespace json = boost::json;

json::array RenderSteps(const domain::Task& task) {
  json::array steps;
  for (const domain::TaskStep& step : task.steps) {
    steps.push_back(json::object{{"name", step.name},
                                 {"state", domain::NameOf(step.state)},
                                 {"percent", step.percent},
                                 {"detail", TextOrNull(step.detail)},
                                 {"error", TextOrNull(step.error)},
                                 {"started_at", TimeOrNull(step.started_at)},
                                 {"completed_at", TimeOrNull(step.completed_at)}});
  }
  return steps;
}

json::object RenderTask(const domain::Task& task) {
  return {{"id", task.id.value},
          {"project_id", TextOrNull(task.project_id.value)},
          {"kind", domain::NameOf(task.kind)},
          {"status", domain::NameOf(task.status)},
          {"percent", task.percent},
          {"step", TextOrNull(task.step)},
          {"eta_seconds", task.eta_seconds ? json::value(*task.eta_seconds) : json::value(nullptr)},
          {"error_code", TextOrNull(task.error_code)},
          {"error_message", TextOrNull(task.error_message)},
          {"error_hint", TextOrNull(task.error_hint)},
          {"error_step", TextOrNull(task.error_step)},
          {"steps", RenderSteps(task)},
          {"subject_id", TextOrNull(task.subject_id)},
          {"target", TextOrNull(task.target)},
          {"attempts", task.attempts},
          {"cancel_requested", task.cancel_requested},
          {"run_at", TimeOrNull(task.run_at)},
          {"created_at", FormatInstant(task.created_at)},
          {"started_at", TimeOrNull(task.started_at)},
          {"completed_at", TimeOrNull(task.completed_at)}};
}

}  // namespace reprise::api
