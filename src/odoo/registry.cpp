#include "odoo/registry.hpp"

#include <fmt/format.h>

#include "base/lines.hpp"
#include "base/log.hpp"
#include "docker/throwaway_container.hpp"

namespace reprise::odoo {
namespace {

constexpr const char* kDatabaseAlias = "reprise-db";

// The network of one run; goes with it.
class FencedNetwork {
 public:
  static Result<FencedNetwork> Make(const Context& ctx, docker::Engine& engine, std::string name,
                                    docker::Labels labels, std::string db_container) {
    FencedNetwork network(engine, std::move(name), std::move(db_container));
    network.Remove(ctx);  // of an attempt that died
    RETURN_IF_ERROR(engine.CreateNetwork(
        ctx, {.name = network.name_, .labels = std::move(labels), .internal = true}));
    RETURN_IF_ERROR(engine.Connect(ctx, network.name_, network.db_container_, {kDatabaseAlias}));
    return network;
  }
  FencedNetwork(FencedNetwork&& other) noexcept
      : engine_(other.engine_),
        name_(std::move(other.name_)),
        db_container_(std::move(other.db_container_)) {
    other.name_.clear();
  }
  FencedNetwork& operator=(FencedNetwork&&) = delete;
  ~FencedNetwork() {
    if (!name_.empty()) Remove(Context().WithTimeout(std::chrono::seconds(120)));
  }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  FencedNetwork(docker::Engine& engine, std::string name, std::string db_container)
      : engine_(&engine), name_(std::move(name)), db_container_(std::move(db_container)) {}
  // Both may rightly fail when there is nothing to remove.
  void Remove(const Context& ctx) const {
    [[maybe_unused]] const Status cut = engine_->Disconnect(ctx, name_, db_container_);
    [[maybe_unused]] const Status removed = engine_->RemoveNetwork(ctx, name_);
  }

  docker::Engine* engine_;
  std::string name_;
  std::string db_container_;
};

}  // namespace

Result<OdooRunner::Run> OdooRunner::RunOdoo(const Context& ctx, std::string_view role,
                                            std::vector<std::string> arguments) {
  ASSIGN_OR_RETURN(const docker::ContainerInfo odoo, engine_.Inspect(ctx, options_.odoo_container));
  ASSIGN_OR_RETURN(
      const FencedNetwork network,
      FencedNetwork::Make(ctx, engine_, options_.owner.Name(fmt::format("{}_net", role)),
                          options_.owner.labels(), options_.db_container));
  const Installation& installation = options_.installation;
  docker::ContainerSpec spec;
  spec.name = options_.owner.Name(role);
  spec.image = odoo.image_id;
  spec.entrypoint = {installation.program};
  spec.command = {"--config=" + installation.conf_path, fmt::format("--db_host={}", kDatabaseAlias),
                  "--db_port=5432", "--db_user=" + installation.db_user};
  if (arguments.front().starts_with("-")) {
    spec.command.insert(spec.command.end(), arguments.begin(), arguments.end());
  } else {
    // A subcommand comes first; the options follow it.
    arguments.insert(arguments.begin() + 1, spec.command.begin(), spec.command.end());
    spec.command = std::move(arguments);
  }
  spec.user = odoo.user;
  spec.environment = odoo.environment;
  // The password goes by libpq's own variable: never in argv. One that stands in odoo.conf wins.
  spec.environment["PGPASSWORD"] = installation.db_password;
  // Settings that a dump has given its database are not to decide whose functions Odoo's role
  // calls.
  spec.environment["PGOPTIONS"] += R"( -c search_path="$user",public)";
  spec.environment.erase("PGHOST");
  spec.environment.erase("PGPORT");
  spec.labels = options_.owner.labels();
  spec.volumes_from = odoo.id;
  spec.network_mode = network.name();
  spec.init = true;
  ASSIGN_OR_RETURN(const auto container, docker::ThrowawayContainer::Start(ctx, engine_, spec));
  ASSIGN_OR_RETURN(const int exit_code, engine_.Wait(ctx, container.name()));
  ASSIGN_OR_RETURN(std::string log, engine_.Logs(ctx, container.name(), 100));
  return Run{exit_code, std::move(log)};
}

Status OdooRunner::CheckRegistry(const Context& ctx, const std::string& database) {
  ASSIGN_OR_RETURN(const Run run,
                   RunOdoo(ctx, "check",
                           {"--database=" + database, "--stop-after-init", "--no-http",
                            "--max-cron-threads=0", "--workers=0", "--log-level=warn"}));
  if (run.exit_code == 0) return {};
  return Fail(ErrorCode::kProofFailed,
              fmt::format("Odoo {} cannot load the restored database (exit code {}). Its last log "
                          "lines:\n{}",
                          options_.installation.version, run.exit_code, run.log),
              "most often a module of the backup is missing in the target's image or addons path");
}

Status RemoveHelperNetworks(const Context& ctx, docker::Engine& engine,
                            const docker::Labels& labels, const std::string& db_container) {
  ASSIGN_OR_RETURN(const auto networks, engine.ListNetworks(ctx, labels));
  for (const docker::NetworkInfo& network : networks) {
    [[maybe_unused]] const Status cut = engine.Disconnect(ctx, network.id, db_container);
    RETURN_IF_ERROR(engine.RemoveNetwork(ctx, network.id));
  }
  return {};
}

}  // namespace reprise::odoo
