#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/hash.hpp"
#include "base/id.hpp"
#include "storage/s3_store.hpp"
#include "storage/testing/fault_proxy.hpp"
#include "storage/testing/lab_servers.hpp"

// What a line and a provider do wrong, with a real server behind it: each is tried again or told,
// and no wrong byte comes through.
namespace reprise::storage {
namespace {

using testing::Fault;

std::string ErrorAnswer(int status, std::string_view code) {
  const std::string body = fmt::format(
      "<?xml version=\"1.0\"?><Error><Code>{}</Code><Message>by the proxy</Message>"
      "</Error>",
      code);
  return fmt::format("HTTP/1.1 {} No\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", status,
                     body.size(), body);
}

class S3FaultsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    lab_ = testing::FindLabServer("s3");
    if (!lab_.missing.empty()) GTEST_SKIP() << lab_.missing;
    const std::string endpoint = lab_.Text("endpoint");
    proxy_.emplace(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)));
    settings_.endpoint = fmt::format("http://127.0.0.1:{}", proxy_->port());
    settings_.bucket = lab_.Text("bucket");
    settings_.prefix = "faults/" + RandomHex(6);
    settings_.path_style = true;
    settings_.part_bytes = ByteCount{5} << 20;
    settings_.retry = {.attempts = 4, .first_pause = std::chrono::milliseconds(5)};
    Renew();
  }
  // A store without open connections: each new one takes the next fault.
  void Renew() {
    store_.emplace(settings_,
                   S3Credentials{lab_.Text("access_key_id"), lab_.Text("secret_access_key"), ""},
                   clock_, PrivateEndpoints::kAllow);
  }
  Status Put(const std::string& key, const std::string& content) {
    ASSIGN_OR_RETURN(const auto writer, store_->Create(ctx_, key));
    RETURN_IF_ERROR(writer->Write(ctx_, BytesOf(content)));
    return writer->Close(ctx_);
  }
  Result<std::string> Get(const std::string& key) {
    ASSIGN_OR_RETURN(const auto reader, store_->Open(ctx_, key));
    std::string text(static_cast<std::size_t>(reader->size()), '?');
    ASSIGN_OR_RETURN(const std::size_t count,
                     reader->ReadAt(ctx_, 0, std::as_writable_bytes(std::span(text))));
    text.resize(count);
    return text;
  }
  static std::string Content(std::size_t bytes) {
    std::string text = RandomHex(4096);
    while (text.size() < bytes) text += text;
    text.resize(bytes);
    return text;
  }

  const Context ctx_;
  const SystemClock clock_;
  testing::LabServer lab_;
  std::optional<testing::FaultProxy> proxy_;
  S3Settings settings_;
  std::optional<S3Store> store_;
};

TEST_F(S3FaultsTest, TriesAgainWhatTheProviderSaysIsForLater) {
  const std::string content = Content(100'000);
  proxy_->Add({.answer = ErrorAnswer(503, "SlowDown")});
  proxy_->Add({.answer = ErrorAnswer(500, "InternalError")});
  ASSERT_TRUE(Put("busy", content));
  Renew();
  proxy_->Add({.answer = ErrorAnswer(429, "TooManyRequests")});
  proxy_->Add({.answer = ErrorAnswer(503, "SlowDown")});
  EXPECT_EQ(Get("busy").value(), content);
  EXPECT_EQ(proxy_->left(), 0U);
}

TEST_F(S3FaultsTest, TellsWhatLastsInTheProvidersWords) {
  proxy_->Add({.answer = ErrorAnswer(503, "SlowDown")}, 4);
  const Status status = Put("never", "x");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kStorageFailed);
  EXPECT_NE(status.error().Sentence().find("SlowDown"), std::string::npos);
  EXPECT_NE(status.error().Sentence().find("4 times"), std::string::npos);
}

TEST_F(S3FaultsTest, TellsExpiredCredentialsAtOnceAndWhatToDo) {
  proxy_->Add({.answer = ErrorAnswer(400, "ExpiredToken")}, 3);
  const Status status = Put("expired", "x");
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().hint.find("new ones"), std::string::npos) << status.error().hint;
  EXPECT_EQ(proxy_->left(), 2U) << "another try is of no use";
}

TEST_F(S3FaultsTest, TellsADeleteThatObjectLockRefuses) {
  proxy_->Add({.answer = ErrorAnswer(403, "AccessDenied")});
  const Status status = store_->Delete(ctx_, "locked");
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().hint.find("object lock"), std::string::npos) << status.error().hint;
}

TEST_F(S3FaultsTest, GoesOnAfterLinesThatAreCutWhileReading) {
  const std::string content = Content(6'000'000);
  ASSERT_TRUE(Put("large", content));
  Renew();
  for (const std::size_t after : {0U, 300U, 40'000U, 700'000U}) {
    proxy_->Add({.cut_after = after});
  }
  const auto got = Get("large");
  ASSERT_TRUE(got) << got.error().Sentence();
  EXPECT_TRUE(*got == content);
  EXPECT_EQ(proxy_->left(), 0U);
}

TEST_F(S3FaultsTest, GoesOnAfterLinesThatAreCutWhileWriting) {
  const std::string content = Content(17'000'000);
  for (const std::size_t after : {100'000U, 3'000'000U}) proxy_->Add({.cut_upload_after = after});
  const Status put = Put("parts", content);
  ASSERT_TRUE(put) << put.error().Sentence();
  Renew();
  EXPECT_TRUE(Get("parts").value() == content);
}

// The digests that go with each part: the server refuses what was altered, and gets it again.
TEST_F(S3FaultsTest, SendsAgainWhatArrivesWithAnotherChecksum) {
  const std::string content = Content(7'000'000);
  proxy_->Add({.flip_upload_at = 2'000'000});
  const Status put = Put("altered", content);
  ASSERT_TRUE(put) << put.error().Sentence();
  EXPECT_EQ(proxy_->left(), 0U);
  Renew();
  EXPECT_TRUE(Get("altered").value() == content);
}

TEST_F(S3FaultsTest, GoesOnAfterALineThatFallsSilent) {
  const std::string content = Content(3'000'000);
  ASSERT_TRUE(Put("silent", content));
  settings_.silence = std::chrono::seconds(3);  // a server on a busy machine may pause for one
  Renew();
  proxy_->Add({.stall_after = 0});
  proxy_->Add({.stall_after = 100'000});
  const auto got = Get("silent");
  ASSERT_TRUE(got) << got.error().Sentence();
  EXPECT_TRUE(*got == content);
}

TEST_F(S3FaultsTest, TellsCredentialsThatExpireWhileItReads) {
  ASSERT_TRUE(Put("expiring", "0123456789"));
  Renew();
  const auto reader = store_->Open(ctx_, "expiring").value();
  proxy_->CutAll();
  proxy_->Add({.answer = ErrorAnswer(403, "ExpiredToken")}, 2);
  std::string text(10, '?');
  const auto count = reader->ReadAt(ctx_, 0, std::as_writable_bytes(std::span(text)));
  ASSERT_FALSE(count);
  EXPECT_NE(count.error().hint.find("new ones"), std::string::npos) << count.error().hint;
  EXPECT_EQ(text, "??????????");
  EXPECT_EQ(proxy_->left(), 1U);
}

TEST_F(S3FaultsTest, DoesNotTakeATruncatedOrWrongRange) {
  ASSERT_TRUE(Put("range", "0123456789"));
  for (const std::string_view wrong :
       {"HTTP/1.1 206 P\r\nContent-Range: bytes 3-5/10\r\nContent-Length: 3\r\n\r\n345",
        "HTTP/1.1 206 P\r\nContent-Range: bytes 0-3/10\r\nContent-Length: 4\r\n\r\n0123",
        "HTTP/1.1 200 P\r\nContent-Length: 10\r\n\r\n0123456789"}) {
    Renew();
    // The line on which it is opened is cut after the answer; the next one lies.
    proxy_->Add({.answer = ErrorAnswer(503, "SlowDown")});
    proxy_->Add({.cut_after = 1});
    const auto opened = store_->Open(ctx_, "range");
    ASSERT_TRUE(opened) << opened.error().Sentence();
    const std::unique_ptr<RandomReader>& reader = *opened;
    std::string text(2'000'000, '?');
    EXPECT_EQ(reader->size(), 10U);
    proxy_->CutAll();
    proxy_->Add({.answer = std::string(wrong)});
    const auto count = reader->ReadAt(ctx_, 3, std::as_writable_bytes(std::span(text)).first(4));
    ASSERT_TRUE(count) << count.error().Sentence();
    EXPECT_EQ(text.substr(0, 4), "3456");
    EXPECT_EQ(proxy_->left(), 0U) << "the lie was told";
  }
}

}  // namespace
}  // namespace reprise::storage
