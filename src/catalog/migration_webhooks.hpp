#pragma once

#include <string_view>

namespace reprise::catalog {

// Who is told over HTTP of what happens, and what was sent to them (docs/webhooks.md).
inline constexpr std::string_view kMigrationWebhooks = R"sql(
CREATE TABLE webhook (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organization (id),
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  events TEXT NOT NULL,
  sealed_secret TEXT NOT NULL,
  is_enabled INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  disabled_reason TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_of_organization ON webhook (organization_id);
CREATE TABLE webhook_delivery (
  id TEXT PRIMARY KEY,
  webhook_id TEXT NOT NULL REFERENCES webhook (id),
  type TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER,
  status INTEGER NOT NULL,
  response TEXT NOT NULL,
  error TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  completed_at INTEGER
) STRICT;
CREATE INDEX webhook_delivery_of_webhook ON webhook_delivery (webhook_id, created_at);
CREATE INDEX webhook_delivery_due ON webhook_delivery (next_at) WHERE state = 'pending';
)sql";

}  // namespace reprise::catalog
