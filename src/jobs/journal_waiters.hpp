#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "jobs/journal.hpp"

namespace reprise::jobs {

// Wakes who waits in this process, for what this one wrote or others announced. An announcement may
// be lost with a connection, so those who wait also look by themselves every second.
struct Journal::Waiters {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::int64_t newest_seq = 0;  // that we know of
  std::uint64_t asked = 0;
};

}  // namespace reprise::jobs
