#include "base/clock.hpp"

#include <fmt/format.h>

#include <optional>

namespace reprise {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::microseconds;

namespace {

// Reads a text from its start, a piece at a time; each Take says whether the piece was there.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  [[nodiscard]] bool AtEnd() const { return text_.empty(); }
  [[nodiscard]] bool TakeOneOf(std::string_view characters) {
    if (text_.empty() || characters.find(text_.front()) == std::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }
  // A number of exactly `digits` digits, from `least` to `most`.
  [[nodiscard]] bool TakeNumber(std::size_t digits, int least, int most, int& into) {
    if (text_.size() < digits) return false;
    into = 0;
    for (const char c : text_.substr(0, digits)) {
      if (c < '0' || c > '9') return false;
      into = into * 10 + (c - '0');
    }
    text_.remove_prefix(digits);
    return into >= least && into <= most;
  }
  // What may follow whole seconds: ".25". What is finer than microseconds is dropped.
  [[nodiscard]] bool TakeFraction(microseconds& into) {
    into = microseconds(0);
    if (!TakeOneOf(".")) return true;
    int digit = 0;
    if (!TakeNumber(1, 0, 9, digit)) return false;
    int worth = 100'000;
    do {
      into += microseconds(digit * worth);
      worth /= 10;
    } while (TakeNumber(1, 0, 9, digit));
    return true;
  }

 private:
  std::string_view text_;
};

std::optional<Instant> ScanLocalTime(Scanner& scanner) {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;  // 60 is a leap second
  microseconds fraction{};
  const bool there = scanner.TakeNumber(4, 0, 9999, year) && scanner.TakeOneOf("-") &&
                     scanner.TakeNumber(2, 1, 12, month) && scanner.TakeOneOf("-") &&
                     scanner.TakeNumber(2, 1, 31, day) && scanner.TakeOneOf("Tt ") &&
                     scanner.TakeNumber(2, 0, 23, hour) && scanner.TakeOneOf(":") &&
                     scanner.TakeNumber(2, 0, 59, minute) && scanner.TakeOneOf(":") &&
                     scanner.TakeNumber(2, 0, 60, second) && scanner.TakeFraction(fraction);
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!there || !date.ok()) return std::nullopt;
  return Instant(std::chrono::sys_days(date).time_since_epoch()) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second) + fraction;
}

// "Z" or "+01:30".
std::optional<std::chrono::minutes> ScanOffset(Scanner& scanner) {
  if (scanner.TakeOneOf("Zz")) return std::chrono::minutes(0);
  const bool east = scanner.TakeOneOf("+");
  int hours = 0;
  int minutes = 0;
  if ((!east && !scanner.TakeOneOf("-")) || !scanner.TakeNumber(2, 0, 23, hours) ||
      !scanner.TakeOneOf(":") || !scanner.TakeNumber(2, 0, 59, minutes)) {
    return std::nullopt;
  }
  return std::chrono::minutes((east ? 1 : -1) * (hours * 60 + minutes));
}

}  // namespace

Instant SystemClock::Now() const { return floor<microseconds>(std::chrono::system_clock::now()); }

std::string FormatInstant(Instant when) {
  const auto day = floor<days>(when);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{floor<std::chrono::milliseconds>(when - day)};
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", int{date.year()},
                                 unsigned{date.month()}, unsigned{date.day()}, time.hours().count(),
                                 time.minutes().count(), time.seconds().count());
  if (time.subseconds().count() != 0) text += fmt::format(".{:03}", time.subseconds().count());
  return text + "Z";
}

Result<Instant> ParseInstant(std::string_view text) {
  Scanner scanner(text);
  const std::optional<Instant> local = ScanLocalTime(scanner);
  const std::optional<std::chrono::minutes> offset =
      local ? ScanOffset(scanner) : std::optional<std::chrono::minutes>();
  if (!offset || !scanner.AtEnd()) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not a time", text),
                "write it as 2024-12-11T11:00:00Z");
  }
  return *local - *offset;
}

}  // namespace reprise
