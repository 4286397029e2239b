#include "domain/cron_expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>
#include <vector>

namespace reprise::domain {
namespace {

struct FieldRule {
  std::string_view name;
  int first;
  int last;
  std::string_view names;  // three letters each, from `first` on
};

constexpr FieldRule kMinute = {"minute", 0, 59, ""};
constexpr FieldRule kHour = {"hour", 0, 23, ""};
constexpr FieldRule kDay = {"day of the month", 1, 31, ""};
constexpr FieldRule kMonth = {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"};
constexpr FieldRule kWeekday = {"day of the week", 0, 7, "sunmontuewedthufrisat"};
constexpr int kSunday = 7;  // also 0
constexpr std::size_t kLongest = 256;

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNicknames = {{
    {"@hourly", "0 * * * *"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"},
    {"@yearly", "0 0 1 1 *"},
}};

tl::unexpected<Error> Refuse(std::string message) {
  Error error{ErrorCode::kInvalidArgument, std::move(message),
              "five fields: minute, hour, day of the month, month, day of the week; "
              "\"30 2 * * *\" is every day at 02:30"};
  error.field = "/cron";
  return Fail(std::move(error));
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

// A number of the field, or one of its names.
Result<int> ReadValue(const FieldRule& rule, std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = !text.empty() && error == std::errc() && end == text.data() + text.size();
  if (!is_number) {
    const std::string name = Lower(text);
    const std::size_t at = name.size() == 3 ? rule.names.find(name) : std::string_view::npos;
    if (at == std::string_view::npos || at % 3 != 0) {
      return Refuse(fmt::format("the {} \"{}\" is not understood", rule.name, text));
    }
    value = rule.first + static_cast<int>(at / 3);
  }
  if (value >= rule.first && value <= rule.last) return value;
  return Refuse(fmt::format("the {} must be between {} and {}, not {}", rule.name, rule.first,
                            rule.last, text));
}

// One entry of a field's list: "*", "5", "1-5", each also with "/step".
Status ReadEntry(const FieldRule& rule, std::string_view text, CronField& into) {
  const std::size_t slash = text.find('/');
  const std::string_view range = text.substr(0, slash);
  int from = rule.first;
  int to = rule.last;
  int step = 1;
  if (range != "*") {
    const std::size_t dash = range.find('-');
    ASSIGN_OR_RETURN(from, ReadValue(rule, range.substr(0, dash)));
    if (dash != std::string_view::npos) {
      ASSIGN_OR_RETURN(to, ReadValue(rule, range.substr(dash + 1)));
    } else if (slash == std::string_view::npos) {
      to = from;
    }
    if (to < from) {
      return Refuse(fmt::format("the {} \"{}\" runs backwards", rule.name, text));
    }
  } else if (&rule == &kWeekday) {
    to = kSunday - 1;
  }
  if (slash != std::string_view::npos) {
    const std::string_view told = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(told.data(), told.data() + told.size(), step);
    if (told.empty() || error != std::errc() || end != told.data() + told.size() || step < 1 ||
        step > rule.last) {
      return Refuse(fmt::format("the step of the {} \"{}\" must be a number between 1 and {}",
                                rule.name, text, rule.last));
    }
  }
  for (int value = from; value <= to; value += step) {
    into.values.set(static_cast<std::size_t>(&rule == &kWeekday ? value % kSunday : value));
  }
  return {};
}

Result<CronField> ReadField(const FieldRule& rule, std::string_view text) {
  CronField field;
  field.starts_with_star = text.starts_with('*');
  for (const std::string_view entry : Split(text, ',')) {
    RETURN_IF_ERROR(ReadEntry(rule, entry, field));
  }
  const int last = &rule == &kWeekday ? kSunday - 1 : rule.last;
  field.is_every = std::cmp_equal(field.values.count(), last - rule.first + 1);
  return field;
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  for (const std::string_view word : Split(text, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

}  // namespace

Result<CronExpression> CronExpression::Parse(std::string_view text) {
  if (text.size() > kLongest) return Refuse("the cron expression is too long");
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '\t', ' ');
  std::string_view meant = spaced;
  const std::vector<std::string_view> told = Words(spaced);
  if (told.size() == 1 && told[0].starts_with('@')) {
    const std::string name = Lower(told[0]);
    const auto* known = std::find_if(kNicknames.begin(), kNicknames.end(),
                                     [&](const auto& one) { return one.first == name; });
    if (known == kNicknames.end()) {
      return Refuse(fmt::format("\"{}\" is not understood", told[0]));
    }
    meant = known->second;
  }
  const std::vector<std::string_view> fields = Words(meant);
  if (fields.size() != 5) {
    return Refuse(fmt::format("a cron expression has 5 fields, not {}", fields.size()));
  }
  CronExpression cron;
  cron.text_ = fmt::format("{}", fmt::join(told, " "));
  ASSIGN_OR_RETURN(cron.minute_, ReadField(kMinute, fields[0]));
  ASSIGN_OR_RETURN(cron.hour_, ReadField(kHour, fields[1]));
  ASSIGN_OR_RETURN(cron.day_, ReadField(kDay, fields[2]));
  ASSIGN_OR_RETURN(cron.month_, ReadField(kMonth, fields[3]));
  ASSIGN_OR_RETURN(cron.weekday_, ReadField(kWeekday, fields[4]));
  if (!cron.NextAfter(Instant{}, TimeZone::Utc())) {
    return Refuse(fmt::format("\"{}\" names a day that never comes", cron.text_));
  }
  return cron;
}

}  // namespace reprise::domain
