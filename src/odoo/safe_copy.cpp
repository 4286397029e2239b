#include "odoo/safe_copy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/id.hpp"
#include "postgres/quote.hpp"

namespace reprise::odoo {
namespace {

using postgres::QuoteText;

// For 14 and 15, which have no command of their own. Tables of modules that are not installed are
// left out by to_regclass. The banner stands over the page without taking its clicks, as that of 16
// does.
constexpr std::string_view kBuiltIn = R"(
BEGIN;
UPDATE ir_mail_server SET active = false;
INSERT INTO ir_mail_server (name, smtp_port, smtp_host, smtp_encryption, active)
  SELECT 'neutralization - disable emails', 1025, 'invalid', 'none', true
  WHERE NOT EXISTS (SELECT 1 FROM ir_mail_server WHERE smtp_host = 'invalid');
UPDATE ir_mail_server SET active = true WHERE smtp_host = 'invalid';
UPDATE ir_cron SET active = false WHERE id NOT IN
  (SELECT res_id FROM ir_model_data WHERE module = 'base' AND name = 'autovacuum_job'
   AND model = 'ir.cron');
DO $$ BEGIN
  IF to_regclass('fetchmail_server') IS NOT NULL THEN
    UPDATE fetchmail_server SET active = false;
  END IF;
  IF to_regclass('mail_mail') IS NOT NULL THEN
    UPDATE mail_mail SET state = 'cancel' WHERE state = 'outgoing';
  END IF;
  IF to_regclass('payment_acquirer') IS NOT NULL THEN
    UPDATE payment_acquirer SET state = 'disabled' WHERE state NOT IN ('test', 'disabled');
  END IF;
  IF EXISTS (SELECT 1 FROM information_schema.columns
             WHERE table_name = 'ir_mail_server' AND column_name = 'smtp_authentication') THEN
    UPDATE ir_mail_server SET smtp_authentication = 'login' WHERE smtp_authentication IS NULL;
  END IF;
  IF to_regclass('delivery_carrier') IS NOT NULL THEN
    UPDATE delivery_carrier SET prod_environment = false;
  END IF;
  IF to_regclass('iap_account') IS NOT NULL THEN
    UPDATE iap_account SET account_token = account_token || '+disabled'
      WHERE account_token NOT LIKE '%+disabled';
  END IF;
END $$;
INSERT INTO ir_ui_view (name, key, type, arch_db, inherit_id, mode, active, priority,
                        create_uid, create_date, write_uid, write_date)
  SELECT 'Banner of a neutralized copy', 'reprise.neutralize_banner', 'qweb',
    '<data><xpath expr="//body" position="inside"><div id="reprise_banner" style="position:fixed;'
    'bottom:0;left:0;z-index:2000;pointer-events:none;padding:2px 12px;color:#fff;'
    'background:#d0442c;font-size:14px">This is a neutralized database</div></xpath></data>',
    res_id, 'extension', true, 99, 1, now() at time zone 'utc', 1, now() at time zone 'utc'
  FROM ir_model_data WHERE module = 'web' AND name = 'layout' AND model = 'ir.ui.view'
    AND NOT EXISTS (SELECT 1 FROM ir_ui_view WHERE key = 'reprise.neutralize_banner');
DELETE FROM ir_config_parameter WHERE key = 'database.is_neutralized';
INSERT INTO ir_config_parameter (key, value) VALUES ('database.is_neutralized', 'true');
COMMIT;
)";

struct Actor {
  std::string_view table;
  std::string_view what;
  std::string_view when;
};
constexpr std::array kActors = {
    Actor{"ir_mail_server", "mail servers", "active"},
    Actor{"fetchmail_server", "incoming mail servers", "active"},
    Actor{"ir_cron", "scheduled actions", "active"},
    Actor{"mail_mail", "mails in the queue", "state = 'outgoing'"},
    Actor{"payment_acquirer", "payment providers", "state = 'enabled'"},
    Actor{"payment_provider", "payment providers", "state = 'enabled'"},
    Actor{"delivery_carrier", "delivery carriers in production", "prod_environment"},
};

}  // namespace

Result<WhatActs> CountWhatActs(const Context& ctx, const postgres::Cluster& cluster,
                               const std::string& database) {
  std::string names;
  for (const Actor& actor : kActors) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", QuoteText(actor.table));
  }
  ASSIGN_OR_RETURN(
      const auto tables,
      cluster.Query(ctx, database,
                    fmt::format("SELECT relname FROM pg_catalog.pg_class WHERE relkind = 'r' AND "
                                "relnamespace = 'public'::regnamespace AND relname IN ({})",
                                names)));
  std::string sql;
  for (const Actor& actor : kActors) {
    const bool there = std::any_of(tables.begin(), tables.end(),
                                   [&](const auto& row) { return row.front() == actor.table; });
    if (!there) continue;
    sql += fmt::format("{}SELECT {}, count(*) FROM ONLY public.{} WHERE {}",
                       sql.empty() ? "" : " UNION ALL ", QuoteText(actor.what), actor.table,
                       actor.when);
  }
  WhatActs acts;
  if (sql.empty()) return acts;
  ASSIGN_OR_RETURN(const auto rows, cluster.Query(ctx, database, sql));
  for (const auto& row : rows) {
    if (row.size() == 2) acts[row[0]] = std::strtoll(row[1].c_str(), nullptr, 10);
  }
  return acts;
}

bool HasBuiltInNeutralize(const std::string& odoo_version) { return MajorOf(odoo_version) < 16; }

Status NeutralizeBuiltIn(const Context& ctx, const postgres::Cluster& cluster,
                         const std::string& database) {
  return cluster.Execute(ctx, database, kBuiltIn);
}

Status NeutralizeByOdoo(const Context& ctx, const postgres::Cluster& cluster, OdooRunner& runner,
                        const std::string& database) {
  ASSIGN_OR_RETURN(const OdooRunner::Run run,
                   runner.RunOdoo(ctx, "neutralize", {"neutralize", "--database=" + database}));
  if (run.exit_code != 0) {
    return Fail(ErrorCode::kContainerFailed,
                fmt::format("\"odoo neutralize\" failed with code {}:\n{}", run.exit_code, run.log),
                "the copy was not made safe, so it was not put in place");
  }
  ASSIGN_OR_RETURN(const auto marked,
                   cluster.Query(ctx, database,
                                 "SELECT value FROM ONLY public.ir_config_parameter WHERE key = "
                                 "'database.is_neutralized'"));
  if (marked.empty()) {
    return Fail(ErrorCode::kContainerFailed,
                "\"odoo neutralize\" ended well but did not mark the database as neutralized",
                "the copy was not put in place; look at the target's Odoo version");
  }
  return {};
}

Status ResetIdentity(const Context& ctx, const postgres::Cluster& cluster,
                     const std::string& database, const std::string& base_url) {
  std::string sql = "BEGIN;\n";
  const auto set = [&](std::string_view key, const std::string& value) {
    sql += fmt::format(
        "DELETE FROM ir_config_parameter WHERE key = {0};\n"
        "INSERT INTO ir_config_parameter (key, value, create_date, write_date, create_uid, "
        "write_uid) VALUES ({0}, {1}, now() at time zone 'utc', now() at time zone 'utc', 1, 1);\n",
        QuoteText(key), QuoteText(value));
  };
  set("database.uuid", NewUuid());
  set("database.secret", RandomHex(32));
  if (!base_url.empty()) set("web.base.url", base_url);
  sql +=
      "UPDATE ir_config_parameter SET value = to_char(now() at time zone 'utc', "
      "'YYYY-MM-DD HH24:MI:SS') WHERE key = 'database.create_date';\n"
      "DELETE FROM ir_config_parameter WHERE key = 'database.enterprise_code';\n"
      "COMMIT;\n";
  return cluster.Execute(ctx, database, sql);
}

}  // namespace reprise::odoo
