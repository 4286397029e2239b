#include "docker/http.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace reprise::docker {
namespace {

constexpr std::size_t kBuffer = 64UL * 1024;
constexpr std::size_t kMostHeadBytes = 64UL * 1024;
constexpr std::size_t kMostLineBytes = 8UL * 1024;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, Lower, Lower);
}

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

tl::unexpected<Error> NotHttp(std::string_view what) {
  return Fail(ErrorCode::kEngineUnavailable,
              fmt::format("the answer is not of a Docker Engine: {}", what),
              "check that the socket is the Docker Engine's");
}

tl::unexpected<Error> CutShort() {
  return Fail(ErrorCode::kEngineUnavailable,
              "the Docker Engine closed the connection before its answer was complete",
              "look at the engine's log (journalctl -u docker), then try again");
}

template <class Number>
bool ReadNumber(std::string_view text, int base, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc() && stop == end;
}

}  // namespace

std::string_view HttpHead::Field(std::string_view name) const {
  const auto found =
      std::ranges::find_if(fields, [&](const auto& field) { return SameName(field.first, name); });
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

Result<HttpHead> ParseHead(std::string_view block) {
  HttpHead head;
  std::size_t at = block.find("\r\n");
  const std::string_view status_line = block.substr(0, at);
  if (!status_line.starts_with("HTTP/1.") || status_line.size() < 12 || status_line[8] != ' ' ||
      !ReadNumber(status_line.substr(9, 3), 10, head.status) || head.status < 100) {
    return NotHttp("its first line is not an HTTP status");
  }
  while (at != std::string_view::npos) {
    at += 2;
    const std::size_t end = block.find("\r\n", at);
    const std::string_view line = block.substr(at, end - at);
    if (line.empty()) return head;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return NotHttp("a header field has no colon");
    head.fields.emplace_back(line.substr(0, colon), Trimmed(line.substr(colon + 1)));
    at = end;
  }
  return NotHttp("its header has no end");
}

HttpConnection::HttpConnection(std::unique_ptr<ByteSocket> socket) : socket_(std::move(socket)) {}

Result<HttpHead> HttpConnection::Exchange(const Context& ctx, const HttpRequest& request) {
  const Status sent = Send(ctx, request);
  if (!sent && (upload_failed_ || sent.error().code != ErrorCode::kEngineUnavailable)) {
    socket_->Cut();
    return Fail(sent.error());
  }
  // An engine that refuses an upload answers and closes before it has read all: its answer says
  // why.
  Result<HttpHead> head = ReadHead(ctx);
  if (!head && !sent && head.error().code == ErrorCode::kEngineUnavailable) {
    return Fail(sent.error());
  }
  return head;
}

Status HttpConnection::Send(const Context& ctx, const HttpRequest& request) {
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: docker\r\nUser-Agent: reprise\r\n",
                                 request.method, request.target);
  head += request.upgrade ? "Connection: Upgrade\r\nUpgrade: tcp\r\n" : "Connection: close\r\n";
  if (request.upload != nullptr) {
    head += "Content-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\n\r\n";
    RETURN_IF_ERROR(socket_->Write(ctx, BytesOf(head)));
    return SendUpload(ctx, *request.upload);
  }
  if (!request.json.empty()) head += "Content-Type: application/json\r\n";
  head += fmt::format("Content-Length: {}\r\n\r\n{}", request.json.size(), request.json);
  return socket_->Write(ctx, BytesOf(head));
}

Status HttpConnection::SendUpload(const Context& ctx, ByteReader& upload) {
  std::vector<std::byte> bytes(kBuffer);
  while (true) {
    const Result<std::size_t> count = upload.Read(ctx, bytes);
    if (!count) {
      upload_failed_ = true;
      return Fail(count.error());
    }
    RETURN_IF_ERROR(socket_->Write(ctx, BytesOf(fmt::format("{:x}\r\n", *count))));
    RETURN_IF_ERROR(socket_->Write(ctx, ConstByteSpan(bytes).first(*count)));
    RETURN_IF_ERROR(socket_->Write(ctx, BytesOf("\r\n")));
    if (*count == 0) return {};
  }
}

Result<HttpHead> HttpConnection::ReadHead(const Context& ctx) {
  while (true) {
    std::size_t end = buffer_.find("\r\n\r\n", start_);
    while (end == std::string::npos) {
      if (buffer_.size() - start_ > kMostHeadBytes) return NotHttp("its header is too long");
      RETURN_IF_ERROR(Fill(ctx));
      end = buffer_.find("\r\n\r\n", start_);
    }
    const std::string_view block = std::string_view(buffer_).substr(start_, end + 4 - start_);
    ASSIGN_OR_RETURN(HttpHead head, ParseHead(block));
    start_ = end + 4;
    if (head.status < 200 && head.status != 101) continue;  // 100 Continue and its like
    RETURN_IF_ERROR(ChooseFraming(head));
    return head;
  }
}

Status HttpConnection::ChooseFraming(const HttpHead& head) {
  // NOLINTNEXTLINE(bugprone-branch-clone): in the order of RFC 9112, section 6.3
  if (head.status == 101) {
    framing_ = Framing::kUntilClose;
  } else if (head.status == 204 || head.status == 304) {
    framing_ = Framing::kNone;
  } else if (SameName(head.Field("Transfer-Encoding"), "chunked")) {
    framing_ = Framing::kChunked;
  } else if (const std::string_view length = head.Field("Content-Length"); !length.empty()) {
    framing_ = Framing::kLength;
    if (!ReadNumber(length, 10, left_)) return NotHttp("its Content-Length is not a number");
  } else {
    framing_ = Framing::kUntilClose;
  }
  return {};
}

Result<std::size_t> HttpConnection::ReadBody(const Context& ctx, ByteSpan into) {
  if (framing_ == Framing::kUntilClose) return ReadSome(ctx, into);
  if (framing_ == Framing::kChunked && left_ == 0) RETURN_IF_ERROR(BeginChunk(ctx));
  if (framing_ == Framing::kNone || left_ == 0) return 0;
  const auto want = static_cast<std::size_t>(std::min<ByteCount>(into.size(), left_));
  ASSIGN_OR_RETURN(const std::size_t count, ReadSome(ctx, into.first(want)));
  if (count == 0) return CutShort();
  left_ -= count;
  return count;
}

Status HttpConnection::BeginChunk(const Context& ctx) {
  if (chunk_open_) {
    ASSIGN_OR_RETURN(const std::string line, ReadLine(ctx));
    if (!line.empty()) return NotHttp("a chunk is longer than it says");
  }
  ASSIGN_OR_RETURN(const std::string line, ReadLine(ctx));
  const std::string_view size = Trimmed(std::string_view(line).substr(0, line.find(';')));
  if (!ReadNumber(size, 16, left_)) return NotHttp("a chunk has no length");
  chunk_open_ = true;
  if (left_ > 0) return {};
  while (true) {
    ASSIGN_OR_RETURN(const std::string trailer, ReadLine(ctx));
    if (trailer.empty()) break;
  }
  framing_ = Framing::kNone;
  return {};
}

Result<std::string> HttpConnection::ReadLine(const Context& ctx) {
  std::size_t end = buffer_.find("\r\n", start_);
  while (end == std::string::npos) {
    if (buffer_.size() - start_ > kMostLineBytes) return NotHttp("a line of it is too long");
    RETURN_IF_ERROR(Fill(ctx));
    end = buffer_.find("\r\n", start_);
  }
  std::string line = buffer_.substr(start_, end - start_);
  start_ = end + 2;
  return line;
}

Status HttpConnection::Fill(const Context& ctx) {
  buffer_.erase(0, start_);
  start_ = 0;
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kBuffer);
  const ByteSpan room = std::as_writable_bytes(std::span(buffer_)).subspan(before);
  const Result<std::size_t> count = socket_->Read(ctx, room);
  buffer_.resize(before + count.value_or(0));
  if (!count) return Fail(count.error());
  if (*count == 0) return CutShort();
  return {};
}

Result<std::size_t> HttpConnection::ReadSome(const Context& ctx, ByteSpan into) {
  if (start_ == buffer_.size()) return socket_->Read(ctx, into);
  const std::size_t count = std::min(into.size(), buffer_.size() - start_);
  std::memcpy(into.data(), buffer_.data() + start_, count);
  start_ += count;
  return count;
}

}  // namespace reprise::docker
