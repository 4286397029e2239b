#include "odoo/environment_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/testing/temporary_catalog.hpp"
#include "docker/fake_engine.hpp"
#include "docker/fixed_engines.hpp"
#include "postgres/testing/fake_psql.hpp"

namespace reprise::odoo {
namespace {

using domain::Environment;
using domain::EnvironmentStatus;
using postgres::testing::FakePsql;
using ::testing::HasSubstr;

// Three containers of a shop on Odoo 14, as somebody else has made them.
class EnvironmentServiceTest : public ::testing::Test {
 protected:
  EnvironmentServiceTest() {
    docker::ContainerSpec odoo;
    odoo.name = "shop_odoo";
    odoo.image = "odoo:14";
    odoo.ports = {{.container_port = 8069, .host_ip = "0.0.0.0", .host_port = 18069}};
    odoo.environment = {{"USER", "odoo14"}};
    Run(odoo);
    docker::ContainerSpec db;
    db.name = "shop_db";
    db.image = "postgres:13";
    db.environment = {{"POSTGRES_USER", "admin"}};
    Run(db);
    docker::ContainerSpec pgbouncer;
    pgbouncer.name = "shop_pgbouncer";
    pgbouncer.image = "pgbouncer:1";
    Run(pgbouncer);
    programs_.OnProgram("odoo", {"Odoo Server 14.0-20221114\n"});
    programs_.SetDatabases({"postgres", "shop-db"});
    programs_.On("to_regclass('public.ir_module_module')", FakePsql::Rows({{"t"}}));
  }
  void Run(const docker::ContainerSpec& spec) {
    engine_.AddImage({.tags = {spec.image}});
    EXPECT_TRUE(engine_.Create(Context(), spec));
    EXPECT_TRUE(engine_.Start(Context(), spec.name));
  }
  static AdoptOrder Order(const std::string& name = "shop") {
    AdoptOrder order;
    order.name = name;
    order.odoo_container = "shop_odoo";
    order.db_container = "shop_db";
    return order;
  }
  Result<Environment> Adopt(const AdoptOrder& order) { return service_.Adopt(Context(), order); }
  // The failure of an order that must be refused; nothing may have been registered.
  Error Refused(const AdoptOrder& order) {
    const auto before = environments_.List({}, {}).value().total;
    const auto adopted = Adopt(order);
    EXPECT_FALSE(adopted);
    EXPECT_EQ(environments_.List({}, {}).value().total, before);
    return adopted ? Error{} : adopted.error();
  }

  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  catalog::testing::TemporaryCatalog catalog_;
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  catalog::TenancyStore tenancy_{catalog_.database()};
  jobs::Journal journal_{catalog_.database(), clock_};
  docker::FakeEngine engine_;
  docker::FixedEngines engines_{engine_};
  FakePsql programs_{engine_};
  EnvironmentService service_{{environments_, tenancy_, journal_, engines_, {}, clock_}};
};

TEST_F(EnvironmentServiceTest, AdoptRegistersWhatItFindsInTheContainers) {
  AdoptOrder order = Order();
  order.type = domain::EnvironmentType::kProduction;
  const auto adopted = Adopt(order);
  ASSERT_TRUE(adopted) << adopted.error().Sentence();
  const Environment row = environments_.Get(adopted->id).value();
  EXPECT_EQ(row.name, "shop");
  EXPECT_EQ(row.type, domain::EnvironmentType::kProduction);
  EXPECT_EQ(row.status, EnvironmentStatus::kRunning);
  EXPECT_EQ(row.origin, domain::EnvironmentOrigin::kAdopted);
  EXPECT_EQ(row.odoo_version, "14.0");
  EXPECT_EQ(row.db_name, "shop-db");
  EXPECT_EQ(row.db_user, "odoo14");
  EXPECT_EQ(row.db_admin, "admin");
  EXPECT_EQ(row.data_dir, "/var/lib/odoo");
  EXPECT_EQ(row.url, "http://127.0.0.1:18069");
  EXPECT_EQ(row.containers.odoo, "shop_odoo");
  EXPECT_EQ(row.containers.db, "shop_db");
  EXPECT_EQ(row.containers.pgbouncer, "");
  EXPECT_EQ(row.images.odoo, "odoo:14");
  EXPECT_EQ(row.images.db, "postgres:13");
  EXPECT_EQ(row.project_id, catalog_.project());
  EXPECT_EQ(row.server_id, catalog_.server());
  EXPECT_EQ(row.created_at, clock_.Now());
}

TEST_F(EnvironmentServiceTest, AdoptKeepsNamesWhereItWasGivenIds) {
  AdoptOrder order = Order();
  order.odoo_container = engine_.Inspect(Context(), "shop_odoo")->id;
  order.db_container = engine_.Inspect(Context(), "shop_db")->id;
  order.pgbouncer_container = engine_.Inspect(Context(), "shop_pgbouncer")->id;
  const auto adopted = Adopt(order);
  ASSERT_TRUE(adopted) << adopted.error().Sentence();
  EXPECT_EQ(adopted->containers.odoo, "shop_odoo");
  EXPECT_EQ(adopted->containers.db, "shop_db");
  EXPECT_EQ(adopted->containers.pgbouncer, "shop_pgbouncer");
  EXPECT_EQ(adopted->images.pgbouncer, "pgbouncer:1");
}

TEST_F(EnvironmentServiceTest, AdoptChangesNothingInTheEngine) {
  ASSERT_TRUE(Adopt(Order()));
  const auto calls = engine_.calls();
  for (std::size_t i = 6; i < calls.size(); ++i) {  // the first six have made the shop
    EXPECT_TRUE(calls[i].starts_with("inspect") || calls[i].starts_with("exec")) << calls[i];
  }
  for (const FakePsql::Call& call : programs_.calls()) {
    if (call.spec.argv.front() != "psql") continue;
    EXPECT_TRUE(call.sql.starts_with("SELECT")) << call.sql;
  }
}

TEST_F(EnvironmentServiceTest, AdoptRefusesABadName) {
  EXPECT_EQ(Refused(Order("../shop")).code, ErrorCode::kInvalidArgument);
}

TEST_F(EnvironmentServiceTest, AdoptRefusesContainersThatAreNotThere) {
  for (std::string AdoptOrder::*container :
       {&AdoptOrder::odoo_container, &AdoptOrder::db_container, &AdoptOrder::pgbouncer_container}) {
    AdoptOrder order = Order();
    order.*container = "gone";
    EXPECT_EQ(Refused(order).code, ErrorCode::kContainerMissing);
  }
}

TEST_F(EnvironmentServiceTest, AdoptRefusesWhatIsNoOdoo) {
  programs_.OnProgram("odoo", {.exit_code = 127});
  EXPECT_EQ(Refused(Order()).code, ErrorCode::kContainerFailed);
}

TEST_F(EnvironmentServiceTest, AdoptTakesTheDatabaseThatIsTold) {
  programs_.SetDatabases({"postgres", "one", "two"});
  AdoptOrder order = Order();
  order.db_name = "two";
  EXPECT_EQ(Adopt(order)->db_name, "two");
}

TEST_F(EnvironmentServiceTest, AdoptTakesTheDatabaseThatOdooIsTiedTo) {
  programs_.SetDatabases({"postgres", "one", "two"});
  programs_.OnProgram("cat", {"[options]\ndb_name = one\n"});
  EXPECT_EQ(Adopt(Order())->db_name, "one");
}

TEST_F(EnvironmentServiceTest, AdoptDoesNotGuessBetweenDatabases) {
  programs_.SetDatabases({"postgres", "one", "two"});
  const Error error = Refused(Order());
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message, HasSubstr("\"one\", \"two\""));
  programs_.SetDatabases({"postgres"});
  EXPECT_EQ(Refused(Order()).code, ErrorCode::kInvalidArgument);
}

TEST_F(EnvironmentServiceTest, AdoptRefusesADatabaseThatIsNotThereOrNotOdoos) {
  AdoptOrder order = Order();
  order.db_name = "shop";
  const Error missing = Refused(order);
  EXPECT_EQ(missing.code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.message, HasSubstr("\"shop-db\""));
  programs_.On("to_regclass('public.ir_module_module')", FakePsql::Rows({{"f"}}));
  EXPECT_EQ(Refused(Order()).code, ErrorCode::kInvalidArgument);
}

TEST_F(EnvironmentServiceTest, AdoptRefusesANameOrAContainerTwice) {
  ASSERT_TRUE(Adopt(Order()));
  EXPECT_EQ(Refused(Order("other")).code, ErrorCode::kConflict);
  docker::ContainerSpec second;
  second.name = "second_odoo";
  second.image = "odoo:14";
  Run(second);
  AdoptOrder order = Order();
  order.odoo_container = "second_odoo";
  EXPECT_EQ(Refused(order).code, ErrorCode::kNameTaken);
}

TEST_F(EnvironmentServiceTest, AdoptRefusesAnUnknownProject) {
  AdoptOrder order = Order();
  order.project_id = {"p9"};
  EXPECT_EQ(Refused(order).code, ErrorCode::kNotFound);
}

TEST_F(EnvironmentServiceTest, DeployRegistersAndQueues) {
  DeployOrder order;
  order.name = "New shop";
  order.odoo_version = "17";
  const auto deployed = service_.Deploy(Context(), order);
  ASSERT_TRUE(deployed) << deployed.error().Sentence();
  const Environment row = environments_.Get(deployed->environment.id).value();
  EXPECT_EQ(row.status, EnvironmentStatus::kDeploying);
  EXPECT_EQ(row.odoo_version, "17.0");
  EXPECT_EQ(row.db_name, "new-shop");
  EXPECT_EQ(row.images.odoo, "odoo:17");
  EXPECT_EQ(deployed->task.kind, domain::TaskKind::kDeploy);
  EXPECT_EQ(deployed->task.target, row.id.value);
}

TEST_F(EnvironmentServiceTest, PastTheQuotaNothingIsAdoptedOrDeployed) {
  const auto project = tenancy_.GetProject(catalog_.project()).value();
  ASSERT_TRUE(catalog::QuotaStore(catalog_.database(), clock_)
                  .Put(project.organization_id, {.environments = 0}));
  EXPECT_EQ(Refused(Order()).code, ErrorCode::kQuotaExceeded);
  DeployOrder order;
  order.name = "New shop";
  order.odoo_version = "17";
  EXPECT_EQ(service_.Deploy(Context(), order).error().code, ErrorCode::kQuotaExceeded);
  EXPECT_EQ(environments_.List({}, {}).value().total, 0);
  EXPECT_EQ(journal_.List({}, {}).value().total, 0);
}

TEST_F(EnvironmentServiceTest, DeployRefusesWhatIsNoVersion) {
  for (const char* version : {"", "latest", "-3", "0"}) {
    DeployOrder order;
    order.name = "New shop";
    order.odoo_version = version;
    EXPECT_EQ(service_.Deploy(Context(), order).error().code, ErrorCode::kInvalidArgument)
        << version;
  }
  EXPECT_EQ(environments_.List({}, {}).value().total, 0);
}

TEST_F(EnvironmentServiceTest, RemoveNeedsTheNameAndHappensOnce) {
  const auto adopted = Adopt(Order());
  ASSERT_TRUE(adopted);
  EXPECT_EQ(service_.Remove(adopted->id, "").error().code, ErrorCode::kConfirmationMissing);
  EXPECT_EQ(service_.Remove(adopted->id, adopted->id.value).error().code,
            ErrorCode::kConfirmationMissing);
  const auto task = service_.Remove(adopted->id, "shop");
  ASSERT_TRUE(task);
  EXPECT_EQ(task->kind, domain::TaskKind::kRemove);
  EXPECT_EQ(service_.Remove(adopted->id, "shop").error().code, ErrorCode::kTargetBusy);
  ASSERT_TRUE(environments_.Update(adopted->id, [](Environment& row) -> Status {
    row.status = EnvironmentStatus::kDeleted;
    return {};
  }));
  EXPECT_EQ(service_.Remove(adopted->id, "shop").error().code, ErrorCode::kConflict);
}

TEST_F(EnvironmentServiceTest, ACancelledDeploymentFreesItsNameAndACancelledRemovalChangesNothing) {
  const auto cancel = [&](const domain::TaskId& id) {
    return journal_.RequestCancel(
        id, [&](catalog::Transaction& transaction, const domain::Task& task) -> Status {
          return EnvironmentService::EndCancelledIn(transaction, clock_, task);
        });
  };
  const auto shop = Adopt(Order()).value();
  ASSERT_TRUE(cancel(service_.Remove(shop.id, "shop")->id));
  EXPECT_EQ(environments_.Get(shop.id)->status, EnvironmentStatus::kRunning);
  DeployOrder order;
  order.name = "fresh";
  order.odoo_version = "14";
  for (int turn = 0; turn < 2; ++turn) {
    const auto deployment = service_.Deploy(Context(), order);
    ASSERT_TRUE(deployment) << deployment.error().Sentence();
    ASSERT_TRUE(cancel(deployment->task.id));
    EXPECT_EQ(environments_.Get(deployment->environment.id)->status, EnvironmentStatus::kDeleted);
  }
}

}  // namespace
}  // namespace reprise::odoo
