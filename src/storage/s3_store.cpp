#include "storage/s3_store.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/task_group.hpp"
#include "storage/object_key.hpp"
#include "storage/s3_writer.hpp"
#include "storage/xml_text.hpp"

namespace reprise::storage {
namespace {

// A mebibyte, and what may stand around one: a sealed segment is not worth two requests.
constexpr std::size_t kLeastRange = (1 << 20) + 4096;
constexpr std::size_t kMostRanges = 4;
constexpr std::size_t kAheadBytes = 4 << 20;

ByteCount NumberIn(std::string_view text) {
  ByteCount number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// "Wed, 21 Oct 2015 07:28:00 GMT"
Instant HttpDate(const std::string& text) {
  const std::time_t seconds = curl_getdate(text.c_str(), nullptr);
  return Instant(std::chrono::seconds(seconds < 0 ? 0 : seconds));
}

// What a bucket answers about one object.
ObjectInfo InfoFrom(std::string_view key, const HttpResponse& head) {
  return {std::string(key), NumberIn(head.Header("content-length")),
          HttpDate(head.Header("last-modified"))};
}

class S3Reader final : public RandomReader {
 public:
  S3Reader(std::shared_ptr<S3Client> client, std::string key, ByteCount size, std::string etag)
      : client_(std::move(client)), key_(std::move(key)), size_(size), etag_(std::move(etag)) {}

  [[nodiscard]] ByteCount size() const override { return size_; }

  [[nodiscard]] Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset,
                                           ByteSpan into) override {
    RETURN_IF_ERROR(ctx.Check());
    if (offset >= size_ || into.empty()) return 0;
    into = into.first(std::min<ByteCount>(into.size(), size_ - offset));
    if (into.size() >= kLeastRange) return FetchAll(ctx, offset, into);
    const std::scoped_lock lock(mutex_);
    const bool follows = offset == next_;
    next_ = offset + into.size();
    const bool held = offset >= ahead_at_ && next_ <= ahead_at_ + ahead_.size();
    if (!held && !follows) return FetchAll(ctx, offset, into);
    if (!held) {
      std::vector<std::byte> bytes(std::min<ByteCount>(kAheadBytes, size_ - offset));
      RETURN_IF_ERROR(FetchAll(ctx, offset, bytes));
      ahead_ = std::move(bytes);
      ahead_at_ = offset;
    }
    std::memcpy(into.data(), ahead_.data() + (offset - ahead_at_), into.size());
    return into.size();
  }

 private:
  // As several ranges at once, when it is worth it.
  Result<std::size_t> FetchAll(const Context& ctx, ByteCount offset, ByteSpan into) {
    const std::size_t range = std::max(kLeastRange, (into.size() + kMostRanges - 1) / kMostRanges);
    if (into.size() <= range) {
      RETURN_IF_ERROR(Fetch(ctx, offset, into));
      return into.size();
    }
    TaskGroup group(ctx);
    for (std::size_t at = 0; at < into.size(); at += range) {
      const ByteSpan piece = into.subspan(at, std::min(range, into.size() - at));
      group.Spawn([this, offset, at, piece](const Context& inner) {
        return Fetch(inner, offset + at, piece);
      });
    }
    RETURN_IF_ERROR(group.Join());
    return into.size();
  }

  // Exactly these bytes, or a failure: an answer that is short, or of another range, is asked for
  // again.
  Status Fetch(const Context& ctx, ByteCount offset, ByteSpan into) {
    const std::string range = fmt::format("{}-{}", offset, offset + into.size() - 1);
    S3Call call{
        .method = "GET", .key = key_, .headers = {{"range", "bytes=" + range}}, .sink = into};
    if (!etag_.empty()) call.headers.emplace_back("if-match", etag_);
    Retry retry(client_->settings().retry);
    while (true) {
      auto answer = client_->Call(ctx, call);
      if (!answer && answer.error().code == ErrorCode::kConflict) {
        answer.error().code = ErrorCode::kStorageFailed;
        return Fail(std::move(answer.error()).WithHint("try again; it is read anew then"));
      }
      if (!answer) {
        return Fail(
            std::move(answer.error()).While(fmt::format("reading {} bytes {}", key_, range)));
      }
      if (answer->status == 206 && answer->sunk == into.size() &&
          answer->Header("content-range") == fmt::format("bytes {}/{}", range, size_) &&
          (etag_.empty() || answer->Header("etag") == etag_)) {
        return {};
      }
      ASSIGN_OR_RETURN(const bool again, retry.Again(ctx));
      if (again) continue;
      return Fail(ErrorCode::kStorageFailed,
                  fmt::format("the storage was asked for bytes {} of {} and answered with {} bytes "
                              "of \"{}\"",
                              range, key_, answer->sunk, answer->Header("content-range")),
                  "a proxy on the way may not know ranges, or the object was replaced");
    }
  }

  std::shared_ptr<S3Client> client_;
  const std::string key_;
  const ByteCount size_;
  const std::string etag_;
  // Small reads that follow one another are answered out of one that was large.
  std::mutex mutex_;
  ByteCount next_ = ~ByteCount{0};
  ByteCount ahead_at_ = 0;
  std::vector<std::byte> ahead_;
};

}  // namespace

Result<std::unique_ptr<ObjectWriter>> S3Store::Create(const Context& ctx, std::string_view key) {
  RETURN_IF_ERROR(ctx.Check());
  RETURN_IF_ERROR(CheckKey(key));
  return std::make_unique<S3Writer>(client_, std::string(key));
}

Result<std::unique_ptr<RandomReader>> S3Store::Open(const Context& ctx, std::string_view key) {
  RETURN_IF_ERROR(CheckKey(key));
  ASSIGN_OR_RETURN(const HttpResponse head,
                   client_->Call(ctx, {.method = "HEAD", .key = std::string(key)}));
  return std::make_unique<S3Reader>(client_, std::string(key), InfoFrom(key, head).size,
                                    head.Header("etag"));
}

Result<ObjectInfo> S3Store::Stat(const Context& ctx, std::string_view key) {
  RETURN_IF_ERROR(CheckKey(key));
  ASSIGN_OR_RETURN(const HttpResponse head,
                   client_->Call(ctx, {.method = "HEAD", .key = std::string(key)}));
  return InfoFrom(key, head);
}

Result<std::vector<ObjectInfo>> S3Store::List(const Context& ctx, std::string_view prefix) {
  RETURN_IF_ERROR(CheckPrefix(prefix));
  const std::string own = client_->settings().prefix.empty() ? "" : client_->PhysicalKey("");
  std::vector<ObjectInfo> objects;
  std::string token;
  do {
    S3Call call{.method = "GET",
                .key = "",
                .query = {{"list-type", "2"}, {"prefix", own + std::string(prefix)}}};
    if (!token.empty()) call.query.emplace_back("continuation-token", token);
    auto page = client_->Call(ctx, call);
    // A bucket that is not there is no empty one.
    if (!page && page.error().code == ErrorCode::kNotFound) {
      page.error().code = ErrorCode::kStorageFailed;
    }
    if (!page) return Fail(std::move(page.error()).While("listing"));
    for (const std::string_view one : XmlElements(page->body, "Contents")) {
      const std::string key = XmlText(one, "Key");
      if (!key.starts_with(own)) continue;
      ObjectInfo object{key.substr(own.size()), NumberIn(XmlText(one, "Size")), {}};
      if (const auto when = ParseInstant(XmlText(one, "LastModified"))) object.modified = *when;
      if (CheckKey(object.key)) objects.push_back(std::move(object));
    }
    token = XmlText(page->body, "IsTruncated") == "true"
                ? XmlText(page->body, "NextContinuationToken")
                : "";
  } while (!token.empty());
  std::sort(objects.begin(), objects.end(),
            [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; });
  return objects;
}

Status S3Store::Delete(const Context& ctx, std::string_view key) {
  RETURN_IF_ERROR(CheckKey(key));
  const auto deleted = client_->Call(ctx, {.method = "DELETE", .key = std::string(key)});
  if (deleted || deleted.error().code == ErrorCode::kNotFound) return {};
  return Fail(deleted.error());
}

Result<std::optional<ByteCount>> S3Store::FreeSpace(const Context& ctx) {
  RETURN_IF_ERROR(ctx.Check());
  return std::nullopt;
}

Result<std::optional<std::string>> S3Store::Presign(const Context& ctx, std::string_view key,
                                                    const PresignOptions& options) {
  RETURN_IF_ERROR(ctx.Check());
  RETURN_IF_ERROR(CheckKey(key));
  NameValues query;
  if (!options.file_name.empty()) {
    query.emplace_back("response-content-disposition",
                       fmt::format("attachment; filename=\"{}\"", options.file_name));
  }
  return client_->Presign(key, options.valid, query);
}

Result<std::size_t> S3Store::RemoveAbandoned(const Context& ctx, Instant before) {
  const std::string own = client_->settings().prefix.empty() ? "" : client_->PhysicalKey("");
  ASSIGN_OR_RETURN(
      const HttpResponse page,
      client_->Call(ctx,
                    {.method = "GET", .key = "", .query = {{"uploads", ""}, {"prefix", own}}}));
  std::size_t removed = 0;
  for (const std::string_view one : XmlElements(page.body, "Upload")) {
    const auto begun = ParseInstant(XmlText(one, "Initiated"));
    const std::string key = XmlText(one, "Key");
    if (!begun || *begun >= before || !key.starts_with(own)) continue;
    const std::string name = key.substr(own.size());
    if (!CheckKey(name)) continue;
    RETURN_IF_ERROR(client_->Call(
        ctx, {.method = "DELETE", .key = name, .query = {{"uploadId", XmlText(one, "UploadId")}}}));
    ++removed;
  }
  return removed;
}

}  // namespace reprise::storage
