// What a client of the API sends: head, body, and the texts within.

#include "api/chunk_decoder.hpp"
#include "api/entity_tag.hpp"
#include "api/http_message.hpp"
#include "api/http_text.hpp"
#include "api/request_parser.hpp"
#include "api/trusted_proxies.hpp"
#include "input.hpp"

namespace {

using namespace reprise;

void Connection(std::string_view bytes) {
  api::RequestParser parser(16U << 10U);
  const api::RequestParser::Step head = parser.ParseHead(bytes);
  fuzz::Require(head.used <= bytes.size());
  if (!head.complete || head.fault) return;
  api::Request request;
  if (parser.ReadHead(request)) return;
  static_cast<void>(api::MeetsIfMatch(request, api::Response{}));
  static const auto kProxies = api::TrustedProxies::Parse({"127.0.0.0/8", "::1"}).value();
  kProxies.Apply(request);
  if (!parser.has_body()) return;
  bytes.remove_prefix(head.used);
  std::array<char, 256> into{};
  while (!bytes.empty()) {
    const api::RequestParser::Step step = parser.ParseBody(bytes, into);
    fuzz::Require(step.used <= bytes.size() && step.produced <= into.size());
    if (step.complete || step.fault || (step.used == 0 && step.produced == 0)) return;
    bytes.remove_prefix(step.used);
  }
}

void Chunks(std::string_view bytes) {
  api::ChunkDecoder decoder;
  std::array<char, 64> into{};
  while (!bytes.empty()) {
    const api::ChunkDecoder::Step step = decoder.Decode(bytes, into);
    fuzz::Require(step.used <= bytes.size() && step.produced <= into.size());
    if (step.complete || !step.fault.empty() || (step.used == 0 && step.produced == 0)) return;
    bytes.remove_prefix(step.used);
  }
}

void Texts(std::string_view text) {
  static_cast<void>(api::ParseQuery(text));
  if (const auto target = api::SplitTarget(text)) static_cast<void>(api::ParseQuery(target->query));
  static_cast<void>(api::PercentDecode(text, api::PlusSign::kSpace));
  const auto decoded = api::PercentDecode(api::PercentEncode(text), api::PlusSign::kLiteral);
  const bool has_zero = text.find('\0') != std::string_view::npos;  // never let through
  fuzz::Require(has_zero ? !decoded : decoded == text);
  const std::string header = api::HeaderValue(text) + api::AttachmentDisposition(text);
  fuzz::Require(header.find_first_of("\r\n") == std::string::npos);
  static_cast<void>(api::NamesTag(text, "\"a\"", api::TagComparison::kWeak));
  static_cast<void>(api::TrustedProxies::Parse({std::string(text)}));
  static_cast<void>(api::PlainAddress(std::string(text)));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text = fuzz::TextOf(data + 1, size - 1);
  constexpr std::array kParsers = {Connection, Chunks, Texts};
  kParsers.at(data[0] % kParsers.size())(text);
  return 0;
}
