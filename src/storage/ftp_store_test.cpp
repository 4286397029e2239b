#include "storage/ftp_store.hpp"

#include "base/id.hpp"
#include "storage/object_store_conformance.hpp"
#include "storage/testing/lab_servers.hpp"

namespace reprise::storage {
namespace {

FtpSettings LabSettings(const testing::LabServer& lab) {
  return {.host = lab.Text("host"),
          .port = lab.Number("port"),
          .username = lab.Text("username"),
          .folder = "/" + lab.Text("folder"),
          .ca_pem = lab.Text("ca_pem")};
}
FtpSecrets LabSecrets(const testing::LabServer& lab) { return {lab.Text("password")}; }

// vsftpd, which takes no connection for data but with the control connection's TLS session. Each
// test has a folder of its own.
class FtpsStage {
 public:
  static std::string Missing() { return testing::FindLabServer("ftps").missing; }
  FtpsStage() {
    FtpSettings settings = LabSettings(lab_);
    const std::string below = "test-" + RandomHex(6);
    FtpStore parent(settings, LabSecrets(lab_), PrivateEndpoints::kAllow);
    const Context ctx;
    auto writer = parent.Create(ctx, below + "/x").value();
    EXPECT_TRUE(writer->Close(ctx));
    EXPECT_TRUE(parent.Delete(ctx, below + "/x"));
    settings.folder += "/" + below;
    store_.emplace(settings, LabSecrets(lab_), PrivateEndpoints::kAllow);
  }
  FtpStore& store() { return *store_; }

 private:
  testing::LabServer lab_ = testing::FindLabServer("ftps");
  std::optional<FtpStore> store_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Ftps, ObjectStoreConformance, FtpsStage);

class FtpTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!lab_.missing.empty()) GTEST_SKIP() << lab_.missing;
  }
  Error FailureOf(const FtpSettings& settings,
                  PrivateEndpoints private_endpoints = PrivateEndpoints::kAllow) const {
    FtpStore store(settings, LabSecrets(lab_), private_endpoints, {.attempts = 1});
    const auto listed = store.List(Context(), "");
    return listed ? Error{ErrorCode::kInternal, "it worked"} : listed.error();
  }
  testing::LabServer lab_ = testing::FindLabServer("ftps");
};

TEST_F(FtpTest, TrustsTheCertificateThatItIsGivenAndNoOther) {
  FtpSettings settings = LabSettings(lab_);
  EXPECT_EQ(FailureOf(settings).message, "it worked");
  settings.ca_pem = "";
  const Error error = FailureOf(settings);
  EXPECT_EQ(error.code, ErrorCode::kStorageFailed);
  EXPECT_NE(error.message.find("certificate"), std::string::npos) << error.Sentence();
}

TEST_F(FtpTest, TalksToNoServerWithAnotherKeyThanThePinnedOne) {
  FtpSettings settings = LabSettings(lab_);
  settings.ca_pem = "";
  settings.public_key_pin = lab_.Text("public_key_pin");
  EXPECT_EQ(FailureOf(settings).message, "it worked");
  settings.public_key_pin = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  const Error error = FailureOf(settings);
  EXPECT_EQ(error.code, ErrorCode::kStorageFailed);
  EXPECT_NE(error.message.find("pinned"), std::string::npos) << error.Sentence();
}

TEST_F(FtpTest, SpeaksImplicitTlsWhereThatIsChosen) {
  FtpSettings settings = LabSettings(lab_);
  settings.port = lab_.Number("implicit_port");
  settings.tls = FtpTls::kImplicit;
  EXPECT_EQ(FailureOf(settings).message, "it worked");
}

// The password must not be on its way before TLS is.
TEST_F(FtpTest, DoesNotGoOnWithoutTls) {
  FtpSettings settings = LabSettings(lab_);
  settings.port = lab_.Number("plain_port");
  const Error error = FailureOf(settings);
  EXPECT_EQ(error.code, ErrorCode::kStorageFailed);
  EXPECT_NE(error.message.find("offers no TLS"), std::string::npos) << error.Sentence();
  settings.tls = FtpTls::kNone;
  EXPECT_EQ(FailureOf(settings).message, "it worked");
}

TEST_F(FtpTest, SaysThatTheLoginIsRefusedOrTheFolderMissing) {
  FtpSettings settings = LabSettings(lab_);
  settings.username = "no-such-user";
  EXPECT_NE(FailureOf(settings).message.find("does not let no-such-user in"), std::string::npos);
  settings = LabSettings(lab_);
  settings.folder += "/not-mounted";
  EXPECT_NE(FailureOf(settings).message.find("/not-mounted is not there"), std::string::npos)
      << FailureOf(settings).Sentence();
}

TEST_F(FtpTest, ConnectsToNoPrivateAddressUnlessAllowed) {
  EXPECT_EQ(FailureOf(LabSettings(lab_), PrivateEndpoints::kRefuse).code,
            ErrorCode::kPermissionDenied);
}

TEST_F(FtpTest, AnswersReadsThatFollowOneAnotherOutOfLargerOnes) {
  FtpsStage stage;
  const Context ctx;
  std::string content = RandomHex(1 << 20);
  auto writer = stage.store().Create(ctx, "sequence").value();
  ASSERT_TRUE(writer->Write(ctx, BytesOf(content)));
  const Status closed = writer->Close(ctx);
  ASSERT_TRUE(closed) << closed.error().Sentence();
  const auto reader = stage.store().Open(ctx, "sequence").value();
  std::string got(content.size(), '?');
  const auto bytes = std::as_writable_bytes(std::span(got));
  std::size_t at = 0;
  for (std::size_t piece = 1; at < got.size(); piece = piece * 3 % 50'021) {
    const std::size_t length = std::min(piece, got.size() - at);
    ASSERT_EQ(reader->ReadAt(ctx, at, bytes.subspan(at, length)).value(), length);
    at += length;
  }
  EXPECT_TRUE(got == content);
  // Back, across the beginning of what is held, and past the end.
  EXPECT_EQ(reader->ReadAt(ctx, 777, bytes.first(4000)).value(), 4000U);
  EXPECT_EQ(got.substr(0, 4000), content.substr(777, 4000));
  EXPECT_EQ(reader->ReadAt(ctx, content.size() - 10, bytes.first(4000)).value(), 10U);
  EXPECT_EQ(got.substr(0, 10), content.substr(content.size() - 10));
}

TEST_F(FtpTest, RemovesOldLeftoversOnly) {
  FtpsStage stage;
  const Context ctx;
  const Instant now = SystemClock().Now();
  auto writer = stage.store().Create(ctx, "deep/unfinished").value();
  EXPECT_EQ(stage.store().RemoveAbandoned(ctx, now - std::chrono::hours(1)).value(), 0U);
  EXPECT_EQ(stage.store().RemoveAbandoned(ctx, now + std::chrono::hours(1)).value(), 1U);
  EXPECT_FALSE(writer->Close(ctx)) << "what is gone cannot be put in its place";
}

}  // namespace
}  // namespace reprise::storage
