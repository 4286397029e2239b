#include "storage/url_reader.hpp"

#include <fmt/format.h>

#include <charconv>

#include "storage/url_call.hpp"
#include "storage/url_target.hpp"

namespace reprise::storage {
namespace {

constexpr ByteCount kMuch = 1 << 20;  // more than that between two breaks of the line is progress

std::optional<ByteCount> NumberIn(std::string_view text) {
  ByteCount number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string Gigabytes(ByteCount bytes) {
  return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
}

// Of an answer that is no archive.
Error RefusalOf(int status, const std::string& where) {
  if (status == 404 || status == 410) {
    return {ErrorCode::kNotFound, fmt::format("there is nothing at {} ({})", where, status),
            "correct the address; a link that was made for a while may be over"};
  }
  if (status == 401 || status == 403 || status == 407) {
    return {ErrorCode::kPermissionDenied,
            fmt::format("the server does not let us have {} ({})", where, status),
            "give a header with credentials that hold, or a new link if it was made for a while"};
  }
  const bool may_be_better = status >= 500 || status == 408 || status == 425 || status == 429;
  return {may_be_better ? ErrorCode::kUnavailable : ErrorCode::kStorageFailed,
          fmt::format("the server of {} answers {}", where, status),
          "see with another program whether the archive can be had there"};
}

// What names the content of an answer for If-Range: a strong ETag, or else its time.
std::string ValidatorOf(const UrlCall& call) {
  std::string tag = call.Header("etag");
  if (tag.starts_with('"')) return tag;
  return call.Header("last-modified");
}

}  // namespace

UrlReader::UrlReader(UrlSource source, UrlRules rules)
    : source_(std::move(source)), rules_(std::move(rules)) {}

UrlReader::~UrlReader() = default;

Result<std::unique_ptr<UrlReader>> UrlReader::Open(const Context& ctx, UrlSource source,
                                                   UrlRules rules) {
  auto reader = std::make_unique<UrlReader>(std::move(source), std::move(rules));
  RETURN_IF_ERROR(CheckUrlSource(reader->source_, reader->rules_));
  RETURN_IF_ERROR(reader->ConnectPatiently(ctx));
  return reader;
}

Result<std::unique_ptr<UrlCall>> UrlReader::Follow(const Context& ctx) const {
  ASSIGN_OR_RETURN(UrlTarget target, UrlTargetOf(source_.url));
  const std::string origin = target.Origin();
  for (int hop = 0; hop <= rules_.most_redirects; ++hop) {
    ASSIGN_OR_RETURN(const Reach reach, ReachFor(target, rules_));
    UrlCall::Options options{target.url, {}, target.host, reach, rules_.silence};
    if (target.Origin() == origin) options.headers = source_.headers;
    if (offset_ > 0) {
      options.headers.push_back(fmt::format("Range: bytes={}-", offset_));
      options.headers.push_back("If-Range: " + validator_);
    }
    auto call = std::make_unique<UrlCall>(std::move(options));
    RETURN_IF_ERROR(call->Begin(ctx));
    if (!IsRedirect(call->status())) return call;
    auto next = UrlTargetOf(call->Header("location"), target.url);
    if (!next) {
      return Fail(ErrorCode::kStorageFailed,
                  fmt::format("{} leads to an address that is none of http", target.Tellable()));
    }
    target = *std::move(next);
  }
  return Fail(ErrorCode::kStorageFailed,
              fmt::format("{} leads from one address to another more than {} times",
                          TellableUrl(source_.url), rules_.most_redirects),
              "give the address where the archive itself lies");
}

Status UrlReader::Begin(const UrlCall& call) {
  const std::string where = TellableUrl(source_.url);
  if (call.status() != 200) return Fail(RefusalOf(call.status(), where));
  size_ = NumberIn(call.Header("content-length"));
  validator_ = ValidatorOf(call);
  if (!size_ || *size_ <= rules_.most_bytes) return {};
  return Fail(
      ErrorCode::kPayloadTooLarge,
      fmt::format("the archive at {} has {}, more than the {} that this installation fetches",
                  where, Gigabytes(*size_), Gigabytes(rules_.most_bytes)),
      "an administrator raises that with --import-limit, or put it into a storage and "
      "import it by its key");
}

Status UrlReader::GoOn(const UrlCall& call) {
  const bool cannot = call.status() == 200 || call.status() == 416;
  if (cannot) return Fail(CutOff("the server cannot go on from there, or has another archive now"));
  if (call.status() != 206) {
    return Fail(RefusalOf(call.status(), TellableUrl(source_.url)));
  }
  const std::string range = call.Header("content-range");
  const std::string_view total = std::string_view(range).substr(range.find('/') + 1);
  const bool fits = range.starts_with(fmt::format("bytes {}-", offset_)) &&
                    (total == "*" || !size_ || NumberIn(total) == size_);
  return fits ? Status() : Fail(CutOff("the server has another archive now"));
}

Status UrlReader::Connect(const Context& ctx) {
  ASSIGN_OR_RETURN(auto call, Follow(ctx));
  RETURN_IF_ERROR(offset_ == 0 ? Begin(*call) : GoOn(*call));
  call_ = std::move(call);
  return {};
}

Status UrlReader::ConnectPatiently(const Context& ctx) {
  Retry retry(rules_.retry);
  while (true) {
    Status connected = Connect(ctx);
    if (connected || connected.error().code != ErrorCode::kUnavailable) return connected;
    RETURN_IF_ERROR(ctx.Check());
    ASSIGN_OR_RETURN(const bool again, retry.Again(ctx));
    if (again) continue;
    connected.error().message += fmt::format(" (tried {} times)", retry.attempt());
    return connected;
  }
}

Error UrlReader::CutOff(std::string_view why) {
  broke_off_ = true;
  return {ErrorCode::kArchiveCorrupt,
          fmt::format("the archive at {} was cut off after {} of {} bytes: {}",
                      TellableUrl(source_.url), offset_,
                      size_ ? std::to_string(*size_) : "an unknown number of", why),
          "try again"};
}

Status UrlReader::TakeUp(const Context& ctx, Error broken) {
  call_.reset();
  if (offset_ - broken_at_ >= kMuch) breaks_ = 0;
  broken_at_ = offset_;
  if (++breaks_ > rules_.retry.attempts) {
    broken.message += fmt::format(" (the line broke {} times at byte {})", breaks_, offset_);
    return Fail(std::move(broken));
  }
  if (offset_ > 0 && validator_.empty()) {
    return Fail(CutOff("the server does not say by ETag or Last-Modified what it has"));
  }
  return ConnectPatiently(ctx);
}

Result<std::size_t> UrlReader::Read(const Context& ctx, ByteSpan into) {
  while (true) {
    auto count = call_->Read(ctx, into);
    if (count) {
      offset_ += *count;
      if (offset_ <= rules_.most_bytes) return count;
      return Fail(
          ErrorCode::kPayloadTooLarge,
          fmt::format("the archive at {} has more than the {} that this installation fetches",
                      TellableUrl(source_.url), Gigabytes(rules_.most_bytes)),
          "an administrator raises that with --import-limit");
    }
    RETURN_IF_ERROR(ctx.Check());
    if (count.error().code != ErrorCode::kUnavailable) return count;
    RETURN_IF_ERROR(TakeUp(ctx, std::move(count.error())));
  }
}

}  // namespace reprise::storage
