#pragma once

#include <memory>
#include <optional>

#include "access/access_control.hpp"
#include "access/accounts.hpp"
#include "access/credentials.hpp"
#include "access/oidc_sign_in.hpp"
#include "api/answer_cache.hpp"
#include "api/audit_recorder.hpp"
#include "api/authenticator.hpp"
#include "api/call_metrics.hpp"
#include "api/rate_limiter.hpp"
#include "api/router.hpp"
#include "api/routes.hpp"
#include "api/server.hpp"
#include "api/session_cookie.hpp"
#include "node/core.hpp"
#include "notify/webhook_sender.hpp"
#include "restore/janitor.hpp"
#include "servers/server_service.hpp"

namespace reprise::node {

// What `serve` has besides: everybody who calls, all that they can call, and what goes on by the
// clock. Declared in the order in which each stands on those before it.
struct Front {
  // What was told to it and can be wrong.
  struct Told {
    api::AdminToken admin;
    api::ServerOptions edge;
    notify::MailServer mail;
    std::optional<access::OidcOptions> oidc;
    std::optional<access::OidcJoin> join;
  };
  // With its routes, and listening. `core` must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<Front>> Open(Core& core);
  // Use Open().
  Front(Core& below, Told&& what);
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  Core& core;
  const Told told;
  restore::Janitor janitor{{.restores = core.restores,
                            .environments = core.environments,
                            .drills = core.upkeep.drills,
                            .service = core.restore_service,
                            .journal = core.journal,
                            .engines = core.engines,
                            .clock = core.clock,
                            .installation = core.found.installation,
                            .space = core.space,
                            .also = [this](const Context& ctx) -> Status {
                              RETURN_IF_ERROR(core.mount_sweep.Sweep(ctx));
                              return core.snapshot_sweep.Sweep(ctx);
                            }}};
  servers::ServerService server_service{
      {core.tenancy, core.server_store, core.engines, *core.found.box, core.clock,
       [this](const domain::ServerId& removed) { core.engines.Forget(removed); }}};
  api::EventHub events{core.journal};

  const catalog::AccessStore access_store{core.database};
  const access::AccessControl control{access_store, core.tenancy};
  catalog::UserStore users{core.database};
  catalog::OrganizationStore organizations{core.database};
  catalog::QuotaStore quotas{core.database, core.clock};
  catalog::TeamStore teams{core.database};
  catalog::CredentialStore credential_store{core.database};
  catalog::IdentityStore identities{core.database};
  const access::PasswordHasher hasher{};
  access::Accounts accounts{
      {users, credential_store, hasher, *core.found.box, core.clock, {}, &identities}};
  access::Credentials credentials{{users, credential_store, access_store, core.clock}};
  const api::DownloadTickets tickets{{*core.found.box, credentials, core.clock}};
  const api::CallerAuthenticator authenticator{told.admin, credentials, tickets};
  std::optional<access::OidcProvider> provider;
  std::optional<access::OidcSignIn> provider_sign_in;

  const catalog::AuditStore audit{core.database, core.clock};
  const api::AuditRecorder recorder{core.database, core.clock, control, users};
  api::RateLimiter limiter{core.options.edge.rate_limit, core.clock};
  api::AnswerCache answers{[this] { return core.metered.changes(); }, core.clock};
  catalog::WebhookStore webhooks{core.database, core.clock};
  notify::WebhookSender webhook_sender;
  DurationHistogram call_times{"reprise_http_request_seconds",
                               "Calls of this process, by route and status; uploads included."};
  api::Router router{authenticator, &control};
  std::optional<api::Server> server;

 private:
  void AddRoutes();
  [[nodiscard]] Result<domain::Task> CancelTask(const domain::TaskId& id);
  [[nodiscard]] Status EngineAnswers(const Context& ctx);
  [[nodiscard]] Status Listen();
};

}  // namespace reprise::node
