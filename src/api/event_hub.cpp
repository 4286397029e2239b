#include "api/event_hub.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>

#include "base/json_fields.hpp"
#include "base/log.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr int kBatch = 256;
constexpr std::size_t kMostPending = 256 * 1024;
constexpr milliseconds kPatience{500};  // how long the thread may not look at new streams
constexpr milliseconds kLagPause{100};

}  // namespace

std::string RenderEvent(const domain::TaskEvent& event) {
  json::object data;
  if (Result<json::value> parsed = ParseJson(event.data); parsed && parsed->is_object()) {
    data = std::move(parsed->as_object());
  }
  data["task_id"] = event.task_id.value;
  data["at"] = FormatInstant(event.at);
  return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", event.seq, event.type,
                     json::serialize(data));
}

bool EndsTask(std::string_view event_type) {
  return event_type == "task.completed" || event_type == "task.failed" ||
         event_type == "task.cancelled";
}

// One stream. The hub's thread (or, before it knows of the feed, the opener) fills it from
// `cursor_` on; the connection takes from it.
class EventHub::Feed final : public LiveFeed {
 public:
  Feed(const EventWish& wish, std::int64_t cursor, milliseconds recheck, std::function<void()> wake)
      : task_(wish.task),
        audience_(wish.audience),
        recheck_(recheck),
        cursor_(cursor),
        wake_(std::move(wake)) {}

  [[nodiscard]] Piece Take() override {
    const std::scoped_lock lock(mutex_);
    Piece piece{std::move(pending_), ended_};
    pending_.clear();
    return piece;
  }

  void Close() override {
    const std::scoped_lock lock(mutex_);
    wake_ = nullptr;
    ended_ = true;
  }

  enum class Fill { kCaughtUp, kMore, kFull };
  // Reads one batch from the journal. Called by one thread at a time.
  Fill FillFrom(const jobs::Journal& journal) {
    {
      const std::scoped_lock lock(mutex_);
      if (ended_) return Fill::kCaughtUp;
      if (pending_.size() >= kMostPending) return Fill::kFull;
    }
    if (!StillWelcome()) {
      Append({}, true);
      return Fill::kCaughtUp;
    }
    const Result<std::vector<domain::TaskEvent>> events =
        journal.EventsAfter(cursor_, task_, kBatch);
    if (!events) {
      log::Warning("events.read.failed", {{"error", events.error().Sentence()}});
      return Fill::kCaughtUp;
    }
    std::string text;
    bool ended = false;
    for (const domain::TaskEvent& event : *events) {
      cursor_ = event.seq;
      if (!MayHear(event.project_id)) continue;
      text += RenderEvent(event);
      ended = task_.has_value() && EndsTask(event.type);
      if (ended) break;
    }
    Append(text, ended);
    return events->size() == kBatch && !ended ? Fill::kMore : Fill::kCaughtUp;
  }

 private:
  // Asks anew when the last answer is too old. False when the listener may listen no more.
  bool StillWelcome() {
    const auto now = std::chrono::steady_clock::now();
    if (!audience_ || now < ask_again_) return true;
    Result<access::Visible> visible = audience_();
    if (!visible) {
      log::Info("events.stream.refused", {{"error", visible.error().Sentence()}});
      return false;
    }
    visible_ = std::move(*visible);
    ask_again_ = now + recheck_;
    return true;
  }
  [[nodiscard]] bool MayHear(const domain::ProjectId& project) const {
    return !visible_ || std::find(visible_->begin(), visible_->end(), project) != visible_->end();
  }

  void Append(std::string_view text, bool ended) {
    if (text.empty() && !ended) return;
    const std::scoped_lock lock(mutex_);
    pending_ += text;
    ended_ = ended_ || ended;
    if (wake_) wake_();
  }

  const std::optional<domain::TaskId> task_;
  const EventWish::Audience audience_;
  const milliseconds recheck_;
  std::chrono::steady_clock::time_point ask_again_;
  access::Visible visible_;
  std::int64_t cursor_;  // the last event that was looked at
  std::mutex mutex_;
  std::function<void()> wake_;
  std::string pending_;
  bool ended_ = false;
};

EventHub::EventHub(const jobs::Journal& journal, milliseconds recheck)
    : journal_(journal),
      recheck_(recheck),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

EventHub::~EventHub() = default;

std::shared_ptr<LiveFeed> EventHub::Open(const EventWish& wish, std::function<void()> wake) {
  const std::int64_t cursor = wish.after ? *wish.after : FindHead();
  auto feed = std::make_shared<Feed>(wish, cursor, recheck_, std::move(wake));
  feed->FillFrom(journal_);
  {
    const std::scoped_lock lock(mutex_);
    feeds_.push_back(feed);
  }
  changed_.notify_all();
  return feed;
}

std::vector<std::shared_ptr<EventHub::Feed>> EventHub::LivingFeeds() {
  std::vector<std::shared_ptr<Feed>> living;
  const std::scoped_lock lock(mutex_);
  std::erase_if(feeds_, [](const std::weak_ptr<Feed>& feed) { return feed.expired(); });
  for (const std::weak_ptr<Feed>& feed : feeds_) {
    if (std::shared_ptr<Feed> strong = feed.lock()) living.push_back(std::move(strong));
  }
  return living;
}

milliseconds EventHub::ServeFeeds() {
  milliseconds wait = kPatience;
  for (const std::shared_ptr<Feed>& feed : LivingFeeds()) {
    const Feed::Fill fill = feed->FillFrom(journal_);
    if (fill == Feed::Fill::kMore) wait = milliseconds(0);
    if (fill == Feed::Fill::kFull) wait = std::min(wait, kLagPause);
  }
  return wait;
}

void EventHub::Run(const std::stop_token& stop) {
  std::int64_t head = -1;  // while nobody listens, nobody looks
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      if (feeds_.empty()) head = -1;
      if (!changed_.wait(lock, stop, [&] { return !feeds_.empty(); })) return;
    }
    // Before the feeds are served: what comes meanwhile ends the wait at once.
    head = head < 0 ? FindHead() : AdvanceHead(head);
    const milliseconds wait = ServeFeeds();
    if (wait > milliseconds(0)) journal_.WaitForEvents(head, wait);
  }
}

std::int64_t EventHub::AdvanceHead(std::int64_t head) const {
  while (true) {
    const auto events = journal_.EventsAfter(head, std::nullopt, kBatch);
    if (!events || events->empty()) return head;
    head = events->back().seq;
  }
}

std::int64_t EventHub::FindHead() const {
  const auto any_after = [&](std::int64_t seq) {
    const auto events = journal_.EventsAfter(seq, std::nullopt, 1);
    return events && !events->empty();
  };
  std::int64_t high = 1;
  while (any_after(high)) high *= 2;
  std::int64_t low = 0;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (any_after(middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace reprise::api
