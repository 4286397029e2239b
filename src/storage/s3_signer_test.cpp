#include "storage/s3_signer.hpp"

#include <gtest/gtest.h>

namespace reprise::storage {
namespace {

// The examples of AWS's own documentation of Signature Version 4 for S3.
class S3SignerTest : public testing::Test {
 protected:
  S3Request Get(std::string path) const {
    return {.method = "GET",
            .host = "examplebucket.s3.amazonaws.com",
            .path = std::move(path),
            .payload_sha256 = std::string(kEmptySha256)};
  }
  static std::string SignatureIn(const std::string& text) {
    return text.substr(text.rfind("ignature=") + 9);
  }
  const S3Signer signer_{{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""},
                         "us-east-1"};
  const Instant now_ = ParseInstant("2013-05-24T00:00:00Z").value();
};

TEST_F(S3SignerTest, SignsAGetWithARange) {
  S3Request request = Get("/test.txt");
  request.headers = {{"range", "bytes=0-9"}};
  EXPECT_EQ(SignatureIn(signer_.Sign(request, now_).headers.back()),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_F(S3SignerTest, SignsAListWhateverTheOrderOfItsQuery) {
  S3Request request = Get("/");
  request.query = {{"prefix", "J"}, {"max-keys", "2"}};
  EXPECT_EQ(SignatureIn(signer_.Sign(request, now_).headers.back()),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_F(S3SignerTest, SignsAPutWithMoreHeadersAndAnAwkwardName) {
  S3Request request = Get("/test$file.text");
  request.method = "PUT";
  request.headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                     {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  request.payload_sha256 = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
  EXPECT_EQ(SignatureIn(signer_.Sign(request, now_).headers.back()),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_F(S3SignerTest, PresignsAGet) {
  EXPECT_EQ(SignatureIn(signer_.Presign(Get("/test.txt"), now_, std::chrono::seconds(86400))),
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST_F(S3SignerTest, SendsTheTokenOfATemporaryKey) {
  const S3Signer temporary({"AK", "SK", "a-token"}, "auto");
  const auto headers = temporary.Sign(Get("/a"), now_).headers;
  EXPECT_NE(std::find(headers.begin(), headers.end(), "x-amz-security-token: a-token"),
            headers.end());
}

}  // namespace
}  // namespace reprise::storage
