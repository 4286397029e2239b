#include "storage/sftp_store.hpp"

#include "base/id.hpp"
#include "storage/object_store_conformance.hpp"
#include "storage/testing/lab_servers.hpp"

namespace reprise::storage {
namespace {

SftpSettings LabSettings(const testing::LabServer& lab) {
  return {lab.Text("host"), lab.Number("port"), lab.Text("username"), lab.Text("folder"),
          lab.Text("host_key")};
}
SftpSecrets LabSecrets(const testing::LabServer& lab) { return {"", lab.Text("private_key"), ""}; }

// OpenSSH's own server; each test has a folder of its own.
class SftpStage {
 public:
  static std::string Missing() { return testing::FindLabServer("sftp").missing; }
  SftpStage() {
    SftpSettings settings = LabSettings(lab_);
    const std::string below = "test-" + RandomHex(6);
    SftpStore parent(settings, LabSecrets(lab_), PrivateEndpoints::kAllow);
    const Context ctx;
    auto writer = parent.Create(ctx, below + "/x").value();
    EXPECT_TRUE(writer->Close(ctx));
    EXPECT_TRUE(parent.Delete(ctx, below + "/x"));
    settings.folder += "/" + below;
    store_.emplace(settings, LabSecrets(lab_), PrivateEndpoints::kAllow);
  }
  SftpStore& store() { return *store_; }

 private:
  testing::LabServer lab_ = testing::FindLabServer("sftp");
  std::optional<SftpStore> store_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sftp, ObjectStoreConformance, SftpStage);

class SftpTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!lab_.missing.empty()) GTEST_SKIP() << lab_.missing;
  }
  Error FailureOf(const SftpSettings& settings,
                  PrivateEndpoints private_endpoints = PrivateEndpoints::kAllow) const {
    SftpStore store(settings, LabSecrets(lab_), private_endpoints, {.attempts = 1});
    const auto listed = store.List(Context(), "");
    return listed ? Error{ErrorCode::kInternal, "it worked"} : listed.error();
  }
  testing::LabServer lab_ = testing::FindLabServer("sftp");
};

TEST_F(SftpTest, TalksToNoHostWithAnotherKeyThanThePinnedOne) {
  SftpSettings settings = LabSettings(lab_);
  settings.host_key = lab_.Text("other_host_key");
  const Error error = FailureOf(settings);
  EXPECT_EQ(error.code, ErrorCode::kStorageFailed);
  EXPECT_NE(error.message.find(lab_.Text("host_key")), std::string::npos) << error.Sentence();
  settings.host_key = "";
  EXPECT_EQ(FailureOf(settings).code, ErrorCode::kStorageFailed);
}

TEST_F(SftpTest, SaysThatTheLoginIsRefusedOrTheFolderMissing) {
  SftpSettings settings = LabSettings(lab_);
  settings.username = "no-such-user";
  EXPECT_NE(FailureOf(settings).message.find("does not let no-such-user in"), std::string::npos);
  settings = LabSettings(lab_);
  settings.folder += "/not-mounted";
  EXPECT_NE(FailureOf(settings).message.find("is not there"), std::string::npos);
}

TEST_F(SftpTest, ConnectsToNoPrivateAddressUnlessAllowed) {
  EXPECT_EQ(FailureOf(LabSettings(lab_), PrivateEndpoints::kRefuse).code,
            ErrorCode::kPermissionDenied);
}

TEST_F(SftpTest, TellsTheFreeSpaceAndRemovesOldLeftoversOnly) {
  SftpStage stage;
  const Context ctx;
  EXPECT_GT(stage.store().FreeSpace(ctx).value().value_or(0), 0U);
  const Instant now = SystemClock().Now();
  auto writer = stage.store().Create(ctx, "unfinished").value();
  EXPECT_EQ(stage.store().RemoveAbandoned(ctx, now - std::chrono::hours(1)).value(), 0U);
  EXPECT_EQ(stage.store().RemoveAbandoned(ctx, now + std::chrono::hours(1)).value(), 1U);
}

}  // namespace
}  // namespace reprise::storage
