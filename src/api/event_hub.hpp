#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "access/access_control.hpp"
#include "api/http_message.hpp"
#include "jobs/journal.hpp"

namespace reprise::api {

// What a live stream wants to hear.
struct EventWish {
  std::optional<domain::TaskId> task;  // of one task; nullopt: of all
  std::optional<std::int64_t> after;   // replay from behind this event; nullopt: from now on
  // Whose events the listener may hear. Asked at the begin and again and again while the stream
  // runs; a failure ends the stream. Empty: everybody's.
  using Audience = std::function<Result<access::Visible>()>;
  Audience audience = {};
  // Stands for what `audience` asks about: streams with the same one are asked for together. Empty:
  // alone.
  std::string listener = {};
};

// Fans the journal's events out to any number of live streams (`text/event-stream`), with one
// thread for all. A stream that does not keep up is not fed further until it has room again, and
// then from the journal: memory per stream is bounded and no event is lost. The stream of one task
// ends after the event that ends the task. Thread-safe; outlives its streams.
class EventHub {
 public:
  // `recheck` is how long an audience is believed: less than the heartbeat of the streams.
  explicit EventHub(const jobs::Journal& journal,
                    std::chrono::milliseconds recheck = std::chrono::seconds(10));
  ~EventHub();
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  // Begins a stream; the replay's first part is there when this returns.
  [[nodiscard]] std::shared_ptr<LiveFeed> Open(const EventWish& wish, std::function<void()> wake);
  [[nodiscard]] std::size_t OpenStreams() { return LivingFeeds().size(); }

 private:
  class Audience;
  class Feed;
  struct RenderedEvent;
  struct Fresh;

  void Run(const std::stop_token& stop);
  // One round over all feeds, with what has come; says how long the thread may then wait for new
  // events.
  std::chrono::milliseconds ServeFeeds(const Fresh& fresh);
  [[nodiscard]] std::shared_ptr<Audience> AudienceOf(const EventWish& wish);
  [[nodiscard]] std::vector<std::shared_ptr<Feed>> LivingFeeds();
  // The newest event's number, found without reading the events.
  [[nodiscard]] std::int64_t FindHead() const;
  // What has come behind `head`.
  [[nodiscard]] Fresh AdvanceHead(std::int64_t head) const;

  const jobs::Journal& journal_;
  const std::chrono::milliseconds recheck_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::weak_ptr<Feed>> feeds_;
  std::map<std::string, std::weak_ptr<Audience>> audiences_;  // by listener
  std::jthread thread_;                                       // last: stops before the rest goes
};

// "id: 7\nevent: task.progress\ndata: {…}\n\n"; `task_id` and `at` are added to the data.
[[nodiscard]] std::string RenderEvent(const domain::TaskEvent& event);
// Whether a task's stream ends with this event.
[[nodiscard]] bool EndsTask(std::string_view event_type);

}  // namespace reprise::api
