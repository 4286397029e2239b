#pragma once

#include <string_view>

#include "base/error.hpp"
#include "base/stream.hpp"

namespace reprise::testing {

// Which part of the world a call goes to.
enum class World { kEngine, kStorage, kCatalog };

// Decides what becomes of each call to the world. The fault-injecting decorators of Engine,
// ObjectStore and Database ask it before a call (its failure: the call is not made) and after one
// (its failure: the call was made, but nobody hears of it). Thread-safe.
class Fate {
 public:
  virtual ~Fate() = default;
  [[nodiscard]] virtual Status Before(World world, std::string_view call) = 0;
  [[nodiscard]] virtual Status After(World world, std::string_view call) = 0;
  // Bytes that were read from storage; may be altered on their way.
  virtual void Carry(ByteSpan /*bytes*/) {}
};

// Makes a call as far as fate lets it: `call` is a function that gives a Status or a Result.
template <class Call>
auto Fated(Fate& fate, World world, std::string_view name, Call call) -> decltype(call()) {
  if (Status before = fate.Before(world, name); !before) return Fail(before.error());
  auto answer = call();
  if (Status after = fate.After(world, name); !after) return Fail(after.error());
  return answer;
}

}  // namespace reprise::testing
