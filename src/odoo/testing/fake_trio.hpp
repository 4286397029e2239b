#pragma once

#include <set>
#include <string>

#include "docker/fake_engine.hpp"
#include "docker/fixed_engines.hpp"
#include "domain/environment.hpp"
#include "odoo/testing/fake_files.hpp"
#include "postgres/testing/fake_databases.hpp"

namespace reprise::odoo::testing {

// The environment "shop" on a fake engine, alive: Odoo 14 answers on the database "shop-db" whose
// content is "live", with two files in its filestore, behind PgBouncer.
class FakeTrio {
 public:
  static constexpr const char* kFilestores = "/var/lib/odoo/filestore";

  explicit FakeTrio(domain::EnvironmentId id = {"e1"}) {
    shop.id = std::move(id);
    shop.name = "shop";
    shop.type = domain::EnvironmentType::kProduction;
    shop.status = domain::EnvironmentStatus::kRunning;
    shop.odoo_version = "14.0";
    shop.db_name = "shop-db";
    shop.db_user = "odoo";
    shop.db_admin = "postgres";
    shop.data_dir = "/var/lib/odoo";
    shop.containers = {"shop_odoo", "shop_db", "shop_pgbouncer"};
    shop.images = {"odoo:14", "postgres:13", "pgbouncer:1"};
    for (const char* image : {"odoo:14", "postgres:13", "pgbouncer:1"}) {
      engine.AddImage({.tags = {image}});
    }
    Add("shop_db", "postgres:13");
    Add("shop_pgbouncer", "pgbouncer:1");
    Add("shop_odoo", "odoo:14");
    databases.Add(shop.db_name, {.content = "live"});
    files.Add(live_filestore(), "a file of the shop");
    files.Add(live_filestore(), "a file in both");
    programs.OnProgram("odoo", {"Odoo Server 14.0\n"});
    programs.OnProgram("df", {"Filesystem 1024-blocks Used Available Capacity Mounted on\n"
                              "/dev/sda1 61255492 9 41298432 29% /var/lib\n"});
    programs.OnProgram("python3", [this](const FakeFiles::Call& call) {
      return FakeFiles::Answer{.exit_code = Answers(call.spec.argv.at(4)) ? 0 : 1};
    });
    engine.OnStart([this](std::string_view name) {
      // What Odoo itself runs as a helper ends by itself.
      if (name.ends_with("_check")) engine.Finish(name, registry_exit_code);
      if (name.ends_with("_neutralize")) engine.Finish(name, 0);
      if (name.ends_with("_odoo")) engine.SetHealth(name, "healthy");
    });
  }

  [[nodiscard]] std::string live_filestore() const { return Filestore(shop.db_name); }
  [[nodiscard]] static std::string Filestore(const std::string& database) {
    return std::string(kFilestores) + "/" + database;
  }
  [[nodiscard]] bool Runs(const std::string& container) {
    const auto info = engine.Inspect(Context(), container);
    return info && info->state.running;
  }
  [[nodiscard]] std::string PolicyOf(const std::string& container) {
    return engine.Inspect(Context(), container).value().restart_policy;
  }
  // Whether Odoo would serve from this database.
  [[nodiscard]] bool Answers(const std::string& database) {
    const auto world = databases.world();
    const auto found = world.databases.find(database);
    return found != world.databases.end() && found->second.open && found->second.owner == "odoo" &&
           found->second.objects == "odoo" && !sick.contains(found->second.content);
  }
  // Containers that are no part of the trio.
  [[nodiscard]] std::set<std::string> Helpers() {
    std::set<std::string> names;
    const auto containers = engine.List(Context(), {}).value();
    for (const docker::ContainerInfo& info : containers) {
      if (!info.name.starts_with("shop_")) names.insert(info.name);
    }
    return names;
  }

  docker::FakeEngine engine;
  docker::FixedEngines engines{engine};
  postgres::testing::FakePsql programs{engine};
  postgres::testing::FakeDatabases databases{programs};
  FakeFiles files{programs};
  domain::Environment shop;
  std::set<std::string> sick;  // contents on which Odoo does not come up
  int registry_exit_code = 0;

 private:
  void Add(const std::string& name, const std::string& image) {
    docker::ContainerSpec spec;
    spec.name = name;
    spec.image = image;
    spec.restart_policy = "unless-stopped";
    const auto made = engine.Create(Context(), spec);
    if (made) [[maybe_unused]]
      const Status started = engine.Start(Context(), name);
  }
};

}  // namespace reprise::odoo::testing
