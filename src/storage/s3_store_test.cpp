#include "storage/s3_store.hpp"

#include "base/id.hpp"
#include "storage/object_store_conformance.hpp"
#include "storage/testing/lab_servers.hpp"

namespace reprise::storage {
namespace {

S3Settings LabSettings(const testing::LabServer& lab) {
  S3Settings settings;
  settings.endpoint = lab.Text("endpoint");
  settings.region = lab.Text("region");
  settings.bucket = lab.Text("bucket");
  settings.prefix = "tests/" + RandomHex(6);
  settings.path_style = true;
  settings.part_bytes = ByteCount{5} << 20;
  settings.retry = {.attempts = 3, .first_pause = std::chrono::milliseconds(20)};
  return settings;
}
S3Credentials LabCredentials(const testing::LabServer& lab) {
  return {lab.Text("access_key_id"), lab.Text("secret_access_key"), ""};
}

// Swift with s3api, which checks signatures. Each test has a prefix of its own.
class S3Stage {
 public:
  static std::string Missing() { return testing::FindLabServer("s3").missing; }
  S3Store& store() { return store_; }
  const testing::LabServer& lab() const { return lab_; }
  const SystemClock& clock() const { return clock_; }

 private:
  SystemClock clock_;
  testing::LabServer lab_ = testing::FindLabServer("s3");
  S3Store store_{LabSettings(lab_), LabCredentials(lab_), clock_, PrivateEndpoints::kAllow};
};
INSTANTIATE_TYPED_TEST_SUITE_P(S3, ObjectStoreConformance, S3Stage);

class S3Test : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!lab_.missing.empty()) GTEST_SKIP() << lab_.missing;
  }
  static Error FailureOf(S3Settings settings, S3Credentials credentials,
                         PrivateEndpoints private_endpoints = PrivateEndpoints::kAllow) {
    const SystemClock clock;
    S3Store store(std::move(settings), std::move(credentials), clock, private_endpoints);
    const auto listed = store.List(Context(), "");
    return listed ? Error{ErrorCode::kInternal, "it worked"} : listed.error();
  }
  testing::LabServer lab_ = testing::FindLabServer("s3");
};

TEST_F(S3Test, SaysThatTheSecretIsWrong) {
  const Error error = FailureOf(LabSettings(lab_), {lab_.Text("access_key_id"), "wrong", ""});
  EXPECT_EQ(error.code, ErrorCode::kStorageFailed);
  EXPECT_NE(error.message.find("SignatureDoesNotMatch"), std::string::npos) << error.Sentence();
  EXPECT_FALSE(error.hint.empty());
  EXPECT_EQ(error.Sentence().find("wrong,"), std::string::npos);
}

TEST_F(S3Test, SaysThatTheBucketIsNotThere) {
  S3Settings settings = LabSettings(lab_);
  settings.bucket = "no-such-bucket";
  const Error error = FailureOf(settings, LabCredentials(lab_));
  EXPECT_EQ(error.code, ErrorCode::kStorageFailed);
  EXPECT_NE(error.message.find("NoSuchBucket"), std::string::npos) << error.Sentence();
}

TEST_F(S3Test, ConnectsToNoPrivateAddressUnlessAllowed) {
  const Error error = FailureOf(LabSettings(lab_), LabCredentials(lab_), PrivateEndpoints::kRefuse);
  EXPECT_EQ(error.code, ErrorCode::kPermissionDenied);
  EXPECT_NE(error.message.find("127.0.0.1"), std::string::npos) << error.Sentence();
}

TEST_F(S3Test, TrustsTheCertificatesThatItIsGivenAndNoOthers) {
  S3Settings settings = LabSettings(lab_);
  settings.endpoint = lab_.Text("tls_endpoint");
  const Error error = FailureOf(settings, LabCredentials(lab_));
  EXPECT_EQ(error.code, ErrorCode::kStorageFailed);
  EXPECT_NE(error.message.find("certificate"), std::string::npos) << error.Sentence();
  settings.ca_pem = lab_.Text("ca_pem");
  EXPECT_EQ(FailureOf(settings, LabCredentials(lab_)).message, "it worked");
}

TEST_F(S3Test, PresignsAnAddressThatAnybodyCanFetchForAWhile) {
  S3Stage stage;
  const Context ctx;
  auto writer = stage.store().Create(ctx, "presigned.zip");
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->Write(ctx, BytesOf("the archive")));
  ASSERT_TRUE((*writer)->Close(ctx));
  const auto address = stage.store().Presign(ctx, "presigned.zip", {.file_name = "shop.zip"});
  ASSERT_TRUE(address);
  HttpClient http(PrivateEndpoints::kAllow, "");
  const auto fetched = http.Send(ctx, {.method = "GET", .url = **address});
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->status, 200);
  EXPECT_EQ(fetched->body, "the archive");
  EXPECT_EQ(fetched->Header("content-disposition"), "attachment; filename=\"shop.zip\"");
  const auto altered = http.Send(ctx, {.method = "GET", .url = **address + "0"});
  ASSERT_TRUE(altered);
  EXPECT_EQ(altered->status, 403);
}

TEST_F(S3Test, RemovesTheUploadsOfWritersThatDied) {
  S3Settings settings = LabSettings(lab_);
  const SystemClock clock;
  S3Store store(settings, LabCredentials(lab_), clock, PrivateEndpoints::kAllow);
  S3Client client(settings, LabCredentials(lab_), clock, PrivateEndpoints::kAllow);
  const Context ctx;
  ASSERT_TRUE(
      client.Call(ctx, {.method = "POST", .key = "never-ended", .query = {{"uploads", ""}}}));
  EXPECT_EQ(store.RemoveAbandoned(ctx, clock.Now() - std::chrono::hours(1)).value(), 0U);
  EXPECT_EQ(store.RemoveAbandoned(ctx, clock.Now() + std::chrono::hours(1)).value(), 1U);
  EXPECT_EQ(store.RemoveAbandoned(ctx, clock.Now() + std::chrono::hours(1)).value(), 0U);
}

}  // namespace
}  // namespace reprise::storage
