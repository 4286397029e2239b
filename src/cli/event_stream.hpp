#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::cli {

struct StreamEvent {
  std::string id;
  std::string type;  // "message" when the stream does not say
  std::string data;
};

// Takes a `text/event-stream` apart, however its bytes are cut. Comments are dropped.
class EventStreamParser {
 public:
  // The events that are complete with these bytes.
  [[nodiscard]] std::vector<StreamEvent> Feed(std::string_view bytes);

 private:
  void TakeLine(std::string_view line, std::vector<StreamEvent>& into);

  std::string buffer_;
  StreamEvent event_;
  bool has_data_ = false;
};

}  // namespace reprise::cli
