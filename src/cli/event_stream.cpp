#include "cli/event_stream.hpp"

#include <utility>

namespace reprise::cli {

std::vector<StreamEvent> EventStreamParser::Feed(std::string_view bytes) {
  buffer_ += bytes;
  std::vector<StreamEvent> events;
  std::size_t start = 0;
  while (true) {
    const std::size_t end = buffer_.find('\n', start);
    if (end == std::string::npos) break;
    std::string_view line(buffer_.data() + start, end - start);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    TakeLine(line, events);
    start = end + 1;
  }
  buffer_.erase(0, start);
  return events;
}

void EventStreamParser::TakeLine(std::string_view line, std::vector<StreamEvent>& into) {
  if (line.empty()) {
    if (event_.type.empty()) event_.type = "message";
    StreamEvent event = std::exchange(event_, {});
    if (std::exchange(has_data_, false)) into.push_back(std::move(event));
    return;
  }
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  if (name == "id") event_.id = value;
  if (name == "event") event_.type = value;
  if (name == "data") {
    if (has_data_) event_.data += '\n';
    event_.data += value;
    has_data_ = true;
  }
}

}  // namespace reprise::cli
