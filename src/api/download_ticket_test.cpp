#include "api/download_ticket.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/testing/access_world.hpp"

namespace reprise::api {
namespace {

using testing::AccessWorld;

class DownloadTicketTest : public ::testing::Test {
 protected:
  DownloadTicketTest() { backup_ = world_.AddBackup(world_.project, AddEnvironment()); }
  domain::EnvironmentId AddEnvironment() { return world_.AddEnvironment(world_.project); }
  std::string AddressFor(std::string_view caller) {
    const auto answer = world_.Call(
        caller, "GET", fmt::format("/api/v1/backups/{}/download-link?via=server", backup_.value));
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.status == 200 ? std::string(answer.body.at("url").as_string()) : "";
  }
  // As a browser without any credential.
  int Fetch(std::string_view method, const std::string& address) {
    return world_.Call("nobody", method, address).status;
  }

  AccessWorld world_;
  domain::BackupId backup_;
};

TEST_F(DownloadTicketTest, AnAddressIsEnoughToDownloadFor15Minutes) {
  const std::string address = AddressFor("owner");
  EXPECT_EQ(Fetch("GET", address), 200);
  EXPECT_EQ(Fetch("HEAD", address), 200);
  world_.house.clock.Advance(std::chrono::minutes(14));
  EXPECT_EQ(Fetch("GET", address), 200);
  world_.house.clock.Advance(std::chrono::minutes(1));
  EXPECT_EQ(Fetch("GET", address), 401);
}

TEST_F(DownloadTicketTest, ATicketOpensNothingElse) {
  const std::string address = AddressFor("installation");
  const std::string ticket = address.substr(address.find('?'));
  const domain::BackupId other = world_.AddBackup(world_.project, AddEnvironment());
  EXPECT_EQ(Fetch("GET", fmt::format("/api/v1/backups/{}/download{}", other.value, ticket)), 401);
  EXPECT_EQ(Fetch("GET", fmt::format("/api/v1/backups/{}{}", backup_.value, ticket)), 401);
  EXPECT_EQ(Fetch("GET", "/api/v1/backups" + ticket), 401);
  EXPECT_EQ(Fetch("DELETE", fmt::format("/api/v1/backups/{}{}", backup_.value, ticket)), 401);
}

TEST_F(DownloadTicketTest, AChangedTicketIsRefused) {
  std::string address = AddressFor("owner");
  address.back() = address.back() == '0' ? '1' : '0';
  EXPECT_EQ(Fetch("GET", address), 401);
  EXPECT_EQ(Fetch("GET", address.substr(0, address.find('=') + 1)), 401);
  EXPECT_EQ(Fetch("GET", address.substr(0, address.find('=') + 1) + "zz"), 401);
}

TEST_F(DownloadTicketTest, WhatItsPersonMayNoLongerDoItDoesNotDo) {
  const std::string address = AddressFor("project admin");
  AccessWorld::Must(
      world_.house.organizations.RemoveMember(world_.ours, world_.users.at("project admin")));
  EXPECT_EQ(Fetch("GET", address), 404);
}

TEST_F(DownloadTicketTest, TheDownloadIsWrittenDownWithWhoAskedForIt) {
  ASSERT_EQ(Fetch("GET", AddressFor("owner")), 200);
  const auto all = world_.Call("installation", "GET", "/api/v1/audit");
  EXPECT_NE(all.text.find(world_.users.at("owner").value), std::string::npos) << all.text;
  EXPECT_EQ(all.text.find("ticket"), std::string::npos) << all.text;
}

}  // namespace
}  // namespace reprise::api
