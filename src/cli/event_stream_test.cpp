#include "cli/event_stream.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace reprise::cli {
namespace {

constexpr std::string_view kStream =
    ": heartbeat\n\nid: 7\nevent: task.progress\ndata: {\"a\":1}\n\n"
    "id:8\r\ndata:one\r\ndata: two\r\n\r\nevent: empty\n\nretry: 5\ndata\n\n";

std::vector<StreamEvent> FeedInPieces(const std::vector<std::size_t>& cuts) {
  EventStreamParser parser;
  std::vector<StreamEvent> all;
  std::size_t at = 0;
  const auto feed = [&](std::size_t to) {
    for (StreamEvent& event : parser.Feed(kStream.substr(at, to - at))) {
      all.push_back(std::move(event));
    }
    at = to;
  };
  for (const std::size_t cut : cuts) feed(std::max(at, cut % kStream.size()));
  feed(kStream.size());
  return all;
}

TEST(EventStreamParser, ReadsEventsAndSkipsTheRest) {
  const std::vector<StreamEvent> events = FeedInPieces({});
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].id, "7");
  EXPECT_EQ(events[0].type, "task.progress");
  EXPECT_EQ(events[0].data, "{\"a\":1}");
  EXPECT_EQ(events[1].id, "8");
  EXPECT_EQ(events[1].type, "message");
  EXPECT_EQ(events[1].data, "one\ntwo");
  EXPECT_EQ(events[2].data, "");
}

RC_GTEST_PROP(EventStreamParser, DoesNotCareHowBytesAreCut,
              (const std::vector<std::size_t>& cuts)) {
  std::vector<std::size_t> sorted;
  sorted.reserve(cuts.size());
  for (const std::size_t cut : cuts) sorted.push_back(cut % kStream.size());
  std::sort(sorted.begin(), sorted.end());
  const std::vector<StreamEvent> whole = FeedInPieces({});
  const std::vector<StreamEvent> pieces = FeedInPieces(sorted);
  RC_ASSERT(whole.size() == pieces.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    RC_ASSERT(whole[i].id == pieces[i].id);
    RC_ASSERT(whole[i].type == pieces[i].type);
    RC_ASSERT(whole[i].data == pieces[i].data);
  }
}

}  // namespace
}  // namespace reprise::cli
