#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "api/answer_cache.hpp"
#include "api/audit_recorder.hpp"
#include "api/authenticator.hpp"
#include "api/contract.hpp"
#include "api/http_message.hpp"
#include "api/rate_limiter.hpp"
#include "api/rule.hpp"
#include "base/context.hpp"
#include "base/error.hpp"
#include "base/metrics.hpp"

namespace reprise::api {

// Answers one request, on a thread of its own for as long as it takes. A failure becomes a problem
// answer; so does an exception (500).
using Handler = std::function<Result<Response>(const Context& ctx, const Request& request)>;

enum class BodyMode { kWhole, kStreamed };
// Whether a call's row goes into the audit log: when it changes something, or always.
enum class Audit { kChanges, kAlways, kNever };
// Whether calls count for how many somebody may make.
enum class Counted { kYes, kNo };
// Whether a GET is answered from the catalog alone: not from the clock, an engine or a storage.
enum class Source { kCatalog, kMore };
// Whether an answer may take long because all of something is read for it: then it has an hour, on
// threads of their own, so that quick calls do not wait behind slow ones.
enum class Length { kShort, kLong };

struct RouteOptions {
  BodyMode body = BodyMode::kWhole;
  ByteCount most_body = 1 << 20;  // for kWhole
  Audit audit = Audit::kChanges;
  Counted counted = Counted::kYes;
  Source source = Source::kMore;
  Length length = Length::kShort;
};

struct Route {
  std::string method;
  std::string pattern;  // "/api/v1/backups/{id}"
  Rule rule;
  RouteOptions options;
  Handler handler;
  std::vector<std::string> segments;
  const Operation* operation = nullptr;  // what requests are checked against
  bool has_tag = false;                  // its answers have an ETag: the contract says so
  const Route* shows = nullptr;          // of a change: the GET that shows what it changes
};

// Finds the handler of a request, and is the one place that enforces who may call it. Filled before
// the server runs, read-only and thread-safe from then on.
class Router {
 public:
  // `authenticator` and `control` must outlive the router. Without a control only routes can be
  // added whose rule needs none.
  explicit Router(const Authenticator& authenticator,
                  const access::AccessControl* control = nullptr)
      : authenticator_(authenticator), control_(control), gate_(control) {}

  // A segment "{name}" takes any one segment; literal segments win over it. Throws
  // std::logic_error when the rule cannot be enforced: a start with such a route ends at once.
  void Add(std::string_view method, std::string_view pattern, Rule rule, Handler handler,
           RouteOptions options = {});

  // `handler` answers GET, to anybody, at every path that no route takes and that is not the API's.
  void AnswerElsewhere(Handler handler);

  // From now on checks every request against `contract` before its handler runs. kInternal when a
  // route is not described there.
  [[nodiscard]] Status Obey(std::shared_ptr<const Contract> contract);

  // From now on writes calls down. `recorder` must outlive the router.
  void RecordWith(const AuditRecorder& recorder) { recorder_ = &recorder; }

  // From now on counts how long calls take, by route and status. `times` must outlive the router.
  void TimeWith(DurationHistogram& times) { times_ = &times; }

  // From now on refuses callers who call too often: 429. `limiter` must outlive the router.
  void LimitWith(RateLimiter& limiter) { limiter_ = &limiter; }

  // From now on keeps answers that follow from the catalog. `cache` must outlive the router.
  void RememberIn(AnswerCache& cache) { cache_ = &cache; }
  // The answer to a request, if it is known already. Never waits.
  [[nodiscard]] std::shared_ptr<const AnswerCache::Kept> Recall(Request& head) const;

  // The route of a request, whose `params`, `caller` and `visible` are filled in; or the refusal:
  // 401 (also for paths that do not exist), 403, 404, 405 with Allow, 429 with Retry-After. HEAD is
  // answered by GET. May wait for the catalog.
  [[nodiscard]] tl::expected<const Route*, Response> Admit(Request& head) const;
  // Decides on what the body names, holds the request to the contract, and runs the handler.
  [[nodiscard]] Response Handle(const Context& ctx, const Route& route, Request& request) const;

  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

 private:
  [[nodiscard]] tl::expected<const Route*, Response> Find(Request& head) const;
  // Fills in `caller`.
  [[nodiscard]] Status Recognize(Request& head) const;
  // The refusal of one who calls too often, if so.
  [[nodiscard]] std::optional<Response> TooOften(const std::string& caller,
                                                 const Request& head) const;
  [[nodiscard]] Response Recorded(const Context& ctx, const Route& route, Request& request) const;
  [[nodiscard]] Response Respond(const Context& ctx, const Route& route, Request& request) const;
  // What the handler answers; not done (412) unless the thing is as If-Match says, now and once
  // more when the change is written.
  [[nodiscard]] Result<Response> RunIfMatch(const Context& ctx, const Route& route,
                                            const Request& request) const;

  const Authenticator& authenticator_;
  const access::AccessControl* control_;
  Gate gate_;
  std::vector<Route> routes_;
  std::optional<Route> elsewhere_;
  std::shared_ptr<const Contract> contract_;
  const AuditRecorder* recorder_ = nullptr;
  DurationHistogram* times_ = nullptr;
  RateLimiter* limiter_ = nullptr;
  AnswerCache* cache_ = nullptr;
};

}  // namespace reprise::api
