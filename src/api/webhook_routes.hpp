#pragma once

#include "access/secret_box.hpp"
#include "api/router.hpp"
#include "catalog/webhook_store.hpp"

namespace reprise::api {

// What the routes of webhooks stand on. Borrowed; outlives the router.
struct WebhookParts {
  catalog::WebhookStore& webhooks;
  const access::SecretBox& box;
  const Clock& clock;
  bool sends_mails = false;
};

void AddWebhookRoutes(Router& router, const WebhookParts& parts);

}  // namespace reprise::api
