// The streams of every node get every event, whichever node wrote it.

#include <gtest/gtest.h>

#include <regex>
#include <thread>

#include "api/event_hub.hpp"
#include "jobs/testing/journal_bench.hpp"

namespace reprise::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The numbers of the events that a stream has told, in its order.
class Listener {
 public:
  explicit Listener(EventHub& hub) : feed_(hub.Open({.task = std::nullopt, .after = 0}, [] {})) {}
  ~Listener() { feed_->Close(); }
  // Takes until it has `count`, or nothing new came for long.
  std::vector<std::int64_t> TakeUntil(std::size_t count) {
    for (int idle = 0; seqs_.size() < count && idle < 400;) {
      const LiveFeed::Piece piece = feed_->Take();
      idle = piece.text.empty() ? idle + 1 : 0;
      Note(piece.text);
      if (piece.text.empty()) std::this_thread::sleep_for(milliseconds(25));
    }
    return seqs_;
  }

 private:
  void Note(const std::string& text) {
    static const std::regex kId("id: ([0-9]+)\n");
    for (std::sregex_iterator it(text.begin(), text.end(), kId); it != std::sregex_iterator();
         ++it) {
      seqs_.push_back(std::stoll((*it)[1]));
    }
  }
  std::vector<std::int64_t> seqs_;
  std::shared_ptr<LiveFeed> feed_;
};

TEST(EventHubs, OfTwoNodesTellEveryEventOnceAndInOrder) {
  if (!catalog::testing::PostgresServer::IsInstalled()) {
    GTEST_SKIP() << "PostgreSQL is not installed, and many nodes need it: "
                    "apt-get install postgresql";
  }
  jobs::testing::JournalBench bench(catalog::testing::CatalogKind::kPostgres);
  const auto other_database = bench.catalog().OpenAnother();
  jobs::Journal other(*other_database, bench.clock());
  EventHub first_hub(bench.journal());
  EventHub second_hub(other);
  Listener first(first_hub);
  Listener second(second_hub);

  constexpr int kWriters = 4;
  constexpr int kEach = 50;
  {
    std::vector<std::jthread> writers;
    writers.reserve(kWriters);
    for (int i = 0; i < kWriters; ++i) {
      writers.emplace_back([&, i] {
        jobs::Journal& journal = i % 2 == 0 ? bench.journal() : other;
        ASSERT_TRUE(journal.Submit(bench.NewTaskOf()));
        const jobs::Claim claim = jobs::testing::JournalBench::AwaitClaim(
            journal, "w" + std::to_string(i), seconds(3000));
        for (int n = 0; n < kEach; ++n) {
          ASSERT_TRUE(journal.AppendEvent(claim, "task.log", {{"line", "x"}}));
        }
      });
    }
  }
  std::vector<std::int64_t> all;
  for (const domain::TaskEvent& event : bench.Events()) all.push_back(event.seq);
  ASSERT_EQ(all.size(), std::size_t{kWriters * (kEach + 2)});
  EXPECT_EQ(first.TakeUntil(all.size()), all);
  EXPECT_EQ(second.TakeUntil(all.size()), all);
}

}  // namespace
}  // namespace reprise::api
