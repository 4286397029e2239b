#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.hpp"
#include "base/context.hpp"
#include "base/error.hpp"
#include "cli/client.hpp"
#include "cli/progress_display.hpp"
#include "cli/terminal.hpp"

namespace reprise::cli {

// What every command works with.
struct Session {
  Context ctx;
  ApiClient& client;
  Terminal& terminal;
  const Clock& clock;
  bool json = false;
  std::string url = {};          // of the server
  std::string credentials = {};  // the file in which "login" keeps tokens
  std::string ca_file = {};      // of the server's certificate; empty: the system's

  [[nodiscard]] ProgressDisplay::Noise noise() const {
    return json ? ProgressDisplay::Noise::kQuiet : ProgressDisplay::Noise::kShow;
  }
  // Prints an answer as it came.
  void PrintJson(const boost::json::value& value) const;
  // Prints a list in the shape of the API's lists, as one page.
  void PrintList(boost::json::array items) const;
  // "3 h ago" for a member that holds a time; "" without.
  [[nodiscard]] std::string AgeOf(const boost::json::object& object, std::string_view name) const;
};

// Stops a context at Ctrl-C (SIGINT, SIGTERM) while it lives, instead of ending the program. Made
// before the threads that it is to cover, by the main thread.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

 private:
  struct OldMask;
  std::unique_ptr<OldMask> old_mask_;
  std::stop_source stop_;
  std::jthread thread_;
};

// All pages of a list, as one array. `path` has no page parameters yet.
[[nodiscard]] Result<boost::json::array> FetchAll(const Session& session, const std::string& path,
                                                  QueryPairs query = {});
// The same, of one environment (its id or unique name; empty: of all that one may see).
[[nodiscard]] Result<boost::json::array> FetchAllOf(const Session& session, const std::string& path,
                                                    const std::string& environment);
// The id of the environment or backup with this id or unique name.
[[nodiscard]] Result<std::string> ResolveEnvironment(const Session& session,
                                                     const std::string& text);
[[nodiscard]] Result<std::string> ResolveBackup(const Session& session, const std::string& text);

// Asks a person to type `word`. kConfirmationMissing when something else comes, or nobody is there.
[[nodiscard]] Status AskToType(const Session& session, std::string_view question,
                               std::string_view word);

}  // namespace reprise::cli
