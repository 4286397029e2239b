#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "api/account_support.hpp"
#include "api/render.hpp"
#include "api/webhook_routes.hpp"
#include "base/address_guard.hpp"
#include "notify/mail_message.hpp"
#include "notify/webhook_signature.hpp"

// Webhooks of an organization and what was sent to them.
namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using catalog::Webhook;
using catalog::WebhookDelivery;
using domain::Permission;

json::object RenderWebhook(const Webhook& webhook) {
  return {{"id", webhook.id},
          {"organization_id", webhook.organization_id.value},
          {"name", webhook.name},
          {"url", webhook.url},
          {"events", json::array(webhook.events.begin(), webhook.events.end())},
          {"is_enabled", webhook.is_enabled},
          {"disabled_reason", TextOrNull(webhook.disabled_reason)},
          {"created_at", FormatInstant(webhook.created_at)}};
}

json::object RenderDelivery(const WebhookDelivery& delivery) {
  return {{"id", delivery.id},
          {"webhook_id", delivery.webhook_id},
          {"type", delivery.type},
          {"state", delivery.state},
          {"attempts", delivery.attempts},
          {"next_attempt_at", TimeOrNull(delivery.next_at)},
          {"response_status",
           delivery.status == 0 ? json::value(nullptr) : json::value(delivery.status)},
          {"response", TextOrNull(delivery.response)},
          {"error", TextOrNull(delivery.error)},
          {"body", delivery.body},
          {"created_at", FormatInstant(delivery.created_at)},
          {"completed_at", TimeOrNull(delivery.completed_at)}};
}

// One of the organization in the path; another organization's is not there.
Result<Webhook> WebhookOf(const WebhookParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const std::string id, PathUuid(request, "webhook_id", "webhook"));
  Result<Webhook> webhook = parts.webhooks.Get(id);
  if (webhook && webhook->organization_id.value == request.params.at("id")) return webhook;
  if (!webhook && webhook.error().code != ErrorCode::kNotFound) return webhook;
  return Fail(ErrorCode::kNotFound, fmt::format("there is no webhook {}", id));
}

std::vector<std::string> EventsField(BodyFields& fields) {
  std::vector<std::string> events;
  const json::value* value = fields.Raw("events");
  if (value == nullptr || !value->is_array()) return events;
  for (const json::value& event : value->get_array()) {
    events.emplace_back(event.get_string());
  }
  return events;
}

std::string UrlField(const WebhookParts& parts, BodyFields& fields) {
  std::string url = fields.Text("url");
  if (url.empty()) return url;
  if (notify::IsMailto(url)) {
    const Result<std::string> address = notify::AddressOfMailto(url);
    if (!address) fields.AddFault("url", address.error().message);
    if (!parts.sends_mails) {
      fields.AddFault("url", "this installation sends no mails (reprise serve --smtp-url)");
    }
    return url;
  }
  if (const Status fine = CheckUrl(url); !fine) fields.AddFault("url", fine.error().message);
  return url;
}

Result<Response> List(const WebhookParts& parts, const Request& request) {
  QueryFields query(request);
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto found,
                   parts.webhooks.List(domain::OrganizationId{request.params.at("id")}, page));
  return ListResponse(found, RenderWebhook);
}

Result<Response> Create(const WebhookParts& parts, const Request& request) {
  BodyFields fields(request);
  Webhook webhook;
  webhook.id = NewUuid();
  webhook.organization_id.value = request.params.at("id");
  webhook.name = NameField(fields, "name");
  webhook.url = UrlField(parts, fields);
  webhook.events = EventsField(fields);
  webhook.created_at = parts.clock.Now();
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  const std::string secret = notify::NewWebhookSecret();
  webhook.sealed_secret = parts.box.Seal(secret, webhook.id);
  RETURN_IF_ERROR(parts.webhooks.Insert(webhook));
  json::object answer = RenderWebhook(webhook);
  answer["secret"] = secret;
  Response response = JsonResponse(201, answer);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Result<Response> Show(const WebhookParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const Webhook webhook, WebhookOf(parts, request));
  return JsonResponse(200, RenderWebhook(webhook));
}

Result<Response> Change(const WebhookParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const Webhook webhook, WebhookOf(parts, request));
  BodyFields fields(request);
  const std::optional<std::string> name = fields.OptionalText("name");
  const std::string url = UrlField(parts, fields);
  const bool has_events = fields.Raw("events") != nullptr;
  const std::vector<std::string> events = EventsField(fields);
  const json::value* enabled = fields.Raw("is_enabled");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  const auto change = [&](Webhook& row) -> Status {
    if (name) row.name = *name;
    if (!url.empty()) row.url = url;
    if (has_events) row.events = events;
    if (enabled == nullptr) return {};
    row.is_enabled = enabled->get_bool();
    row.failures = 0;
    row.disabled_reason.clear();
    return {};
  };
  ASSIGN_OR_RETURN(const Webhook changed, parts.webhooks.Update(webhook.id, change));
  return JsonResponse(200, RenderWebhook(changed));
}

Result<Response> Delete(const WebhookParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const Webhook webhook, WebhookOf(parts, request));
  RETURN_IF_ERROR(parts.webhooks.Delete(webhook.id));
  return Response{204, {}, std::string()};
}

Result<Response> Test(const WebhookParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const Webhook webhook, WebhookOf(parts, request));
  const std::string body = json::serialize(
      json::object{{"type", "ping"},
                   {"timestamp", FormatInstant(parts.clock.Now())},
                   {"data", json::object{{"webhook_id", webhook.id},
                                         {"organization_id", webhook.organization_id.value}}}});
  ASSIGN_OR_RETURN(const WebhookDelivery delivery, parts.webhooks.Queue(webhook.id, "ping", body));
  return JsonResponse(202, RenderDelivery(delivery));
}

Result<Response> Deliveries(const WebhookParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const Webhook webhook, WebhookOf(parts, request));
  QueryFields query(request);
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto found, parts.webhooks.Deliveries(webhook.id, page));
  return ListResponse(found, RenderDelivery);
}

Result<Response> Redeliver(const WebhookParts& parts, const Request& request) {
  ASSIGN_OR_RETURN(const Webhook webhook, WebhookOf(parts, request));
  ASSIGN_OR_RETURN(const std::string id, PathUuid(request, "delivery_id", "delivery"));
  const Result<WebhookDelivery> old = parts.webhooks.GetDelivery(id);
  if (!old || old->webhook_id != webhook.id) {
    return Fail(ErrorCode::kNotFound, fmt::format("there is no delivery {}", id));
  }
  ASSIGN_OR_RETURN(const WebhookDelivery delivery,
                   parts.webhooks.Queue(webhook.id, old->type, old->body));
  return JsonResponse(202, RenderDelivery(delivery));
}

}  // namespace

void AddWebhookRoutes(Router& router, const WebhookParts& parts) {
  const Rule rule =
      Rule::On(Permission::kOrgWebhooksManage, InPath(ObjectKind::kOrganization, "id"));
  const std::string all = "/api/v1/organizations/{id}/webhooks";
  const std::string one = all + "/{webhook_id}";
  const auto add = [&](std::string_view method, const std::string& path,
                       Result<Response> (*handle)(const WebhookParts&, const Request&)) {
    router.Add(method, path, rule, [parts, handle](const Context&, const Request& request) {
      return handle(parts, request);
    });
  };
  add("GET", all, List);
  add("POST", all, Create);
  add("GET", one, Show);
  add("PATCH", one, Change);
  add("DELETE", one, Delete);
  add("POST", one + "/test", Test);
  add("GET", one + "/deliveries", Deliveries);
  add("POST", one + "/deliveries/{delivery_id}/redeliver", Redeliver);
}

}  // namespace reprise::api
