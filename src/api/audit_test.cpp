#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/audit_json.hpp"
#include "api/testing/access_world.hpp"

// What calls leave in the audit log.
namespace reprise::api {
namespace {

namespace json = boost::json;
using domain::AuditActor;
using domain::AuditEntry;
using domain::AuditResult;
using testing::AccessWorld;
using ::testing::HasSubstr;
using ::testing::Not;

class AuditTest : public ::testing::Test {
 protected:
  std::vector<AuditEntry> All() { return world_.house.audit.After({}, 0, 10'000).value(); }
  AuditEntry Last() {
    const auto all = All();
    EXPECT_FALSE(all.empty());
    return all.empty() ? AuditEntry{} : all.back();
  }
  // What an export says, held together by its chain.
  Status VerifyExport(const std::string& text, domain::AuditChain::Extent extent) {
    domain::AuditChain chain(extent);
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      ASSIGN_OR_RETURN(const json::value row, ParseJson(rest.substr(0, end)));
      ASSIGN_OR_RETURN(const AuditEntry entry, ReadAuditEntry(row));
      RETURN_IF_ERROR(chain.Add(entry));
      rest.remove_prefix(end + 1);
    }
    EXPECT_GT(chain.count(), 0);
    return {};
  }

  AccessWorld world_;
};

TEST_F(AuditTest, AChangeTellsWhoDidWhatToWhatAndFromWhere) {
  const std::string backup = world_.Fill("{@backup}");
  ASSERT_EQ(
      world_.Call("project developer", "POST", "/api/v1/backups/" + backup + "/verify").status,
      202);
  const AuditEntry row = Last();
  EXPECT_EQ(row.actor, AuditActor::kToken);
  EXPECT_EQ(row.actor_id, world_.users.at("project developer").value);
  EXPECT_THAT(row.actor_name, HasSubstr("@x.test"));
  EXPECT_NE(row.token_id, "");
  EXPECT_EQ(row.address, "192.0.2.7");
  EXPECT_EQ(row.action, "verifyBackup");
  EXPECT_EQ(row.object_kind, "backup");
  EXPECT_EQ(row.object_id, backup);
  EXPECT_EQ(row.organization_id, world_.ours.value);
  EXPECT_EQ(row.project_id, world_.project.value);
  EXPECT_EQ(row.result, AuditResult::kDone);
}

TEST_F(AuditTest, ARefusedCallLeavesARowAlsoInTheOrganizationOfWhatItNamed) {
  const std::string backup = world_.Fill("{@backup}");
  ASSERT_EQ(world_.Call("viewer", "DELETE", "/api/v1/backups/" + backup).status, 404);
  EXPECT_EQ(Last().result, AuditResult::kRefused);
  EXPECT_EQ(Last().status, 404);
  ASSERT_EQ(world_.Call("foreign owner", "DELETE", "/api/v1/backups/" + backup).status, 404);
  EXPECT_EQ(Last().actor_id, world_.users.at("foreign owner").value);
  EXPECT_EQ(Last().organization_id, world_.ours.value);
}

TEST_F(AuditTest, ReadingLeavesNoRowButADownloadDoes) {
  const std::string backup = world_.Fill("{@backup}");
  const std::size_t before = All().size();
  ASSERT_EQ(world_.Call("owner", "GET", "/api/v1/backups/" + backup).status, 200);
  EXPECT_EQ(All().size(), before);
  ASSERT_EQ(world_.Call("owner", "GET", "/api/v1/backups/" + backup + "/download").status, 200);
  EXPECT_EQ(Last().action, "downloadBackup");
  EXPECT_EQ(Last().status, 200);
}

TEST_F(AuditTest, SignInsAreToldAlsoRefusedOnesAndNeverWithThePassword) {
  const domain::UserId user = world_.AddUser("ann@x.test");
  const auto sign_in = [&](const std::string& password) {
    return world_
        .Call("nobody", "POST", "/api/v1/auth/login",
              R"({"email":"Ann@x.test","password":")" + password + "\"}")
        .status;
  };
  ASSERT_EQ(sign_in("wrong-secret"), 401);
  EXPECT_EQ(Last().action, "signIn");
  EXPECT_EQ(Last().result, AuditResult::kRefused);
  EXPECT_EQ(Last().actor_id, user.value);
  ASSERT_EQ(sign_in(std::string(AccessWorld::kPassword)), 200);
  EXPECT_EQ(Last().result, AuditResult::kDone);
  for (const AuditEntry& row : All()) {
    EXPECT_THAT(row.details, Not(HasSubstr("wrong-secret")));
    EXPECT_THAT(row.details, Not(HasSubstr(AccessWorld::kPassword)));
  }
}

// Refused as it is no such call's, and told all the same.
TEST_F(AuditTest, OfListsOnlyNumbersAreTold) {
  const std::string teams = "/api/v1/organizations/" + world_.ours.value + "/teams";
  world_.Call("owner", "POST", teams, R"({"attachment_ids":[7,9]})");
  EXPECT_THAT(Last().details, HasSubstr(R"("attachment_ids":"7, 9")"));
  world_.Call("owner", "POST", teams, R"({"attachment_ids":[7,"secret"],"name":["secret"]})");
  EXPECT_EQ(Last().details, "{}");
}

TEST_F(AuditTest, WhatFailsAfterItsFirstChangeIsToldAsFailed) {
  const std::size_t before = All().size();
  ASSERT_EQ(world_
                .Call("owner", "POST", "/api/v1/organizations/" + world_.ours.value + "/teams",
                      R"({"name":"ops"})")
                .status,
            201);
  EXPECT_EQ(All().size(), before + 1);
  ASSERT_EQ(world_
                .Call("owner", "POST", "/api/v1/organizations/" + world_.ours.value + "/teams",
                      R"({"name":"ops"})")
                .status,
            409);
  EXPECT_EQ(All().size(), before + 2);
  EXPECT_EQ(Last().status, 409);
  EXPECT_THAT(Last().details, HasSubstr("ops"));
}

TEST_F(AuditTest, AnOrganizationSeesItsOwnRowsOnly) {
  ASSERT_EQ(world_
                .Call("owner", "POST", "/api/v1/organizations/" + world_.ours.value + "/teams",
                      R"({"name":"ops"})")
                .status,
            201);
  const auto list = [&](std::string_view who, const domain::OrganizationId& of) {
    return world_.Call(who, "GET", "/api/v1/audit?organization_id=" + of.value);
  };
  EXPECT_EQ(list("owner", world_.ours).body.at("total").to_number<int>(), 1);
  EXPECT_EQ(list("foreign owner", world_.theirs).body.at("total").to_number<int>(), 0);
  EXPECT_EQ(list("foreign owner", world_.ours).status, 404);
}

TEST_F(AuditTest, AnExportHoldsTogetherWithoutTheServer) {
  const std::string teams = "/api/v1/organizations/" + world_.ours.value + "/teams";
  for (const std::string name : {"a", "ü\\u0001\\\"", "c"}) {
    ASSERT_EQ(world_.Call("owner", "POST", teams, R"({"name":")" + name + "\"}").status / 100,
              name.size() == 1 ? 2 : 4);
    world_.Call("foreign owner", "POST", "/api/v1/organizations", R"({"name":"x"})");
  }
  const auto whole = world_.Call("installation", "GET", "/api/v1/audit/export");
  ASSERT_EQ(whole.status, 200);
  const Status verified = VerifyExport(whole.text, domain::AuditChain::Extent::kWhole);
  EXPECT_TRUE(verified) << verified.error().message;
  const auto part =
      world_.Call("owner", "GET", "/api/v1/audit/export?organization_id=" + world_.ours.value);
  EXPECT_TRUE(VerifyExport(part.text, domain::AuditChain::Extent::kPart));
  EXPECT_FALSE(VerifyExport(part.text, domain::AuditChain::Extent::kWhole));
  std::string changed = whole.text;
  changed.replace(changed.find("\"refused\""), 9, "\"done\"");
  EXPECT_FALSE(VerifyExport(changed, domain::AuditChain::Extent::kWhole));
}

}  // namespace
}  // namespace reprise::api
