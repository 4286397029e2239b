#include "odoo/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "odoo/testing/fake_trio.hpp"

namespace reprise::odoo {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeTrio;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kNetwork = "reprise_1a2b3c4d_2_check_net";

class RegistryTest : public ::testing::Test {
 protected:
  RegistryTest() {
    installation_.version = "14.0";
    installation_.program = "/opt/odoo/odoo-bin";
    installation_.conf_path = "/etc/odoo/odoo.conf";
    installation_.db_user = "odoo14";
    installation_.db_password = "very secret";
  }
  [[nodiscard]] OdooRunner Runner() {
    return {trio_.engine,
            {.odoo_container = "shop_odoo",
             .db_container = "shop_db",
             .installation = installation_,
             .owner = {"here", {"0193b5a0-1234-7abc-8def-01231a2b3c4d"}, 2}}};
  }
  [[nodiscard]] std::vector<std::string> Networks() {
    std::vector<std::string> names;
    const auto networks = trio_.engine.ListNetworks(Context(), {}).value();
    names.reserve(networks.size());
    for (const auto& network : networks) names.push_back(network.name);
    return names;
  }
  [[nodiscard]] std::vector<std::string> NetworksOfTheDatabase() {
    return trio_.engine.Inspect(Context(), "shop_db").value().networks;
  }

  FakeTrio trio_;
  Installation installation_;
};

TEST_F(RegistryTest, TheTargetsOwnOdooLoadsTheSideDatabaseWithoutServingAnyone) {
  const Status checked = Runner().CheckRegistry(Context(), "side");
  ASSERT_TRUE(checked) << checked.error().Sentence();
  const docker::ContainerSpec spec = trio_.engine.created().back();
  const auto odoo = trio_.engine.Inspect(Context(), "shop_odoo").value();
  EXPECT_EQ(spec.image, odoo.image_id) << "not what the tag means by now";
  EXPECT_EQ(spec.volumes_from, odoo.id);
  EXPECT_THAT(spec.entrypoint, ElementsAre("/opt/odoo/odoo-bin"));
  EXPECT_THAT(spec.command,
              AllOf(Contains("--database=side"), Contains("--stop-after-init"),
                    Contains("--no-http"), Contains("--max-cron-threads=0"),
                    Contains("--db_user=odoo14"), Contains("--config=/etc/odoo/odoo.conf")));
  EXPECT_EQ(spec.labels.at(kTaskLabel), "0193b5a0-1234-7abc-8def-01231a2b3c4d");
}

TEST_F(RegistryTest, ThePasswordIsInNoArgument) {
  ASSERT_TRUE(Runner().CheckRegistry(Context(), "side"));
  const docker::ContainerSpec spec = trio_.engine.created().back();
  EXPECT_EQ(spec.environment.at("PGPASSWORD"), "very secret");
  EXPECT_THAT(spec.environment.at("PGOPTIONS"), HasSubstr(R"(-c search_path="$user",public)"));
  for (const std::string& argument : spec.command) EXPECT_THAT(argument, Not(HasSubstr("secret")));
}

// What strangers wrote into the database runs in there, and must not reach anybody.
TEST_F(RegistryTest, ItsNetworkHasNoWayOutAndHoldsNobodyButTheDatabase) {
  trio_.engine.OnStart([&](std::string_view name) {
    const auto networks = trio_.engine.ListNetworks(Context(), {}).value();
    ASSERT_EQ(networks.size(), 1U);
    EXPECT_EQ(networks.front().name, kNetwork);
    EXPECT_TRUE(networks.front().internal);
    EXPECT_THAT(trio_.engine.Inspect(Context(), name)->networks, ElementsAre(kNetwork));
    EXPECT_THAT(NetworksOfTheDatabase(), Contains(kNetwork));
    trio_.engine.Finish(name, 0);
  });
  ASSERT_TRUE(Runner().CheckRegistry(Context(), "side"));
  EXPECT_THAT(Networks(), IsEmpty());
  EXPECT_THAT(NetworksOfTheDatabase(), Not(Contains(kNetwork)));
  EXPECT_THAT(trio_.Helpers(), IsEmpty());
}

TEST_F(RegistryTest, ARegistryThatDoesNotLoadIsToldWithItsLogAndLeavesNothing) {
  trio_.engine.OnStart([&](std::string_view name) {
    trio_.engine.SetLog(name, "ModuleNotFoundError: no module named sale_extra\n");
    trio_.engine.Finish(name, 255);
  });
  const Status checked = Runner().CheckRegistry(Context(), "side");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::kProofFailed);
  EXPECT_THAT(checked.error().message, AllOf(HasSubstr("14.0"), HasSubstr("exit code 255"),
                                             HasSubstr("no module named sale_extra")));
  EXPECT_THAT(Networks(), IsEmpty());
  EXPECT_THAT(trio_.Helpers(), IsEmpty());
}

TEST_F(RegistryTest, ACancelLeavesNothing) {
  std::stop_source stop;
  trio_.engine.OnStart([&](std::string_view) { stop.request_stop(); });
  EXPECT_EQ(Runner().CheckRegistry(Context(stop.get_token()), "side").error().code,
            ErrorCode::kCancelled);
  EXPECT_THAT(Networks(), IsEmpty());
  EXPECT_THAT(trio_.Helpers(), IsEmpty());
}

TEST_F(RegistryTest, WhatAnAttemptThatDiedLeftDoesNotStandInTheWay) {
  ASSERT_TRUE(trio_.engine.CreateNetwork(Context(), {.name = kNetwork}));
  ASSERT_TRUE(trio_.engine.Connect(Context(), kNetwork, "shop_db", {}));
  const Status checked = Runner().CheckRegistry(Context(), "side");
  EXPECT_TRUE(checked) << checked.error().Sentence();
}

TEST_F(RegistryTest, HelperNetworksAreFoundByTheirLabelsOnly) {
  const docker::Labels ours{{kTaskLabel, "t1"}};
  ASSERT_TRUE(trio_.engine.CreateNetwork(Context(), {.name = "ours", .labels = ours}));
  ASSERT_TRUE(trio_.engine.CreateNetwork(Context(), {.name = "other"}));
  ASSERT_TRUE(trio_.engine.Connect(Context(), "ours", "shop_db", {}));
  ASSERT_TRUE(RemoveHelperNetworks(Context(), trio_.engine, ours, "shop_db"));
  EXPECT_THAT(Networks(), ElementsAre("other"));
}

}  // namespace
}  // namespace reprise::odoo
