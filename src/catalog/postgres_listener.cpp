#include "catalog/postgres_listener.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/context.hpp"
#include "base/log.hpp"
#include "catalog/postgres_connection.hpp"

namespace reprise::catalog {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBetweenTries{1000};
// A connection over which nothing comes is asked now and then whether it is still there.
constexpr milliseconds kBetweenChecks{15'000};

}  // namespace

class PostgresListener::Ear final : public Subscription {
 public:
  Ear(PostgresListener& listener, Database::Heard heard)
      : listener_(listener), heard_(std::move(heard)) {}
  ~Ear() override {
    const std::scoped_lock lock(listener_.mutex_);
    std::erase(listener_.ears_, this);
  }
  void Tell(std::string_view message) const { heard_(message); }

 private:
  PostgresListener& listener_;
  Database::Heard heard_;
};

PostgresListener::PostgresListener(std::string url, std::string own)
    : url_(std::move(url)),
      own_(std::move(own)),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

PostgresListener::~PostgresListener() {
  thread_.request_stop();
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto woken = ::write(wake_fd_, &one, sizeof one);
  thread_.join();
  ::close(wake_fd_);
}

std::unique_ptr<Subscription> PostgresListener::Subscribe(const Database::Heard& heard) {
  auto ear = std::make_unique<Ear>(*this, heard);
  const std::scoped_lock lock(mutex_);
  ears_.push_back(ear.get());
  return ear;
}

void PostgresListener::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const Status lost = Listen(stop);
    if (stop.stop_requested()) return;
    if (!lost) log::Warning("catalog.listen.failed", {{"error", lost.error().Sentence()}});
    static_cast<void>(Context(stop).Sleep(kBetweenTries));
  }
}

Status PostgresListener::Listen(const std::stop_token& stop) {
  ASSIGN_OR_RETURN(const auto connection, PostgresConnection::Open(url_));
  RETURN_IF_ERROR(connection->Run(fmt::format("LISTEN {}", kChannel)));
  Tell("");  // what was announced while nobody listened
  while (!stop.stop_requested()) {
    ASSIGN_OR_RETURN(const auto message, connection->AwaitNotice(kBetweenChecks, wake_fd_));
    if (message) {
      Tell(*message);
    } else if (!stop.stop_requested()) {
      RETURN_IF_ERROR(connection->Run("SELECT 1"));
    }
  }
  return {};
}

void PostgresListener::Tell(std::string_view message) {
  if (message.starts_with(own_) && message.substr(own_.size()).starts_with(' ')) return;
  const std::size_t space = message.find(' ');
  const std::string_view text =
      space == std::string_view::npos ? std::string_view() : message.substr(space + 1);
  const std::scoped_lock lock(mutex_);
  for (const Ear* ear : ears_) ear->Tell(text);
}

}  // namespace reprise::catalog
