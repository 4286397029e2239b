#include "base/log.hpp"

#include <unistd.h>

#include <atomic>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/clock.hpp"

namespace reprise::log {
namespace {

std::atomic<Level> least{Level::kInfo};  // process-wide by nature: one standard error

constexpr std::string_view NameOfLevel(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "error";
}

}  // namespace

void SetLevel(Level level) { least = level; }

void Write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (level < least.load()) return;
  boost::json::object line;
  line["time"] = FormatInstant(SystemClock().Now());
  line["level"] = NameOfLevel(level);
  line["event"] = event;
  for (const Field& field : fields) line[field.key] = field.value;
  const std::string text = boost::json::serialize(line) + "\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace reprise::log
