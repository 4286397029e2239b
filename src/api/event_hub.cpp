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

// An event as streams carry it: rendered once for all of them.
struct EventHub::RenderedEvent {
  domain::TaskEvent event;
  std::string text;
};

// All events behind `from`, up to `to`.
struct EventHub::Fresh {
  std::int64_t from = -1;  // with `to`: none
  std::int64_t to = -2;
  std::vector<RenderedEvent> events;
};

// Whose events somebody may hear, for all streams of theirs. Thread-safe.
class EventHub::Audience {
 public:
  Audience(EventWish::Audience ask, milliseconds recheck)
      : ask_(std::move(ask)), recheck_(recheck) {}

  // Asks anew when the last answer is too old. False when the listener may listen no more.
  bool StillWelcome() {
    const std::scoped_lock lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (!ask_ || now < ask_again_) return true;
    Result<access::Visible> visible = ask_();
    if (!visible) {
      log::Info("events.stream.refused", {{"error", visible.error().Sentence()}});
      return false;
    }
    visible_ = std::move(*visible);
    ask_again_ = now + recheck_;
    return true;
  }
  [[nodiscard]] bool MayHear(const domain::ProjectId& project) {
    const std::scoped_lock lock(mutex_);
    return !visible_ || std::find(visible_->begin(), visible_->end(), project) != visible_->end();
  }

 private:
  const EventWish::Audience ask_;
  const milliseconds recheck_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point ask_again_;
  access::Visible visible_;
};

// One stream. The hub's thread (or, before it knows of the feed, the opener) fills it from
// `cursor_` on; the connection takes from it.
class EventHub::Feed final : public LiveFeed {
 public:
  Feed(const EventWish& wish, std::int64_t cursor, std::shared_ptr<Audience> audience,
       std::function<void()> wake)
      : task_(wish.task), audience_(std::move(audience)), cursor_(cursor), wake_(std::move(wake)) {}

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
  // Takes what is new: from `fresh` where that goes on from here, else one batch from the journal.
  // Called by one thread at a time.
  Fill FillFrom(const jobs::Journal& journal, const Fresh& fresh = {}) {
    {
      const std::scoped_lock lock(mutex_);
      if (ended_) return Fill::kCaughtUp;
      if (pending_.size() >= kMostPending) return Fill::kFull;
    }
    if (!audience_->StillWelcome()) {
      Append({}, true);
      return Fill::kCaughtUp;
    }
    if (fresh.from <= fresh.to && cursor_ >= fresh.from) {
      Hear(fresh.events);
      cursor_ = std::max(cursor_, fresh.to);
      return Fill::kCaughtUp;
    }
    const Result<std::vector<domain::TaskEvent>> events =
        journal.EventsAfter(cursor_, task_, kBatch);
    if (!events) {
      log::Warning("events.read.failed", {{"error", events.error().Sentence()}});
      return Fill::kCaughtUp;
    }
    std::vector<RenderedEvent> rendered;
    for (const domain::TaskEvent& event : *events) {
      rendered.push_back(
          {event, audience_->MayHear(event.project_id) ? RenderEvent(event) : std::string()});
    }
    const bool ended = Hear(rendered);
    return events->size() == kBatch && !ended ? Fill::kMore : Fill::kCaughtUp;
  }

 private:
  // Appends those that are behind the cursor and meant for this listener; whether that was the end.
  bool Hear(const std::vector<RenderedEvent>& events) {
    std::string text;
    bool ended = false;
    for (const RenderedEvent& one : events) {
      if (one.event.seq <= cursor_) continue;
      cursor_ = one.event.seq;
      const bool of_task = !task_ || *task_ == one.event.task_id;
      if (!of_task || !audience_->MayHear(one.event.project_id)) continue;
      text += one.text;
      ended = task_.has_value() && EndsTask(one.event.type);
      if (ended) break;
    }
    Append(text, ended);
    return ended;
  }
  void Append(std::string_view text, bool ended) {
    if (text.empty() && !ended) return;
    const std::scoped_lock lock(mutex_);
    pending_ += text;
    ended_ = ended_ || ended;
    if (wake_) wake_();
  }

  const std::optional<domain::TaskId> task_;
  const std::shared_ptr<Audience> audience_;
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
  auto feed = std::make_shared<Feed>(wish, cursor, AudienceOf(wish), std::move(wake));
  feed->FillFrom(journal_);
  {
    const std::scoped_lock lock(mutex_);
    feeds_.push_back(feed);
  }
  changed_.notify_all();
  return feed;
}

std::shared_ptr<EventHub::Audience> EventHub::AudienceOf(const EventWish& wish) {
  auto fresh = std::make_shared<Audience>(wish.audience, recheck_);
  if (wish.listener.empty()) return fresh;
  const std::scoped_lock lock(mutex_);
  std::erase_if(audiences_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<Audience>& known = audiences_[wish.listener];
  if (auto audience = known.lock()) return audience;
  known = fresh;
  return fresh;
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

milliseconds EventHub::ServeFeeds(const Fresh& fresh) {
  milliseconds wait = kPatience;
  for (const std::shared_ptr<Feed>& feed : LivingFeeds()) {
    const Feed::Fill fill = feed->FillFrom(journal_, fresh);
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
    Fresh fresh;
    if (head < 0) {
      head = FindHead();
    } else {
      fresh = AdvanceHead(head);
      head = std::max(head, fresh.to);
    }
    const milliseconds wait = ServeFeeds(fresh);
    if (wait > milliseconds(0)) journal_.WaitForEvents(head, wait);
  }
}

EventHub::Fresh EventHub::AdvanceHead(std::int64_t head) const {
  Fresh fresh{head, head, {}};
  while (true) {
    const auto events = journal_.EventsAfter(fresh.to, std::nullopt, kBatch);
    if (!events || events->empty()) return fresh;
    fresh.to = events->back().seq;
    // So many that streams had better read them at their own pace.
    if (fresh.events.size() > kBatch) fresh = {fresh.to, fresh.to, {}};
    for (const domain::TaskEvent& event : *events) {
      fresh.events.push_back({event, RenderEvent(event)});
    }
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
