#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "api/http_message.hpp"
#include "base/clock.hpp"

namespace reprise::api {

struct Route;

// Answers that follow from the catalog alone, kept for as long as nothing in it changes: whoever
// shows the same token again and asks the same gets the same, without a query. A change of any kind
// forgets them all before the call that makes it is answered, so what is taken away counts from the
// next call on, as it does without this. Only for a catalog that no other process writes to.
// Thread-safe.
class AnswerCache {
 public:
  static constexpr std::chrono::seconds kLongest{10};  // "last used" of a token is to be written
  static constexpr std::size_t kMostBytes = 32 << 20;

  // `changes` tells a number that grows with every change. Both must outlive it.
  AnswerCache(std::function<std::uint64_t()> changes, const Clock& clock)
      : changes_(std::move(changes)), clock_(clock) {}

  struct Kept {
    const Route* route = nullptr;
    std::string caller;  // as calls are counted
    Response response;   // its body is text
    Instant until;
  };
  // What stands for a request as it came; empty where its answer is never kept. A digest: no token
  // or cookie can be read from it.
  [[nodiscard]] static std::string KeyOf(const Request& request);
  // The answer to a request, if it is known.
  [[nodiscard]] std::shared_ptr<const Kept> Find(const std::string& key);

  // To be read before anything is looked up for a call.
  [[nodiscard]] std::uint64_t changes() const { return changes_(); }
  // Keeps what was answered to `request`, whose `answer_key` is set, at that number.
  void Keep(const Request& request, std::uint64_t at, Kept kept);

 private:
  void ForgetUnless(std::uint64_t now);

  const std::function<std::uint64_t()> changes_;
  const Clock& clock_;
  std::mutex mutex_;
  std::uint64_t at_ = 0;  // the number at which everything here was read
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, std::shared_ptr<const Kept>> kept_;  // by a digest of the request
};

}  // namespace reprise::api
