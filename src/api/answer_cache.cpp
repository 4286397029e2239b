#include "api/answer_cache.hpp"

#include <algorithm>

#include "api/http_text.hpp"
#include "base/hash.hpp"

namespace reprise::api {
namespace {

bool IsPlainGet(const Request& request) {
  return request.method == "GET" && !request.content_length &&
         !request.headers.Find("If-None-Match") && !request.headers.Find("Transfer-Encoding");
}

}  // namespace

std::string AnswerCache::KeyOf(const Request& request) {
  if (!IsPlainGet(request)) return {};
  std::string text;
  const auto add = [&text](std::string_view part) {
    text += std::to_string(part.size());
    text += ':';
    text += part;
  };
  add(request.headers.Find("Authorization").value_or(""));
  for (const auto& [name, value] : request.headers.fields()) {
    if (EqualsIgnoringCase(name, "Cookie")) add(value);
  }
  add(request.path);
  for (const auto& [name, value] : request.query) {
    add(name);
    add(value);
  }
  return HashOf(HashKind::kSha256, text);
}

void AnswerCache::ForgetUnless(std::uint64_t now) {
  if (at_ == now) return;
  kept_.clear();
  bytes_ = 0;
  at_ = now;
}

std::shared_ptr<const AnswerCache::Kept> AnswerCache::Find(const std::string& key) {
  if (key.empty()) return nullptr;
  const Instant now = clock_.Now();
  const std::scoped_lock lock(mutex_);
  ForgetUnless(changes_());
  const auto found = kept_.find(key);
  if (found == kept_.end() || found->second->until <= now) return nullptr;
  return found->second;
}

void AnswerCache::Keep(const Request& request, std::uint64_t at, Kept kept) {
  const auto* text = std::get_if<std::string>(&kept.response.body);
  if (text == nullptr || request.answer_key.empty()) return;
  kept.until = clock_.Now() + kLongest;
  if (request.caller.valid_until) kept.until = std::min(kept.until, *request.caller.valid_until);
  const std::size_t size = text->size() + 512;
  const std::scoped_lock lock(mutex_);
  ForgetUnless(changes_());
  if (at != at_ || size > kMostBytes / 8) return;
  if (bytes_ + size > kMostBytes) {
    kept_.clear();
    bytes_ = 0;
  }
  const auto [entry, is_new] =
      kept_.insert_or_assign(request.answer_key, std::make_shared<const Kept>(std::move(kept)));
  if (is_new) bytes_ += size;
}

}  // namespace reprise::api
