#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "api/testing/access_world.hpp"

namespace reprise::api {
namespace {

using testing::AccessWorld;

// One way to call a route, and what becomes of it for each of AccessWorld::kCallers: U is 401, F
// 403, N 404, and + is let in (whatever the handler then says of an incomplete call). "{@backup}"
// is a new backup of ours.
struct Row {
  std::string_view method;
  std::string_view pattern;
  std::string_view target;
  std::string_view body;
  std::string_view expected;
};

constexpr std::string_view kAnybody = "+++++++++++";
constexpr std::string_view kSignedIn = "U++++++++++";
constexpr std::string_view kPeople = "U++++++++FF";
constexpr std::string_view kSystem = "UFFFFFFFFF+";
constexpr std::string_view kOrgView = "UN+++++++N+";
constexpr std::string_view kOrgManage = "UN++FFFFFN+";
constexpr std::string_view kSee = "UN++NN+++F+";         // in a project
constexpr std::string_view kSeeBackups = "UN++NN+++++";  // as the scoped token may, too
constexpr std::string_view kDevelop = "UN+FNN++FF+";
constexpr std::string_view kAdminister = "UN+FNN+FFF+";

constexpr std::string_view kOrg = "/api/v1/organizations/{@organization}";

constexpr std::array kSystemRows = {
    Row{"GET", "/healthz", "/healthz", "", kAnybody},
    Row{"GET", "/readyz", "/readyz", "", kAnybody},
    Row{"GET", "/metrics", "/metrics", "", kSystem},
    Row{"GET", "/openapi.json", "/openapi.json", "", kAnybody},
    Row{"GET", "/docs", "/docs", "", kAnybody},
    Row{"GET", "/api/v1/servers", "/api/v1/servers", "", kSignedIn},
    Row{"GET", "/api/v1/audit", "/api/v1/audit", "", kSystem},
    Row{"GET", "/api/v1/audit", "/api/v1/audit?organization_id={@organization}", "", kOrgManage},
    Row{"GET", "/api/v1/audit/export", "/api/v1/audit/export", "", kSystem},
    Row{"GET", "/api/v1/audit/export", "/api/v1/audit/export?organization_id={@organization}", "",
        kOrgManage},
    Row{"POST", "/api/v1/servers/host-key", "/api/v1/servers/host-key", R"({"address":"-x"})",
        kSystem},
    Row{"POST", "/api/v1/servers/host-key", "/api/v1/servers/host-key",
        R"({"address":"-x","organization_id":"{@organization}"})", kOrgManage},
    Row{"POST", "/api/v1/servers", "/api/v1/servers",
        R"({"name":"x","address":"-x","host_key_fingerprint":"x"})", kSystem},
    Row{"POST", "/api/v1/servers", "/api/v1/servers",
        R"({"name":"x","address":"-x","host_key_fingerprint":"x","organization_id":"{@organization}"})",
        kOrgManage},
    Row{"GET", "/api/v1/servers/{id}", "/api/v1/servers/{@server}", "", kSignedIn},
    Row{"POST", "/api/v1/servers/{id}/test", "/api/v1/servers/{@server}/test", "", kSystem},
    Row{"DELETE", "/api/v1/servers/{id}", "/api/v1/servers/{@server}", "", kSystem},
    Row{"GET", "/api/v1/permissions", "/api/v1/permissions", "", kSignedIn},
    Row{"GET", "/api/v1/projects", "/api/v1/projects", "", kSignedIn},
    Row{"GET", "/api/v1/projects", "/api/v1/projects?organization_id={@organization}", "",
        kOrgView},
    Row{"POST", "/api/v1/projects", "/api/v1/projects", R"({"organization_id":"{@organization}"})",
        kOrgManage},
    Row{"GET", "/api/v1/projects/{id}", "/api/v1/projects/{@project}", "", kSee},
    Row{"PATCH", "/api/v1/projects/{id}", "/api/v1/projects/{@project}", "", "UN++NN+FFF+"},
    Row{"DELETE", "/api/v1/projects/{id}", "/api/v1/projects/{@project}", "", "UN++NNFFFF+"},
};

constexpr std::array kAccountRows = {
    Row{"POST", "/api/v1/auth/login", "/api/v1/auth/login", "", kAnybody},
    Row{"GET", "/api/v1/auth/oidc", "/api/v1/auth/oidc", "", kAnybody},
    Row{"GET", "/api/v1/auth/oidc/start", "/api/v1/auth/oidc/start", "", kAnybody},
    Row{"GET", "/api/v1/auth/oidc/callback", "/api/v1/auth/oidc/callback", "", "UUUUUUUUUUU"},
    Row{"POST", "/api/v1/auth/logout", "/api/v1/auth/logout", "", kSignedIn},
    Row{"GET", "/api/v1/auth/me", "/api/v1/auth/me", "", kSignedIn},
    Row{"POST", "/api/v1/auth/password", "/api/v1/auth/password",
        R"({"password":"x","new_password":"y"})", kPeople},
    Row{"POST", "/api/v1/auth/totp", "/api/v1/auth/totp", R"({"password":"the password of all"})",
        kPeople},
    Row{"POST", "/api/v1/auth/totp/confirm", "/api/v1/auth/totp/confirm", R"({"code":"x"})",
        kPeople},
    Row{"DELETE", "/api/v1/auth/totp", "/api/v1/auth/totp", R"({"password":"the password of all"})",
        kPeople},
    Row{"GET", "/api/v1/auth/sessions", "/api/v1/auth/sessions", "", kPeople},
    Row{"DELETE", "/api/v1/auth/sessions", "/api/v1/auth/sessions", "", kPeople},
    Row{"DELETE", "/api/v1/auth/sessions/{id}", "/api/v1/auth/sessions/{@session}", "",
        "UN+NNNNNNNN"},
    Row{"GET", "/api/v1/tokens", "/api/v1/tokens", "", "U++++++++F+"},
    Row{"GET", "/api/v1/tokens", "/api/v1/tokens?organization_id={@organization}", "", kOrgManage},
    Row{"POST", "/api/v1/tokens", "/api/v1/tokens", R"({"name":"x"})", "U++++++++F+"},
    Row{"POST", "/api/v1/tokens", "/api/v1/tokens", R"({"name":"x","project_id":"{@project}"})",
        kSee},
    Row{"DELETE", "/api/v1/tokens/{id}", "/api/v1/tokens/{@token}", "", "UN++NNNNNN+"},
    Row{"GET", "/api/v1/users", "/api/v1/users", "", kSignedIn},
    Row{"POST", "/api/v1/users", "/api/v1/users", R"({"email":"{@text}@x.test"})", kSystem},
    Row{"POST", "/api/v1/users", "/api/v1/users",
        R"({"email":"{@text}@x.test","organization_id":"{@organization}"})", kOrgManage},
    Row{"POST", "/api/v1/users", "/api/v1/users",
        R"({"email":"{@text}@x.test","organization_id":"{@organization}","role":"owner"})",
        "UN+FFFFFFN+"},
    Row{"POST", "/api/v1/users", "/api/v1/users",
        R"({"email":"{@text}@x.test","organization_id":"{@organization}","is_admin":true})",
        "UNFFFFFFFN+"},
    Row{"GET", "/api/v1/users/{id}", "/api/v1/users/{@member}", "", kOrgView},
    Row{"PATCH", "/api/v1/users/{id}", "/api/v1/users/{@member}", "", kSystem},
};

constexpr std::array kOrganizationRows = {
    Row{"GET", "/api/v1/organizations", "/api/v1/organizations", "", kSignedIn},
    Row{"POST", "/api/v1/organizations", "/api/v1/organizations", "", kSystem},
    Row{"GET", "/api/v1/organizations/{id}", kOrg, "", kOrgView},
    Row{"PATCH", "/api/v1/organizations/{id}", kOrg, "", kOrgManage},
    Row{"DELETE", "/api/v1/organizations/{id}", kOrg, "", kSystem},
    Row{"GET", "/api/v1/organizations/{id}/quota", "{org}/quota", "", kOrgView},
    Row{"PUT", "/api/v1/organizations/{id}/quota", "{org}/quota", R"({"environments":1000})",
        kSystem},
    Row{"GET", "/api/v1/organizations/{id}/members", "{org}/members", "", kOrgView},
    Row{"POST", "/api/v1/organizations/{id}/members", "{org}/members", "", kOrgManage},
    Row{"PATCH", "/api/v1/organizations/{id}/members/{user_id}", "{org}/members/{@member}",
        R"({"role":"developer"})", kOrgManage},
    Row{"PATCH", "/api/v1/organizations/{id}/members/{user_id}", "{org}/members/{@member}",
        R"({"role":"owner"})", "UN+FFFFFFN+"},
    Row{"DELETE", "/api/v1/organizations/{id}/members/{user_id}", "{org}/members/{@member}", "",
        kOrgManage},
    Row{"GET", "/api/v1/organizations/{id}/archive-keys", "{org}/archive-keys", "", "UN+++FFFFN+"},
    Row{"POST", "/api/v1/organizations/{id}/archive-keys", "{org}/archive-keys", "", kOrgManage},
    Row{"POST", "/api/v1/organizations/{id}/recovery-sheet", "{org}/recovery-sheet", "",
        "UN+FFFFFFN+"},
    Row{"GET", "/api/v1/organizations/{id}/teams", "{org}/teams", "", kOrgView},
    Row{"POST", "/api/v1/organizations/{id}/teams", "{org}/teams", "", kOrgManage},
    Row{"GET", "/api/v1/organizations/{id}/teams/{team_id}", "{org}/teams/{@team}", "", kOrgView},
    Row{"PATCH", "/api/v1/organizations/{id}/teams/{team_id}", "{org}/teams/{@team}", "",
        kOrgManage},
    Row{"DELETE", "/api/v1/organizations/{id}/teams/{team_id}", "{org}/teams/{@team}", "",
        kOrgManage},
    Row{"GET", "/api/v1/organizations/{id}/teams/{team_id}/members", "{org}/teams/{@team}/members",
        "", kOrgView},
    Row{"POST", "/api/v1/organizations/{id}/teams/{team_id}/members", "{org}/teams/{@team}/members",
        R"({"user_id":"{@member}"})", kOrgManage},
    Row{"DELETE", "/api/v1/organizations/{id}/teams/{team_id}/members/{user_id}",
        "{org}/teams/{@team}/members/{@member of the team}", "", kOrgManage},
    Row{"GET", "/api/v1/organizations/{id}/teams/{team_id}/grants", "{org}/teams/{@team}/grants",
        "", kOrgView},
    Row{"POST", "/api/v1/organizations/{id}/teams/{team_id}/grants", "{org}/teams/{@team}/grants",
        R"({"project_id":"{@project}","role":"admin"})", "UN++NN+FFN+"},
    Row{"DELETE", "/api/v1/organizations/{id}/teams/{team_id}/grants/{project_id}",
        "{org}/teams/{@team}/grants/{@project of the team}", "", "UN++NN+FFN+"},
    Row{"GET", "/api/v1/organizations/{id}/roles", "{org}/roles", "", kOrgView},
    Row{"POST", "/api/v1/organizations/{id}/roles", "{org}/roles",
        R"({"name":"{@text}","permissions":["org.audit.view"]})", kOrgManage},
    Row{"POST", "/api/v1/organizations/{id}/roles", "{org}/roles",
        R"({"name":"{@text}","permissions":["org.owners.manage"]})", "UN+FFFFFFN+"},
    Row{"POST", "/api/v1/organizations/{id}/roles", "{org}/roles",
        R"({"name":"{@text}","permissions":["system.users.manage"]})", "UNFFFFFFFNF"},
    Row{"GET", "/api/v1/organizations/{id}/roles/{role_id}", "{org}/roles/{@role}", "", kOrgView},
    Row{"PATCH", "/api/v1/organizations/{id}/roles/{role_id}", "{org}/roles/{@role}", "",
        kOrgManage},
    Row{"DELETE", "/api/v1/organizations/{id}/roles/{role_id}", "{org}/roles/{@role}", "",
        kOrgManage},
    Row{"GET", "/api/v1/organizations/{id}/overrides", "{org}/overrides", "", kOrgView},
    Row{"POST", "/api/v1/organizations/{id}/overrides", "{org}/overrides",
        R"({"user_id":"{@member}","permission":"org.audit.view","effect":"allow"})", kOrgManage},
    Row{"DELETE", "/api/v1/organizations/{id}/overrides/{override_id}",
        "{org}/overrides/{@override}", "", kOrgManage},
};

constexpr std::array kWebhookRows = {
    Row{"GET", "/api/v1/organizations/{id}/webhooks", "{org}/webhooks", "", kOrgManage},
    Row{"POST", "/api/v1/organizations/{id}/webhooks", "{org}/webhooks", "", kOrgManage},
    Row{"GET", "/api/v1/organizations/{id}/webhooks/{webhook_id}", "{org}/webhooks/{@webhook}", "",
        kOrgManage},
    Row{"PATCH", "/api/v1/organizations/{id}/webhooks/{webhook_id}", "{org}/webhooks/{@webhook}",
        "", kOrgManage},
    Row{"DELETE", "/api/v1/organizations/{id}/webhooks/{webhook_id}", "{org}/webhooks/{@webhook}",
        "", kOrgManage},
    Row{"POST", "/api/v1/organizations/{id}/webhooks/{webhook_id}/test",
        "{org}/webhooks/{@webhook}/test", "", kOrgManage},
    Row{"GET", "/api/v1/organizations/{id}/webhooks/{webhook_id}/deliveries",
        "{org}/webhooks/{@webhook}/deliveries", "", kOrgManage},
    Row{"POST",
        "/api/v1/organizations/{id}/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver",
        "{org}/webhooks/{@webhook}/deliveries/{@delivery}/redeliver", "", kOrgManage},
};

constexpr std::array kWorkRows = {
    Row{"POST", "/api/v1/environments/adopt", "/api/v1/environments/adopt",
        R"({"project_id":"{@project}"})", "UNFFNNFFFF+"},
    Row{"POST", "/api/v1/environments/adopt", "/api/v1/environments/adopt", "", "UFFFFFFFFF+"},
    Row{"POST", "/api/v1/environments", "/api/v1/environments", R"({"project_id":"{@project}"})",
        kDevelop},
    Row{"POST", "/api/v1/environments", "/api/v1/environments", "", "UF+FFF++FF+"},
    Row{"GET", "/api/v1/environments", "/api/v1/environments", "", kSignedIn},
    Row{"GET", "/api/v1/environments", "/api/v1/environments?project_id={@project}", "", kSee},
    Row{"GET", "/api/v1/environments/{id}", "/api/v1/environments/{@environment}", "", kSee},
    Row{"DELETE", "/api/v1/environments/{id}", "/api/v1/environments/{@environment}", "",
        kAdminister},
    Row{"PUT", "/api/v1/environments/{id}/expiry", "/api/v1/environments/{@environment}/expiry",
        R"({"expires_in_minutes":null})", kAdminister},
    Row{"GET", "/api/v1/backups", "/api/v1/backups", "", kSignedIn},
    Row{"GET", "/api/v1/backups", "/api/v1/backups?environment_id={@environment}", "", kSeeBackups},
    Row{"GET", "/api/v1/backups", "/api/v1/backups?project_id={@project}", "", kSeeBackups},
    Row{"GET", "/api/v1/backups/environments/{environment_id}/backups",
        "/api/v1/backups/environments/{@environment}/backups", "", kSeeBackups},
    Row{"POST", "/api/v1/backups/environments/{environment_id}/backups",
        "/api/v1/backups/environments/{@environment}/backups", "", kDevelop},
    Row{"POST", "/api/v1/backups/import", "/api/v1/backups/import?name=x&project_id={@project}", "",
        kDevelop},
    Row{"GET", "/api/v1/backups/{id}", "/api/v1/backups/{@backup}", "", kSeeBackups},
    Row{"DELETE", "/api/v1/backups/{id}", "/api/v1/backups/{@backup}", "", kAdminister},
    Row{"GET", "/api/v1/backups/{id}/targets", "/api/v1/backups/{@backup}/targets", "",
        kSeeBackups},
    Row{"POST", "/api/v1/backups/{id}/verify", "/api/v1/backups/{@backup}/verify", "", kDevelop},
    Row{"GET", "/api/v1/backups/{id}/download", "/api/v1/backups/{@backup}/download", "",
        kAdminister},
    Row{"GET", "/api/v1/backups/{id}/download-link", "/api/v1/backups/{@backup}/download-link", "",
        kAdminister},
    Row{"GET", "/api/v1/backups/{id}/download-link",
        "/api/v1/backups/{@backup}/download-link?via=server", "", kAdminister},
    Row{"GET", "/api/v1/backups/storage-configs", "/api/v1/backups/storage-configs", "", kSignedIn},
    Row{"GET", "/api/v1/backups/storage-configs",
        "/api/v1/backups/storage-configs?organization_id={@organization}", "", "UN+++FFFFN+"},
    Row{"POST", "/api/v1/backups/storage-configs", "/api/v1/backups/storage-configs",
        R"({"organization_id":"{@organization}","name":"{@text}","provider":"s3"})", kOrgManage},
    Row{"POST", "/api/v1/backups/storage-configs", "/api/v1/backups/storage-configs",
        R"({"organization_id":"{@organization}","name":"{@text}","provider":"local"})",
        "UNFFFFFFFN+"},
    Row{"GET", "/api/v1/backups/storage-configs/{id}", "/api/v1/backups/storage-configs/{@storage}",
        "", "UN+++NNNNN+"},
    Row{"PATCH", "/api/v1/backups/storage-configs/{id}",
        "/api/v1/backups/storage-configs/{@storage}", "", "UN++FNNNNN+"},
    Row{"DELETE", "/api/v1/backups/storage-configs/{id}",
        "/api/v1/backups/storage-configs/{@storage}", "", "UN++FNNNNN+"},
    Row{"POST", "/api/v1/backups/storage-configs/{id}/test",
        "/api/v1/backups/storage-configs/{@storage}/test", "", "UN++FNNNNN+"},
    Row{"POST", "/api/v1/backups/environments/{environment_id}/backups",
        "/api/v1/backups/environments/{@environment}/backups",
        R"({"storage_config_id":"{@storage}"})", "UN+FNNNNFF+"},
    Row{"POST", "/api/v1/backups/import/from-storage", "/api/v1/backups/import/from-storage",
        R"({"storage_config_id":"{@storage}","storage_key":"a//b","project_id":"{@project}"})",
        "UN+FNNNNFF+"},
    Row{"POST", "/api/v1/backups/import/from-url", "/api/v1/backups/import/from-url",
        R"({"storage_config_id":"{@storage}","url":"ftp://x","project_id":"{@project}"})",
        "UN+FNNNNFF+"},
    Row{"POST", "/api/v1/backups/uploads", "/api/v1/backups/uploads",
        R"({"storage_config_id":"{@storage}","file_name":"a","total_bytes":9,)"
        R"("project_id":"{@project}"})",
        "UN+FNNNNFF+"},
    Row{"GET", "/api/v1/backups/uploads", "/api/v1/backups/uploads", "", kSignedIn},
    // One that the project's developer has begun: nobody else's but the installation's. Without
    // an offset, a piece of it is refused before that.
    Row{"GET", "/api/v1/backups/uploads/{id}", "/api/v1/backups/uploads/{@upload}", "",
        "UNNFNNN+FF+"},
    Row{"PATCH", "/api/v1/backups/uploads/{id}", "/api/v1/backups/uploads/{@upload}", "", kDevelop},
    Row{"POST", "/api/v1/backups/uploads/{id}/complete",
        "/api/v1/backups/uploads/{@upload}/complete", "", "UNNFNNN+FF+"},
    Row{"DELETE", "/api/v1/backups/uploads/{id}", "/api/v1/backups/uploads/{@upload}", "",
        "UNNFNNN+FF+"},
    Row{"GET", "/api/v1/backups/{id}/proof", "/api/v1/backups/{@proven backup}/proof", "",
        kSeeBackups},
    Row{"GET", "/api/v1/proof/keys", "/api/v1/proof/keys", "", kSignedIn},
    Row{"POST", "/api/v1/backups/restore", "/api/v1/backups/restore",
        R"({"backup_id":"{@backup}","target_environment_id":"{@environment}"})", kAdminister},
    Row{"POST", "/api/v1/backups/restore/v2", "/api/v1/backups/restore/v2",
        R"({"backup_id":"{@backup}","target":{"mode":"original"}})", kAdminister},
    Row{"POST", "/api/v1/backups/restore/v2", "/api/v1/backups/restore/v2",
        R"({"backup_id":"{@backup}","target":{"mode":"existing",)"
        R"("environment_id":"{@environment}"}})",
        kAdminister},
    Row{"POST", "/api/v1/backups/restore/v2", "/api/v1/backups/restore/v2",
        R"({"backup_id":"{@backup}","target":{"mode":"new",)"
        R"("new_environment":{"name":"n-{@text}"}}})",
        kAdminister},
    Row{"POST", "/api/v1/backups/restore/v2", "/api/v1/backups/restore/v2",
        R"({"backup_id":"{@backup}","target":{"mode":"new",)"
        R"("new_environment":{"name":"n-{@text}","server_id":"{@server}"}}})",
        kAdminister},
    Row{"POST", "/api/v1/backups/restore/v2", "/api/v1/backups/restore/v2",
        R"({"backup_id":"{@backup}","target":{"mode":"cross_server","server_id":"{@server}",)"
        R"("new_environment":{"name":"n-{@text}"}}})",
        "UN++NNFFFF+"},
    Row{"POST", "/api/v1/backups/restore/plan", "/api/v1/backups/restore/plan",
        R"({"backup_id":"{@backup}","target":{"mode":"original"}})", kAdminister},
    Row{"POST", "/api/v1/backups/restore/plan", "/api/v1/backups/restore/plan",
        R"({"backup_id":"{@backup}","target":{"mode":"existing",)"
        R"("environment_id":"{@environment}"}})",
        kAdminister},
    Row{"POST", "/api/v1/backups/restore/plan", "/api/v1/backups/restore/plan",
        R"({"backup_id":"{@backup}","target":{"mode":"cross_server","server_id":"{@server}",)"
        R"("new_environment":{"name":"n-{@text}"}}})",
        "UN++NNFFFF+"},
    Row{"GET", "/api/v1/backups/restore/{id}", "/api/v1/backups/restore/{@restore}", "",
        kSeeBackups},
    Row{"GET", "/api/v1/restores", "/api/v1/restores", "", kSignedIn},
    Row{"GET", "/api/v1/restores", "/api/v1/restores?backup_id={@backup}", "", kSeeBackups},
    Row{"POST", "/api/v1/backups/restore/{id}/undo", "/api/v1/backups/restore/{@restore}/undo", "",
        kAdminister},
    Row{"POST", "/api/v1/backups/restore/{id}/release",
        "/api/v1/backups/restore/{@restore}/release", "", kAdminister},
    Row{"GET", "/api/v1/backups/restore/{id}/proof", "/api/v1/backups/restore/{@restore}/proof", "",
        kSeeBackups},
    Row{"GET", "/api/v1/tasks", "/api/v1/tasks", "", kSignedIn},
    Row{"GET", "/api/v1/tasks", "/api/v1/tasks?project_id={@project}", "", kSee},
    Row{"GET", "/api/v1/tasks/{id}", "/api/v1/tasks/{@task}", "", kSee},
    Row{"POST", "/api/v1/tasks/{id}/cancel", "/api/v1/tasks/{@task}/cancel", "", kDevelop},
    Row{"GET", "/api/v1/tasks/{id}/log", "/api/v1/tasks/{@task}/log", "", kSee},
    Row{"GET", "/api/v1/tasks/{id}/events", "/api/v1/tasks/{@task}/events", "", kSee},
    Row{"GET", "/api/v1/events", "/api/v1/events", "", kSignedIn},
};

constexpr std::array kUpkeepRows = {
    Row{"GET", "/api/v1/schedules", "/api/v1/schedules", "", kSignedIn},
    Row{"GET", "/api/v1/schedules", "/api/v1/schedules?environment_id={@environment}", "", kSee},
    Row{"GET", "/api/v1/schedules", "/api/v1/schedules?project_id={@project}", "", kSee},
    Row{"POST", "/api/v1/schedules", "/api/v1/schedules",
        R"({"environment_id":"{@environment}","cron":"0 2 * * *"})", kDevelop},
    Row{"POST", "/api/v1/schedules", "/api/v1/schedules",
        R"({"environment_id":"{@environment}","cron":"0 2 * * *","kind":"drill"})", kAdminister},
    Row{"GET", "/api/v1/schedules/{id}", "/api/v1/schedules/{@schedule}", "", kSee},
    Row{"PATCH", "/api/v1/schedules/{id}", "/api/v1/schedules/{@schedule}", "", kDevelop},
    Row{"DELETE", "/api/v1/schedules/{id}", "/api/v1/schedules/{@schedule}", "", kDevelop},
    Row{"POST", "/api/v1/schedules/{id}/run", "/api/v1/schedules/{@schedule}/run", "", kDevelop},
    Row{"GET", "/api/v1/schedules/{id}/runs", "/api/v1/schedules/{@schedule}/runs", "", kSee},
    Row{"GET", "/api/v1/cron", "/api/v1/cron?cron=@daily", "", kSignedIn},
    Row{"GET", "/api/v1/environments/{id}/retention",
        "/api/v1/environments/{@environment}/retention", "", kSeeBackups},
    Row{"PUT", "/api/v1/environments/{id}/retention",
        "/api/v1/environments/{@environment}/retention", "{}", kAdminister},
    Row{"DELETE", "/api/v1/environments/{id}/retention",
        "/api/v1/environments/{@environment}/retention", "", kAdminister},
    Row{"GET", "/api/v1/projects/{id}/retention", "/api/v1/projects/{@project}/retention", "",
        kSeeBackups},
    Row{"PUT", "/api/v1/projects/{id}/retention", "/api/v1/projects/{@project}/retention", "{}",
        kAdminister},
    Row{"DELETE", "/api/v1/projects/{id}/retention", "/api/v1/projects/{@project}/retention", "",
        kAdminister},
    Row{"GET", "/api/v1/projects/{id}/safe-copy", "/api/v1/projects/{@project}/safe-copy", "",
        kAdminister},
    Row{"PUT", "/api/v1/projects/{id}/safe-copy", "/api/v1/projects/{@project}/safe-copy", "{}",
        kAdminister},
    Row{"DELETE", "/api/v1/projects/{id}/safe-copy", "/api/v1/projects/{@project}/safe-copy", "",
        kAdminister},
    Row{"GET", "/api/v1/environments/{id}/retention/preview",
        "/api/v1/environments/{@environment}/retention/preview", "", kSeeBackups},
    Row{"POST", "/api/v1/environments/{id}/retention/apply",
        "/api/v1/environments/{@environment}/retention/apply", "", kAdminister},
    Row{"PATCH", "/api/v1/backups/{id}", "/api/v1/backups/{@backup}", R"({"keep_forever":true})",
        kAdminister},
    Row{"GET", "/api/v1/drills", "/api/v1/drills", "", kSignedIn},
    Row{"GET", "/api/v1/drills", "/api/v1/drills?environment_id={@environment}", "", kSee},
    Row{"GET", "/api/v1/drills", "/api/v1/drills?backup_id={@backup}", "", kSee},
    Row{"POST", "/api/v1/drills", "/api/v1/drills", R"({"backup_id":"{@backup}"})", kAdminister},
    Row{"POST", "/api/v1/drills", "/api/v1/drills", R"({"environment_id":"{@environment}"})",
        kAdminister},
    Row{"GET", "/api/v1/drills/{id}", "/api/v1/drills/{@drill}", "", kSee},
    Row{"GET", "/api/v1/drills/{id}/report", "/api/v1/drills/{@drill}/report", "", kSee},
    Row{"GET", "/api/v1/drills/{id}/report.html", "/api/v1/drills/{@drill}/report.html", "", kSee},
    Row{"GET", "/api/v1/drills/{id}/report.pdf", "/api/v1/drills/{@drill}/report.pdf", "", kSee},
    Row{"POST", "/api/v1/environments/{id}/snapshots",
        "/api/v1/environments/{@environment}/snapshots", "{}", kDevelop},
    Row{"GET", "/api/v1/environments/{id}/snapshot-settings",
        "/api/v1/environments/{@environment}/snapshot-settings", "", kSeeBackups},
    Row{"PUT", "/api/v1/environments/{id}/snapshot-settings",
        "/api/v1/environments/{@environment}/snapshot-settings",
        R"({"keep":2,"after_restore":true})", kAdminister},
    Row{"GET", "/api/v1/snapshots", "/api/v1/snapshots", "", kSignedIn},
    Row{"GET", "/api/v1/snapshots", "/api/v1/snapshots?environment_id={@environment}", "",
        kSeeBackups},
    Row{"GET", "/api/v1/snapshots/{id}", "/api/v1/snapshots/{@snapshot}", "", kSeeBackups},
    Row{"POST", "/api/v1/snapshots/{id}/rollback", "/api/v1/snapshots/{@snapshot}/rollback", "{}",
        kAdminister},
    Row{"DELETE", "/api/v1/snapshots/{id}", "/api/v1/snapshots/{@snapshot}", "", kAdminister},
    Row{"POST", "/api/v1/backups/{id}/mount", "/api/v1/backups/{@backup}/mount", "", kAdminister},
    Row{"POST", "/api/v1/backups/{id}/mount", "/api/v1/backups/{@backup}/mount",
        R"({"environment_id":"{@environment}"})", kAdminister},
    Row{"GET", "/api/v1/mounts", "/api/v1/mounts", "", kSignedIn},
    Row{"GET", "/api/v1/mounts", "/api/v1/mounts?environment_id={@environment}", "", kSeeBackups},
    Row{"GET", "/api/v1/mounts/{id}", "/api/v1/mounts/{@mount}", "", kSeeBackups},
    Row{"DELETE", "/api/v1/mounts/{id}", "/api/v1/mounts/{@mount}", "", kAdminister},
    Row{"GET", "/api/v1/mounts/{id}/tables", "/api/v1/mounts/{@mount}/tables", "", kAdminister},
    Row{"GET", "/api/v1/mounts/{id}/tables/{table}/rows",
        "/api/v1/mounts/{@mount}/tables/res_partner/rows", "", kAdminister},
    Row{"GET", "/api/v1/mounts/{id}/tables/{table}/csv",
        "/api/v1/mounts/{@mount}/tables/res_partner/csv", "", kAdminister},
    Row{"GET", "/api/v1/mounts/{id}/attachments", "/api/v1/mounts/{@mount}/attachments", "",
        kAdminister},
    Row{"GET", "/api/v1/mounts/{id}/attachments/{attachment_id}/content",
        "/api/v1/mounts/{@mount}/attachments/7/content", "", kAdminister},
    Row{"POST", "/api/v1/mounts/{id}/attachments/bring-back",
        "/api/v1/mounts/{@mount}/attachments/bring-back", R"({"attachment_ids":[7]})", kAdminister},
    Row{"GET", "/api/v1/protection", "/api/v1/protection", "", kSignedIn},
    Row{"GET", "/api/v1/protection", "/api/v1/protection?project_id={@project}", "", kSee},
};

std::vector<Row> AllRows() {
  std::vector<Row> rows(kSystemRows.begin(), kSystemRows.end());
  rows.insert(rows.end(), kAccountRows.begin(), kAccountRows.end());
  rows.insert(rows.end(), kOrganizationRows.begin(), kOrganizationRows.end());
  rows.insert(rows.end(), kWebhookRows.begin(), kWebhookRows.end());
  rows.insert(rows.end(), kWorkRows.begin(), kWorkRows.end());
  rows.insert(rows.end(), kUpkeepRows.begin(), kUpkeepRows.end());
  return rows;
}

char LetterOf(int status) {
  return status == 401 ? 'U' : status == 403 ? 'F' : status == 404 ? 'N' : '+';
}

std::string TargetOf(const Row& row) {
  std::string target(row.target);
  if (target.starts_with("{org}")) target.replace(0, 5, kOrg);
  return target;
}

TEST(AccessMatrix, EveryRouteHasARowAndEveryRowARoute) {
  const AccessWorld world;
  std::set<std::string> routes;
  std::set<std::string> rows;
  for (const Route& route : world.house.router.routes()) {
    routes.insert(route.method + " " + route.pattern);
  }
  for (const Row& row : AllRows()) rows.insert(fmt::format("{} {}", row.method, row.pattern));
  EXPECT_EQ(routes, rows);
}

TEST(AccessMatrix, EveryCallerGetsWhatTheTableSays) {
  AccessWorld world;
  for (const Row& row : AllRows()) {
    ASSERT_EQ(row.expected.size(), AccessWorld::kCallers.size()) << row.pattern;
    for (std::size_t i = 0; i < row.expected.size(); ++i) {
      const std::string target = world.Fill(TargetOf(row));
      const std::string body = world.Fill(std::string(row.body));
      const auto answer = world.Call(AccessWorld::kCallers.at(i), row.method, target, body);
      EXPECT_EQ(LetterOf(answer.status), row.expected.at(i))
          << row.method << " " << row.target << " " << row.body << " as "
          << AccessWorld::kCallers.at(i) << ": " << answer.status << " " << answer.text;
      EXPECT_NE(answer.status, 500) << row.method << " " << row.target << ": " << answer.text;
    }
  }
}

}  // namespace
}  // namespace reprise::api
