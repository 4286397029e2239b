#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace reprise::archive {

// What the first bytes of something are.
enum class Content { kZip, kCustomDump, kSql, kGzip, kZstd, kUnknown };

// How many first bytes Sniff wants to see, when there are as many.
inline constexpr std::size_t kSniffBytes = 16 * 1024;

[[nodiscard]] Content Sniff(std::string_view first);

// What `first` seems to be, for the message that refuses it: "a tar archive", "text, but not SQL".
[[nodiscard]] std::string_view DescribeUnknown(std::string_view first);

}  // namespace reprise::archive
