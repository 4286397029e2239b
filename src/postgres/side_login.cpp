#include "postgres/side_login.hpp"

#include <fmt/format.h>

#include "base/id.hpp"
#include "postgres/quote.hpp"

namespace reprise::postgres {
namespace {

Status Open(const Context& ctx, const Cluster& cluster, const SideDatabase& side,
            const std::string& password) {
  RETURN_IF_ERROR(cluster.Execute(
      ctx, side.name,
      fmt::format("BEGIN; GRANT USAGE ON SCHEMA public TO {0};"
                  " GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {0};"
                  " GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {0}; COMMIT;",
                  QuoteName(side.loader_role))));
  return LetLogIn(ctx, cluster, side.loader_role, password);
}

Status Close(const Context& ctx, const Cluster& cluster, const SideDatabase& side) {
  RETURN_IF_ERROR(cluster.Execute(
      ctx, "postgres", fmt::format("ALTER ROLE {} NOLOGIN", QuoteName(side.loader_role))));
  // As after loading: nobody ever sees the side database owned by Odoo's role. What then is left of
  // the loader's is its rights.
  return cluster.Execute(
      ctx, side.name,
      fmt::format("BEGIN; REASSIGN OWNED BY {0} TO {1}; ALTER DATABASE {2} OWNER TO {0};"
                  " DROP OWNED BY {0}; COMMIT;",
                  QuoteName(side.loader_role), QuoteName(side.final_owner), QuoteName(side.name)));
}

}  // namespace

Status LetLogIn(const Context& ctx, const Cluster& cluster, const std::string& loader,
                const std::string& password) {
  return cluster.Execute(
      ctx, "postgres",
      fmt::format("ALTER ROLE {} LOGIN PASSWORD {}", QuoteName(loader), QuoteText(password)));
}

Status WithLoader(const Context& ctx, const Cluster& cluster, const SideDatabase& side,
                  const std::function<Status(const Context&, const Cluster& as_loader)>& work) {
  const std::string password = RandomHex(16);
  Status done = Open(ctx, cluster, side, password);
  if (done) done = work(ctx, cluster.As(side.loader_role, password));
  Status closed = Close(ctx, cluster, side);
  if (!done) return done;
  return closed;
}

}  // namespace reprise::postgres
