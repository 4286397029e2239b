#include "storage/recovery_sheet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/hash.hpp"
#include "base/hex.hpp"
#include "base/id.hpp"

namespace reprise::storage {
namespace {

constexpr std::size_t kLineDigits = 32;
constexpr std::size_t kLinesOfAKey = 2 * kArchiveKeyBytes / kLineDigits;
constexpr std::string_view kCheck = "check";

// Finds a digit that was typed wrong; it says nothing about who wrote the line.
std::string CheckOf(std::string_view id, std::size_t line, std::string_view digits) {
  return HashOf(HashKind::kSha256, fmt::format("{}/{}/{}", id, line, digits)).substr(0, 4);
}

std::vector<std::string> WordsOf(std::string_view line) {
  std::vector<std::string> words(1);
  for (const char c : line) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

tl::unexpected<Error> WrongLine(std::size_t number, std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("line {} of the recovery sheet {}", number, why),
              "compare it with the sheet as it was printed");
}

class SheetReader {
 public:
  Status Take(std::string_view line) {
    ++line_;
    const std::vector<std::string> words = WordsOf(line);
    if (words.empty()) return {};
    if (words.front() == "key" && words.size() == 4 && words[2] == "made") return Begin(words);
    const bool has_digits = words.size() > 2 && words[words.size() - 2] == kCheck;
    return has_digits && !keys_.empty() ? AddDigits(words) : Status();
  }

  Result<std::vector<ArchiveKey>> Finish() {
    if (!keys_.empty() && !IsComplete()) return WrongLine(line_, "ends within a key");
    if (!keys_.empty()) return std::move(keys_);
    return Fail(ErrorCode::kInvalidArgument, "there is no key in the recovery sheet",
                "give the file that \"reprise keys recovery-sheet\" has written");
  }

 private:
  [[nodiscard]] bool IsComplete() const { return lines_ == kLinesOfAKey; }

  Status Begin(const std::vector<std::string>& words) {
    if (!keys_.empty() && !IsComplete()) return WrongLine(line_, "begins a key within another one");
    std::string when = words[3];
    std::transform(when.begin(), when.end(), when.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    const auto made = ParseInstant(when);
    if (!IsUuid(words[1]) || !made) return WrongLine(line_, "is no beginning of a key");
    keys_.push_back({words[1], {}, *made});
    lines_ = 0;
    return {};
  }

  Status AddDigits(const std::vector<std::string>& words) {
    ArchiveKey& key = keys_.back();
    if (IsComplete()) return WrongLine(line_, "has more digits than a key");
    std::string digits;
    for (std::size_t i = 0; i + 2 < words.size(); ++i) digits += words[i];
    const std::string bytes = FromHex(digits);
    if (digits.size() != kLineDigits || bytes.empty() ||
        words.back() != CheckOf(key.id, lines_, digits)) {
      return WrongLine(line_, "has a wrong digit");
    }
    key.secret += bytes;
    ++lines_;
    return {};
  }

  std::vector<ArchiveKey> keys_;
  std::size_t lines_ = 0;  // of the last key
  std::size_t line_ = 0;   // of the sheet
};

void AddKey(const ArchiveKey& key, std::string& text) {
  text += fmt::format("\nkey {}  made {}\n", key.id, FormatInstant(key.created_at));
  const std::string digits = ToHex(key.secret);
  for (std::size_t line = 0; line * kLineDigits < digits.size(); ++line) {
    const std::string part = digits.substr(line * kLineDigits, kLineDigits);
    for (std::size_t at = 0; at < part.size(); at += 4) {
      text += fmt::format("{}{}", at == 0 ? "  " : " ", part.substr(at, 4));
    }
    text += fmt::format("  {} {}\n", kCheck, CheckOf(key.id, line, part));
  }
}

}  // namespace

std::string WriteRecoverySheet(const RecoverySheet& sheet) {
  std::string text = fmt::format(
      "REPRISE RECOVERY SHEET\n"
      "organization: {}\n"
      "made: {}\n"
      "\n"
      "Whoever has this sheet can read every archive that is sealed with one of these keys.\n"
      "Keep it offline, apart from the archives. A key made later is not on it: take a new\n"
      "sheet after each rotation.\n"
      "\n"
      "To decrypt an archive as it lies in the storage, without any server:\n"
      "    reprise decrypt FILE --key-file THIS-SHEET --output backup.zip\n",
      sheet.organization, FormatInstant(sheet.made_at));
  for (const ArchiveKey& key : sheet.keys) AddKey(key, text);
  return text;
}

Result<std::vector<ArchiveKey>> ReadRecoverySheet(std::string_view text) {
  SheetReader reader;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    RETURN_IF_ERROR(reader.Take(text.substr(0, end)));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return reader.Finish();
}

}  // namespace reprise::storage
