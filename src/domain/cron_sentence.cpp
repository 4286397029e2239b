#include <fmt/format.h>

#include <array>
#include <vector>

#include "domain/cron_expression.hpp"

namespace reprise::domain {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 13> kMonths = {
    "",     "January", "February",  "March",   "April",    "May",     "June",
    "July", "August",  "September", "October", "November", "December"};
constexpr std::size_t kMostTimes = 6;

std::vector<int> ValuesOf(const CronField& field) {
  std::vector<int> values;
  for (std::size_t i = 0; i < field.values.size(); ++i) {
    if (field.values.test(i)) values.push_back(static_cast<int>(i));
  }
  return values;
}

// "1", "1 and 2", "1, 2 and 3"
template <class T>
std::string Join(const std::vector<T>& items) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += i + 1 == items.size() ? " and " : ", ";
    text += fmt::format("{}", items[i]);
  }
  return text;
}

// The step of "*/step"; 0 when the field is not just that.
int StepOf(const CronField& field, int size) {
  const std::vector<int> values = ValuesOf(field);
  if (!field.starts_with_star || values.size() < 2 || values[0] != 0) return 0;
  const int step = values[1];
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] != static_cast<int>(i) * step) return 0;
  }
  return values.back() + step >= size ? step : 0;
}

// Of three or more that follow each other, the ends.
bool IsRun(const std::vector<int>& values) {
  return values.size() >= 3 &&
         values.back() - values.front() == static_cast<int>(values.size()) - 1;
}

template <class Names>
std::string NamesOf(const std::vector<int>& values, const Names& names, std::string_view one,
                    std::string_view run) {
  const auto name = [&](int value) {
    return std::string(names.at(static_cast<std::size_t>(value)));
  };
  if (IsRun(values)) {
    return fmt::format("{} {} to {}", run, name(values.front()), name(values.back()));
  }
  std::vector<std::string> words;
  words.reserve(values.size());
  for (const int value : values) words.push_back(name(value));
  return fmt::format("{} {}", one, Join(words));
}

}  // namespace

std::string CronExpression::TimePart() const {
  const std::vector<int> minutes = ValuesOf(minute_);
  const std::vector<int> hours = ValuesOf(hour_);
  const std::string at_minutes =
      fmt::format("{} {}", minutes.size() == 1 ? "minute" : "minutes", Join(minutes));
  if (minute_.is_every && hour_.is_every) return "every minute";
  if (const int step = StepOf(minute_, 60); step > 1 && hour_.is_every) {
    return fmt::format("every {} minutes", step);
  }
  if (hour_.is_every) {
    return minutes == std::vector<int>{0} ? "every hour, on the hour"
                                          : fmt::format("at {} of every hour", at_minutes);
  }
  if (const int step = StepOf(hour_, 24); step > 1 && minutes.size() == 1) {
    return minutes[0] == 0 ? fmt::format("every {} hours, on the hour", step)
                           : fmt::format("every {} hours, at {}", step, at_minutes);
  }
  if (minutes.size() * hours.size() <= kMostTimes) {
    std::vector<std::string> times;
    for (const int hour : hours) {
      for (const int minute : minutes) times.push_back(fmt::format("{:02}:{:02}", hour, minute));
    }
    return "at " + Join(times);
  }
  const std::string of_hours =
      IsRun(hours) ? fmt::format("from {:02}:00 to {:02}:59", hours.front(), hours.back())
                   : fmt::format("in the hours {}", Join(hours));
  if (minute_.is_every) return "every minute " + of_hours;
  if (const int step = StepOf(minute_, 60); step > 1) {
    return fmt::format("every {} minutes {}", step, of_hours);
  }
  return fmt::format("at {} of each hour {}", at_minutes, of_hours);
}

std::string CronExpression::DayPart() const {
  const std::vector<int> days = ValuesOf(day_);
  std::string by_day =
      fmt::format("on {} {} of the month", days.size() == 1 ? "day" : "days", Join(days));
  std::string by_weekday = NamesOf(ValuesOf(weekday_), kWeekdays, "on", "from");
  if (day_.is_every && weekday_.is_every) return {};
  if (weekday_.is_every && weekday_.starts_with_star) return by_day;
  if (day_.is_every && day_.starts_with_star) return by_weekday;
  const bool either = !day_.starts_with_star && !weekday_.starts_with_star;
  return fmt::format("{} {} {}", by_day, either ? "or" : "where that is", by_weekday);
}

std::string CronExpression::Sentence() const {
  const std::string time = TimePart();
  const std::string day = DayPart();
  std::string sentence = time;
  if (!day.empty()) {
    sentence += ", " + day;
  } else if (time.starts_with("at ") && !hour_.is_every) {
    sentence += " every day";
  }
  if (!month_.is_every) sentence += ", " + NamesOf(ValuesOf(month_), kMonths, "in", "from");
  sentence.front() = static_cast<char>(sentence.front() - 'a' + 'A');
  return sentence + ".";
}

}  // namespace reprise::domain
