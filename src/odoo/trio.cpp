#include "odoo/trio.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "base/id.hpp"
#include "base/task_group.hpp"
#include "odoo/installation.hpp"
#include "odoo/labels.hpp"
#include "postgres/cluster.hpp"
#include "postgres/quote.hpp"

namespace reprise::odoo {
namespace {

constexpr int kNewestPostgres = 18;
constexpr int kFirstPort = 18100;
constexpr int kLastPort = 18999;

std::string WithMajor(std::string pattern, int major) {
  constexpr std::string_view kMark = "{major}";
  if (const std::size_t at = pattern.find(kMark); at != std::string::npos) {
    pattern.replace(at, kMark.size(), std::to_string(major));
  }
  return pattern;
}

Result<bool> HasImage(const Context& ctx, docker::Engine& engine, const std::string& image) {
  const auto found = engine.InspectImage(ctx, image);
  if (found) return true;
  if (found.error().code == ErrorCode::kNotFound) return false;
  return Fail(found.error());
}

// Pulls what is missing.
Result<std::string> EnsureImage(const Context& ctx, docker::Engine& engine,
                                const std::string& image) {
  const Status pulled = engine.PullImage(ctx, image);
  if (pulled) return image;
  return Fail(ErrorCode::kNotFound,
              fmt::format("the image {} is not on the server and cannot be pulled: {}", image,
                          pulled.error().message),
              "pull or build it there, or start reprise serve with other --image-… options");
}

// The first of them that the engine has; nullopt when it has none.
Result<std::optional<std::string>> FirstHere(const Context& ctx, docker::Engine& engine,
                                             const std::vector<std::string>& candidates) {
  for (const std::string& image : candidates) {
    if (image.empty()) continue;
    ASSIGN_OR_RETURN(const bool here, HasImage(ctx, engine, image));
    if (here) return std::optional(image);
  }
  return std::nullopt;
}

// A dump loads into the same or any newer major.
std::vector<std::string> PostgresCandidates(const ImagePatterns& patterns,
                                            const std::string& wanted, int major) {
  std::vector<std::string> candidates{wanted};
  for (int candidate = major; candidate <= kNewestPostgres; ++candidate) {
    candidates.push_back(WithMajor(patterns.postgres, candidate));
  }
  return candidates;
}

bool CanBind(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const int reuse = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket API's way
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  ::close(fd);
  return bound;
}

// Each environment looks from a place of its own on: two that are made at once do not meet.
Result<int> PickPort(const Context& ctx, docker::Engine& engine, const domain::EnvironmentId& id) {
  ASSIGN_OR_RETURN(const auto containers, engine.List(ctx, {}));
  std::set<int> taken;
  for (const docker::ContainerInfo& container : containers) {
    for (const auto& [inside, outside] : container.ports) taken.insert(outside.second);
  }
  constexpr int kPorts = kLastPort - kFirstPort + 1;
  const auto begin = static_cast<int>(std::hash<std::string>()(id.value) % kPorts);
  for (int i = 0; i < kPorts; ++i) {
    const int port = kFirstPort + (begin + i) % kPorts;
    if (!taken.contains(port) && CanBind(port)) return port;
  }
  return Fail(ErrorCode::kConflict,
              fmt::format("no free port between {} and {} for another Odoo", kFirstPort, kLastPort),
              "remove an environment that is no longer needed");
}

struct Passwords {
  std::string admin = RandomHex(16);
  std::string odoo = RandomHex(16);
};

docker::ContainerSpec BaseSpec(const domain::Environment& environment, const std::string& name,
                               const std::string& image, const docker::Labels& labels) {
  docker::ContainerSpec spec;
  spec.name = name;
  spec.image = image;
  spec.labels = labels;
  spec.network_mode = environment.network;
  spec.restart_policy = "unless-stopped";
  return spec;
}

Status StartDatabase(const Context& ctx, docker::Engine& engine,
                     const domain::Environment& environment, const docker::Labels& labels,
                     const Passwords& passwords) {
  docker::ContainerSpec spec =
      BaseSpec(environment, environment.containers.db, environment.images.db, labels);
  spec.environment = {{"POSTGRES_USER", environment.db_admin},
                      {"POSTGRES_PASSWORD", passwords.admin},
                      {"POSTGRES_INITDB_ARGS", "-E UTF8 --locale=C.UTF-8"}};
  // From 18 on the image wants its volume one level higher, and finds PGDATA below it by itself.
  const std::string tag = environment.images.db.substr(environment.images.db.rfind(':') + 1);
  const bool new_layout = MajorOf(tag) >= 18;
  spec.mounts = {{environment.volumes.at(0),
                  new_layout ? "/var/lib/postgresql" : "/var/lib/postgresql/data", false}};
  spec.network_aliases = {"db"};
  spec.stop_timeout = std::chrono::seconds(60);
  RETURN_IF_ERROR(engine.Create(ctx, spec));
  return engine.Start(ctx, spec.name);
}

// Its first start makes the cluster.
Status WaitForDatabase(const Context& ctx, docker::Engine& engine,
                       const domain::Environment& environment, const Passwords& passwords) {
  const postgres::Cluster cluster(engine, environment.containers.db, environment.db_admin);
  RETURN_IF_ERROR(cluster.WaitReady(ctx, std::chrono::seconds(120)));
  return cluster.Execute(
      ctx, "postgres",
      fmt::format("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}",
                  postgres::QuoteName(environment.db_user), postgres::QuoteText(passwords.odoo)));
}

Status StartPgBouncer(const Context& ctx, docker::Engine& engine,
                      const domain::Environment& environment, const docker::Labels& labels,
                      const Passwords& passwords) {
  docker::ContainerSpec spec =
      BaseSpec(environment, environment.containers.pgbouncer, environment.images.pgbouncer, labels);
  // Session pooling: Odoo listens for notifications, which transaction pooling loses.
  spec.environment = {{"DB_HOST", "db"},
                      {"DB_PORT", "5432"},
                      {"DB_USER", environment.db_user},
                      {"DB_PASSWORD", passwords.odoo},
                      {"AUTH_TYPE", "scram-sha-256"},
                      {"POOL_MODE", "session"},
                      {"MAX_CLIENT_CONN", "200"},
                      {"DEFAULT_POOL_SIZE", "64"}};
  spec.network_aliases = {"pgbouncer"};
  RETURN_IF_ERROR(engine.Create(ctx, spec));
  return engine.Start(ctx, spec.name);
}

Status CreateOdoo(const Context& ctx, docker::Engine& engine,
                  const domain::Environment& environment, const docker::Labels& labels,
                  const Passwords& passwords, std::optional<int> port) {
  docker::ContainerSpec spec =
      BaseSpec(environment, environment.containers.odoo, environment.images.odoo, labels);
  spec.environment = {{"HOST", "pgbouncer"},
                      {"PORT", "5432"},
                      {"USER", environment.db_user},
                      {"PASSWORD", passwords.odoo}};
  // Tied to one database: an Odoo without one would run the crons of every database of its role.
  spec.command = {"odoo", "--database=" + environment.db_name,
                  fmt::format("--db-filter=^{}$", environment.db_name)};
  spec.mounts = {{environment.volumes.at(1), environment.data_dir, false}};
  if (port) {
    spec.ports = {{.container_port = 8069, .host_ip = "127.0.0.1", .host_port = *port}};
  }
  spec.health = docker::HealthCheck{.shell =
                                        "python3 -c \"import urllib.request as u; "
                                        "u.urlopen('http://127.0.0.1:8069/web/login', timeout=5)\"",
                                    .interval = std::chrono::seconds(2),
                                    .timeout = std::chrono::seconds(10),
                                    .start_period = std::chrono::seconds(120),
                                    .retries = 5};
  spec.network_aliases = {"odoo"};
  spec.stop_timeout = std::chrono::seconds(30);
  RETURN_IF_ERROR(engine.Create(ctx, spec));
  return {};
}

}  // namespace

Result<FoundImages> FindImages(const Context& ctx, docker::Engine& engine,
                               const ImagePatterns& patterns,
                               const domain::EnvironmentImages& wanted,
                               const std::string& odoo_version,
                               const std::string& postgres_version) {
  const int odoo_major = MajorOf(odoo_version);
  if (odoo_major == 0 && wanted.odoo.empty()) {
    return Fail(ErrorCode::kIncompatible,
                "the backup does not say which Odoo it is of, so no new environment can be made",
                "restore it into an existing environment of the right version");
  }
  // Odoo 19 wants PostgreSQL 13 at least; what a backup came from goes before.
  const int postgres_major =
      postgres_version.empty() ? 13 : std::max(MajorOf(postgres_version), 12);
  FoundImages found;
  const auto find = [&](const std::vector<std::string>& candidates, const std::string& else_pull,
                        std::string& into) -> Status {
    ASSIGN_OR_RETURN(const std::optional<std::string> here, FirstHere(ctx, engine, candidates));
    into = here.value_or(else_pull);
    if (!here) found.missing.push_back(else_pull);
    return {};
  };
  const std::string odoo = WithMajor(patterns.odoo, odoo_major);
  RETURN_IF_ERROR(find({wanted.odoo, odoo}, odoo, found.images.odoo));
  RETURN_IF_ERROR(find(PostgresCandidates(patterns, wanted.db, postgres_major),
                       WithMajor(patterns.postgres, postgres_major), found.images.db));
  RETURN_IF_ERROR(
      find({wanted.pgbouncer, patterns.pgbouncer}, patterns.pgbouncer, found.images.pgbouncer));
  return found;
}

Result<domain::EnvironmentImages> ChooseImages(const Context& ctx, docker::Engine& engine,
                                               const ImagePatterns& patterns,
                                               const domain::EnvironmentImages& wanted,
                                               const std::string& odoo_version,
                                               const std::string& postgres_version) {
  ASSIGN_OR_RETURN(const FoundImages found,
                   FindImages(ctx, engine, patterns, wanted, odoo_version, postgres_version));
  for (const std::string& image : found.missing) RETURN_IF_ERROR(EnsureImage(ctx, engine, image));
  return found.images;
}

Result<domain::Environment> CreateTrio(const Context& ctx, docker::Engine& engine,
                                       const std::string& installation,
                                       domain::Environment environment,
                                       const std::function<void(double, std::string)>& progress,
                                       Reach reach) {
  const std::string& id = environment.id.value;
  RETURN_IF_ERROR(RemoveTrio(ctx, engine, environment.id));
  environment.origin = domain::EnvironmentOrigin::kDeployed;
  environment.containers = {id + "_odoo", id + "_db", id + "_pgbouncer"};
  environment.volumes = {id + "_db_data", id + "_odoo_data"};
  environment.network = id + "_net";
  environment.db_user = "odoo";
  environment.db_admin = "postgres";
  environment.data_dir = "/var/lib/odoo";
  const docker::Labels labels{{kEnvironmentLabel, id}, {kInstallationLabel, installation}};
  const Passwords passwords;
  RETURN_IF_ERROR(engine.CreateNetwork(
      ctx, {.name = environment.network, .labels = labels, .internal = reach == Reach::kFenced}));
  for (const std::string& volume : environment.volumes) {
    RETURN_IF_ERROR(engine.CreateVolume(ctx, volume, labels));
  }
  progress(0.1, "starting PostgreSQL");
  RETURN_IF_ERROR(StartDatabase(ctx, engine, environment, labels, passwords));
  TaskGroup waiting(ctx);
  waiting.Spawn(
      [&](const Context& inner) { return WaitForDatabase(inner, engine, environment, passwords); });
  progress(0.3, "starting PgBouncer, creating Odoo");
  RETURN_IF_ERROR(StartPgBouncer(ctx, engine, environment, labels, passwords));
  std::optional<int> port;
  if (reach == Reach::kServed) {
    ASSIGN_OR_RETURN(port, PickPort(ctx, engine, environment.id));
  }
  RETURN_IF_ERROR(CreateOdoo(ctx, engine, environment, labels, passwords, port));
  progress(0.6, "waiting for PostgreSQL");
  RETURN_IF_ERROR(waiting.Join());
  if (port) {
    environment.url = fmt::format("http://127.0.0.1:{}", *port);
  } else {
    for (const std::string& container :
         {environment.containers.db, environment.containers.pgbouncer,
          environment.containers.odoo}) {
      RETURN_IF_ERROR(engine.SetRestartPolicy(ctx, container, "no"));
    }
  }
  return environment;
}

Status RemoveTrio(const Context& ctx, docker::Engine& engine, const domain::EnvironmentId& id) {
  const docker::Labels labels{{kEnvironmentLabel, id.value}};
  ASSIGN_OR_RETURN(const auto containers, engine.List(ctx, labels));
  for (const docker::ContainerInfo& container : containers) {
    RETURN_IF_ERROR(engine.Remove(ctx, container.id));
  }
  ASSIGN_OR_RETURN(const auto volumes, engine.ListVolumes(ctx, labels));
  for (const docker::VolumeInfo& volume : volumes) {
    RETURN_IF_ERROR(engine.RemoveVolume(ctx, volume.name));
  }
  ASSIGN_OR_RETURN(const auto networks, engine.ListNetworks(ctx, labels));
  for (const docker::NetworkInfo& network : networks) {
    RETURN_IF_ERROR(engine.RemoveNetwork(ctx, network.id));
  }
  return {};
}

}  // namespace reprise::odoo
