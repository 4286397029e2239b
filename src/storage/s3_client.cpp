#include "storage/s3_client.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "base/hash.hpp"
#include "base/log.hpp"
#include "storage/xml_text.hpp"

namespace reprise::storage {
namespace {

// Content-MD5: buckets with object lock do not take an upload without.
std::string Md5Base64(ConstByteSpan bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_md5(), nullptr);
  std::array<unsigned char, 32> text{};
  const int size = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(length));
  return {text.begin(), text.begin() + size};
}

struct Advice {
  std::string_view code;
  std::string_view hint;
};
constexpr std::array kAdvice = {
    Advice{"InvalidAccessKeyId", "give the storage the credentials that hold now"},
    Advice{"SignatureDoesNotMatch", "the secret key, the key's id or the region is wrong"},
    Advice{"ExpiredToken", "the temporary credentials have run out: give the storage new ones"},
    Advice{"TokenRefreshRequired", "the temporary credentials have run out: give new ones"},
    Advice{"InvalidToken", "the temporary credentials have run out: give new ones"},
    Advice{"RequestTimeTooSkewed", "set the clock of this machine (NTP)"},
    Advice{"NoSuchBucket", "make the bucket, or correct its name"},
    Advice{"PermanentRedirect", "the bucket lives in another region: correct region and endpoint"},
    Advice{"AuthorizationHeaderMalformed", "correct the region"},
    Advice{"InvalidBucketName", "correct the bucket's name"},
};

std::string HintFor(const std::string& code, const S3Call& call) {
  for (const Advice& advice : kAdvice) {
    if (advice.code == code) return std::string(advice.hint);
  }
  if (code == "AccessDenied" && call.method == "DELETE") {
    return "the key may not delete, or object lock still keeps the object; it stays in storage";
  }
  if (code == "AccessDenied") return "give the key the right to do this in the bucket";
  return "see the provider's own documentation of this code";
}

bool IsOneOf(std::string_view code, std::initializer_list<std::string_view> codes) {
  for (const std::string_view one : codes) {
    if (code == one) return true;
  }
  return false;
}

}  // namespace

S3Client::S3Client(S3Settings settings, S3Credentials credentials, const Clock& clock,
                   PrivateEndpoints private_endpoints)
    : settings_(std::move(settings)),
      signer_(std::move(credentials), settings_.region),
      clock_(clock),
      http_(private_endpoints, settings_.ca_pem, settings_.silence) {
  const std::size_t mark = settings_.endpoint.find("://");
  scheme_ = mark == std::string::npos ? "https" : settings_.endpoint.substr(0, mark);
  host_ = mark == std::string::npos ? settings_.endpoint : settings_.endpoint.substr(mark + 3);
  while (host_.ends_with('/')) host_.pop_back();
  if (!settings_.path_style) host_ = settings_.bucket + "." + host_;
}

std::string S3Client::PhysicalKey(std::string_view key) const {
  return settings_.prefix.empty() ? std::string(key) : fmt::format("{}/{}", settings_.prefix, key);
}

S3Request S3Client::RequestOf(const S3Call& call) const {
  S3Request request{
      .method = call.method, .host = host_, .query = call.query, .headers = call.headers};
  request.path = settings_.path_style ? "/" + settings_.bucket : "";
  if (!call.key.empty()) request.path += "/" + PhysicalKey(call.key);
  if (request.path.empty()) request.path = "/";
  request.payload_sha256 =
      call.body.empty() ? kEmptySha256 : HashOf(HashKind::kSha256, TextOf(call.body));
  if (call.method == "PUT" || call.method == "POST") {
    request.headers.emplace_back("content-md5", Md5Base64(call.body));
    request.headers.emplace_back("content-type", "application/octet-stream");
  }
  return request;
}

bool S3Client::IsWorthATry(const HttpResponse& response) {
  // A multipart upload that fails while it is put together answers 200 and tells in the body.
  const std::string code =
      response.status == 200 || response.status >= 400 ? XmlText(response.body, "Code") : "";
  if (response.status >= 500 && response.status != 501 && response.status != 507) return true;
  if (response.status == 429 || response.status == 408) return true;
  return IsOneOf(code,
                 {"InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout", "BadDigest",
                  "XAmzContentSHA256Mismatch", "OperationAborted", "IncompleteBody"});
}

Error S3Client::ErrorOf(const S3Call& call, const HttpResponse& response) {
  const std::string code = XmlText(response.body, "Code");
  const std::string message = XmlText(response.body, "Message");
  const std::string what = call.key.empty() ? "the bucket" : call.key;
  if (response.status == 412) {
    return {ErrorCode::kConflict, fmt::format("{} was replaced in storage meanwhile", what)};
  }
  if (response.status == 404 && !IsOneOf(code, {"NoSuchBucket", "NoSuchUpload"})) {
    return {ErrorCode::kNotFound, fmt::format("{} is not in the storage", what)};
  }
  const bool full =
      response.status == 507 ||
      IsOneOf(code, {"QuotaExceeded", "StorageFull", "XMinioStorageFull", "EntityTooLarge"});
  std::string told = fmt::format("the storage refused {} of {}: {}", call.method, what,
                                 code.empty() ? fmt::format("status {}", response.status) : code);
  if (!message.empty()) told += fmt::format(" ({})", message);
  return {full ? ErrorCode::kNoSpace : ErrorCode::kStorageFailed, std::move(told),
          full ? "free space in the storage, or raise its quota" : HintFor(code, call)};
}

Result<HttpResponse> S3Client::Call(const Context& ctx, const S3Call& call) {
  Retry retry(settings_.retry);
  const S3Request request = RequestOf(call);
  while (true) {
    const SignedS3Request made = signer_.Sign(request, clock_.Now());
    HttpRequest http{.method = call.method,
                     .url = fmt::format("{}://{}{}", scheme_, host_, made.target),
                     .headers = made.headers,
                     .body = call.body,
                     .sink = call.sink};
    std::erase_if(http.headers, [](const auto& line) { return line.starts_with("host: "); });
    auto response = http_.Send(ctx, http);
    const bool is_error = response && (response->status >= 300 ||
                                       response->body.find("<Error>") != std::string::npos);
    if (response && !is_error) return response;
    if (!response && response.error().code != ErrorCode::kUnavailable) {
      return Fail(std::move(response.error()));
    }
    Error error = response ? ErrorOf(call, *response) : std::move(response.error());
    if (!response) error.code = ErrorCode::kStorageFailed;
    if (response && !IsWorthATry(*response)) return Fail(std::move(error));
    ASSIGN_OR_RETURN(const bool again, retry.Again(ctx));
    if (!again) {
      return Fail(std::move(error).While(fmt::format("trying {} times", retry.attempt())));
    }
    log::Info("storage.retry", {{"method", call.method}, {"why", error.message}});
  }
}

std::string S3Client::Presign(std::string_view key, std::chrono::seconds valid,
                              const NameValues& query) const {
  S3Call call{.method = "GET", .key = std::string(key), .query = query};
  return fmt::format("{}://{}{}", scheme_, host_,
                     signer_.Presign(RequestOf(call), clock_.Now(), valid));
}

}  // namespace reprise::storage
