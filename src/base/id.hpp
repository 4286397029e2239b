#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

namespace reprise {

// A string that names one kind of thing and cannot be mistaken for another kind's.
template <class Tag>
struct StrongId {
  std::string value;
  auto operator<=>(const StrongId&) const = default;
  [[nodiscard]] bool empty() const { return value.empty(); }
};

// A new UUID, version 7 (RFC 9562): they sort by the time they were made. Lower case, with hyphens.
[[nodiscard]] std::string NewUuid();
[[nodiscard]] bool IsUuid(std::string_view text);
// `bytes` random bytes of the system, as lower-case hex: tokens, passwords of throwaway roles.
[[nodiscard]] std::string RandomHex(std::size_t bytes);

}  // namespace reprise

template <class Tag>
struct std::hash<reprise::StrongId<Tag>> {
  std::size_t operator()(const reprise::StrongId<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.value);
  }
};
