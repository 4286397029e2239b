#include "storage/s3_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "storage/xml_text.hpp"

namespace reprise::storage {
namespace {

constexpr std::size_t kMostSending = 2;
constexpr int kMostParts = 10000;
constexpr ByteCount kLargestPart = ByteCount{64} << 20;

}  // namespace

S3Writer::~S3Writer() {
  stop_.request_stop();
  while (!sending_.empty()) {
    sending_.front().wait();
    sending_.pop();
  }
  if (upload_id_.empty()) return;
  // Parts that nobody puts together cost money. Whoever stopped us does not stop this.
  const Context ctx = Context().WithTimeout(std::chrono::seconds(20));
  [[maybe_unused]] const auto aborted =
      client_.Call(ctx, {.method = "DELETE", .key = key_, .query = {{"uploadId", upload_id_}}});
}

// A provider takes 10,000 parts, and nobody knows how many bytes will come: parts grow.
ByteCount S3Writer::PartBytes() const {
  const ByteCount first = client_.settings().part_bytes;
  if (client_.settings().equal_parts || next_number_ <= 1000) return first;
  return std::max(first, std::min(kLargestPart, first * (next_number_ <= 2000 ? 2 : 4)));
}

NameValues S3Writer::Encryption() const {
  const S3Settings& settings = client_.settings();
  NameValues headers;
  if (!settings.encryption.empty()) {
    headers.emplace_back("x-amz-server-side-encryption", settings.encryption);
  }
  if (!settings.kms_key_id.empty()) {
    headers.emplace_back("x-amz-server-side-encryption-aws-kms-key-id", settings.kms_key_id);
  }
  return headers;
}

Status S3Writer::Write(const Context& ctx, ConstByteSpan bytes) {
  RETURN_IF_ERROR(ctx.Check());
  while (!bytes.empty()) {
    const ByteCount room = PartBytes() - part_.size();
    const ConstByteSpan piece = bytes.first(std::min<ByteCount>(room, bytes.size()));
    part_.append(TextOf(piece));
    bytes = bytes.subspan(piece.size());
    if (part_.size() == PartBytes()) RETURN_IF_ERROR(SendPart(ctx));
  }
  return {};
}

Status S3Writer::Begin(const Context& ctx) {
  ASSIGN_OR_RETURN(const HttpResponse begun, client_.Call(ctx, {.method = "POST",
                                                                .key = key_,
                                                                .query = {{"uploads", ""}},
                                                                .headers = Encryption()}));
  upload_id_ = XmlText(begun.body, "UploadId");
  if (!upload_id_.empty()) return {};
  return Fail(ErrorCode::kStorageFailed, "the storage began an upload without giving its id",
              "whatever answers at the endpoint does not speak S3");
}

Status S3Writer::SendPart(const Context& ctx) {
  if (upload_id_.empty()) RETURN_IF_ERROR(Begin(ctx));
  if (next_number_ > kMostParts) {
    return Fail(ErrorCode::kStorageFailed,
                fmt::format("{} has more than {} parts, which no provider takes", key_, kMostParts),
                "give the storage a larger part_size_mb");
  }
  while (sending_.size() >= kMostSending) RETURN_IF_ERROR(AwaitOldest(ctx));
  const int number = next_number_++;
  sent_ += part_.size();
  const auto send = [this, number, part = std::move(part_),
                     inner = ctx.WithStop(stop_.get_token())]() -> Result<std::string> {
    auto sent = client_.Call(
        inner, {.method = "PUT",
                .key = key_,
                .query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id_}},
                .body = BytesOf(part)});
    if (!sent) return Fail(std::move(sent.error()).While(fmt::format("sending part {}", number)));
    return sent->Header("etag");
  };
  part_ = {};
  sending_.push(std::async(std::launch::async, send));
  return {};
}

Status S3Writer::AwaitOldest(const Context& ctx) {
  while (sending_.front().wait_for(std::chrono::milliseconds(50)) != std::future_status::ready) {
    RETURN_IF_ERROR(ctx.Check());
  }
  auto sent = sending_.front().get();
  sending_.pop();
  if (!sent) return Fail(std::move(sent.error()));
  etags_.push_back(*std::move(sent));
  return {};
}

Status S3Writer::Complete(const Context& ctx) {
  std::string body = "<CompleteMultipartUpload>";
  for (std::size_t i = 0; i < etags_.size(); ++i) {
    body += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1,
                        XmlEscape(etags_[i]));
  }
  body += "</CompleteMultipartUpload>";
  const auto completed = client_.Call(
      ctx,
      {.method = "POST", .key = key_, .query = {{"uploadId", upload_id_}}, .body = BytesOf(body)});
  if (completed) return {};
  // An answer that was lost on its way: the upload is gone because it has become the object.
  if (completed.error().message.find("NoSuchUpload") != std::string::npos) {
    const auto there = client_.Call(ctx, {.method = "HEAD", .key = key_});
    if (there && there->Header("content-length") == std::to_string(sent_) &&
        there->Header("etag").ends_with(fmt::format("-{}\"", etags_.size()))) {
      return {};
    }
  }
  return Fail(completed.error());
}

Status S3Writer::Close(const Context& ctx) {
  RETURN_IF_ERROR(ctx.Check());
  if (upload_id_.empty()) {
    RETURN_IF_ERROR(client_.Call(
        ctx, {.method = "PUT", .key = key_, .headers = Encryption(), .body = BytesOf(part_)}));
    return {};
  }
  if (!part_.empty()) RETURN_IF_ERROR(SendPart(ctx));
  while (!sending_.empty()) RETURN_IF_ERROR(AwaitOldest(ctx));
  RETURN_IF_ERROR(Complete(ctx));
  upload_id_.clear();
  return {};
}

}  // namespace reprise::storage
