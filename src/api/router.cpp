#include "api/router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <set>
#include <stdexcept>

#include "api/entity_tag.hpp"
#include "api/http_text.hpp"
#include "api/problem.hpp"
#include "api/request_check.hpp"
#include "base/log.hpp"

namespace reprise::api {
namespace {

std::vector<std::string> SplitPath(std::string_view path) {
  std::vector<std::string> segments;
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    segments.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool IsPlaceholder(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool Matches(const Route& route, const std::vector<std::string>& segments) {
  return std::equal(route.segments.begin(), route.segments.end(), segments.begin(), segments.end(),
                    [](const std::string& pattern, const std::string& segment) {
                      return IsPlaceholder(pattern) ? !segment.empty() : pattern == segment;
                    });
}

// Of two routes that match: whether `a` is literal where they first differ.
bool MoreSpecific(const Route& a, const Route& b) {
  for (std::size_t i = 0; i < a.segments.size(); ++i) {
    const bool open_a = IsPlaceholder(a.segments[i]);
    const bool open_b = IsPlaceholder(b.segments[i]);
    if (open_a != open_b) return open_b;
  }
  return false;
}

bool SameShape(const Route& a, const Route& b) {
  return !MoreSpecific(a, b) && !MoreSpecific(b, a);
}

void FillParams(const Route& route, const std::vector<std::string>& segments, Request& request) {
  // The route of everything else has no segments to fill.
  for (std::size_t i = 0; i < route.segments.size(); ++i) {
    const std::string& pattern = route.segments[i];
    if (IsPlaceholder(pattern)) {
      request.params[pattern.substr(1, pattern.size() - 2)] = segments[i];
    }
  }
}

Response MethodNotAllowed(const std::set<std::string>& allowed, const Request& request) {
  const std::string list = fmt::format("{}", fmt::join(allowed, ", "));
  Response response = ProblemResponse(
      HttpFault{HttpCode::kMethodNotAllowed,
                fmt::format("{} takes {}, not {}", request.path, list, request.method)},
      request.request_id);
  response.headers.emplace_back("Allow", list);
  return response;
}

// Whom calls are counted for: a person with all tokens and sessions, or an address.
std::string CounterOf(const Request& head) {
  const access::Caller& caller = head.caller;
  if (!caller.user_id.empty()) return "user:" + caller.user_id.value;
  return caller.is_installation ? "installation" : "address:" + head.client_address;
}

bool Describes(const Operation& operation, std::string_view header) {
  return std::any_of(
      operation.parameters.begin(), operation.parameters.end(), [&](const Parameter& one) {
        return one.place == Parameter::Place::kHeader && EqualsIgnoringCase(one.name, header);
      });
}

bool Changes(const Route& route) { return route.method != "GET" && route.method != "POST"; }

}  // namespace

void Router::Add(std::string_view method, std::string_view pattern, Rule rule, Handler handler,
                 RouteOptions options) {
  const std::string what = fmt::format("{} {}", method, pattern);
  const bool asks = !rule.objects().empty() || rule.kind() == Rule::Kind::kList;
  if (asks && control_ == nullptr) throw std::logic_error(what + " has nobody to ask");
  if (options.body == BodyMode::kStreamed && rule.ReadsBody()) {
    throw std::logic_error(what + " names objects in a body that is not read first");
  }
  std::vector<std::string> segments = SplitPath(pattern);
  for (const NamedObject& object : rule.objects()) {
    const bool there =
        std::find(segments.begin(), segments.end(), "{" + object.name + "}") != segments.end();
    if (!rule.permission() && !object.permission) {
      throw std::logic_error(what + " asks no permission for " + object.name);
    }
    if (object.in == NamedIn::kPath && !there)
      throw std::logic_error(what + " lacks " + object.name);
  }
  routes_.push_back(Route{std::string(method), std::string(pattern), std::move(rule), options,
                          std::move(handler), std::move(segments), nullptr});
}

void Router::AnswerElsewhere(Handler handler) {
  elsewhere_ = Route{"GET", "/*", Rule::Open(), {}, std::move(handler), {}, nullptr};
}

Status Router::Obey(std::shared_ptr<const Contract> contract) {
  contract_ = std::move(contract);
  for (Route& route : routes_) {
    route.operation = contract_->Find(route.method, route.pattern);
    if (route.operation == nullptr) {
      return Fail(ErrorCode::kInternal, fmt::format("{} {} is not described in openapi.yaml",
                                                    route.method, route.pattern));
    }
    // A download has a tag of its own.
    route.has_tag = route.method == "GET" && Describes(*route.operation, "If-None-Match") &&
                    !Describes(*route.operation, "If-Range");
  }
  for (Route& route : routes_) {
    if (!Describes(*route.operation, "If-Match")) continue;
    for (const Route& other : routes_) {
      if (other.has_tag && other.pattern == route.pattern) route.shows = &other;
    }
    if (route.shows != nullptr) continue;
    return Fail(ErrorCode::kInternal,
                fmt::format("{} {} takes If-Match, but nothing tells its ETag", route.method,
                            route.pattern));
  }
  return {};
}

tl::expected<const Route*, Response> Router::Admit(Request& head) const {
  const auto began = std::chrono::steady_clock::now();
  if (cache_ != nullptr) {
    head.admitted_at = cache_->changes();
    if (head.answer_key.empty()) head.answer_key = AnswerCache::KeyOf(head);
  }
  auto found = Find(head);
  if (!found && times_ != nullptr) {
    // Paths of strangers are no labels: there would be no end of them.
    times_->Observe(
        {{"method", "-"}, {"route", "refused"}, {"status", std::to_string(found.error().status)}},
        std::chrono::steady_clock::now() - began);
  }
  return found;
}

std::shared_ptr<const AnswerCache::Kept> Router::Recall(Request& head) const {
  if (cache_ == nullptr) return nullptr;
  const auto began = std::chrono::steady_clock::now();
  head.answer_key = AnswerCache::KeyOf(head);
  auto kept = cache_->Find(head.answer_key);
  if (!kept) return nullptr;
  // Whom it refuses, Admit tells so; what it takes here is paid.
  if (limiter_ != nullptr && limiter_->Take(kept->caller)) return nullptr;
  if (times_ != nullptr) {
    times_->Observe(
        {{"method", kept->route->method}, {"route", kept->route->pattern}, {"status", "200"}},
        std::chrono::steady_clock::now() - began);
  }
  return kept;
}

Response Router::Handle(const Context& ctx, const Route& route, Request& request) const {
  const auto began = std::chrono::steady_clock::now();
  Response response = Recorded(ctx, route, request);
  if (cache_ != nullptr && route.options.source == Source::kCatalog && response.status == 200) {
    cache_->Keep(request, request.admitted_at, {&route, CounterOf(request), response, {}});
  }
  if (times_ != nullptr) {
    times_->Observe({{"method", route.method},
                     {"route", route.pattern},
                     {"status", std::to_string(response.status)}},
                    std::chrono::steady_clock::now() - began);
  }
  return response;
}

Status Router::Recognize(Request& head) const {
  ASSIGN_OR_RETURN(head.caller, authenticator_.Authenticate(head));
  return {};
}

tl::expected<const Route*, Response> Router::Find(Request& head) const {
  std::vector<std::string> segments;
  for (const std::string& raw : SplitPath(head.path)) {
    std::optional<std::string> segment = PercentDecode(raw, PlusSign::kLiteral);
    if (!segment) {
      return tl::unexpected(
          ProblemResponse(Error{ErrorCode::kMalformedRequest, "the path holds a broken % escape"},
                          head.request_id));
    }
    segments.push_back(*std::move(segment));
  }

  std::vector<const Route*> best;  // the most specific shape, one per method
  for (const Route& route : routes_) {
    if (!Matches(route, segments)) continue;
    if (!best.empty() && MoreSpecific(route, *best.front())) best.clear();
    if (best.empty() || SameShape(route, *best.front())) best.push_back(&route);
  }

  if (best.empty() && elsewhere_ && segments.front() != "api") best.push_back(&*elsewhere_);

  const bool open = !best.empty() && std::all_of(best.begin(), best.end(), [](const Route* route) {
    return route->rule.kind() == Rule::Kind::kOpen;
  });
  const Status known = open ? Status() : Recognize(head);
  const bool counted = best.empty() || best.front()->options.counted == Counted::kYes;
  if (limiter_ != nullptr && counted) {
    std::optional<Response> refusal = TooOften(CounterOf(head), head);
    if (refusal) return tl::unexpected(*std::move(refusal));
  }
  if (!known) return tl::unexpected(ProblemResponse(known.error(), head.request_id));
  if (best.empty()) {
    return tl::unexpected(ProblemResponse(
        Error{ErrorCode::kNotFound, fmt::format("there is nothing at {}", head.path)},
        head.request_id));
  }

  std::set<std::string> allowed;
  for (const Route* route : best) {
    if (route->method == head.method || (route->method == "GET" && head.method == "HEAD")) {
      FillParams(*route, segments, head);
      const Status allowed_to = gate_.CheckHead(route->rule, head);
      if (!allowed_to) {
        Response refusal = ProblemResponse(allowed_to.error(), head.request_id);
        if (recorder_ != nullptr) recorder_->RecordRefusal(*route, head, refusal.status);
        return tl::unexpected(std::move(refusal));
      }
      return route;
    }
    allowed.insert(route->method);
    if (route->method == "GET") allowed.insert("HEAD");
  }
  return tl::unexpected(MethodNotAllowed(allowed, head));
}

std::optional<Response> Router::TooOften(const std::string& caller, const Request& head) const {
  const std::optional<std::chrono::seconds> wait = limiter_->Take(caller);
  if (!wait) return std::nullopt;
  const int most = limiter_->per_second();
  Response refusal = ProblemResponse(
      Error{ErrorCode::kTooManyRequests,
            fmt::format("this caller makes more than {} {} per second", most,
                        most == 1 ? "call" : "calls"),
            fmt::format("wait {} s, then go on more slowly; events tell of changes without asking",
                        wait->count())},
      head.request_id);
  refusal.headers.emplace_back("Retry-After", std::to_string(wait->count()));
  return refusal;
}

Response Router::Recorded(const Context& ctx, const Route& route, Request& request) const {
  if (route.operation != nullptr) {
    const Status read = ReadJson(*route.operation, request);
    if (!read) return ProblemResponse(read.error(), request.request_id);
  }
  if (recorder_ == nullptr) return Respond(ctx, route, request);
  return recorder_->Record(route, request, [&] { return Respond(ctx, route, request); });
}

Result<Response> Router::RunIfMatch(const Context& ctx, const Route& route,
                                    const Request& request) const {
  const auto refusal = [&request](std::string detail, std::string hint) {
    return ProblemResponse(
        HttpFault{HttpCode::kPreconditionFailed, std::move(detail), std::move(hint)},
        request.request_id);
  };
  if (route.shows == nullptr) {
    return refusal(fmt::format("{} has no ETag that If-Match could name", request.path),
                   "send the call without If-Match");
  }
  Request look = request;
  look.method = "GET";
  look.query.clear();
  look.body.clear();
  look.json.reset();
  look.operation = route.shows->operation;
  const Result<Response> shown = route.shows->handler(ctx, look);
  if (!shown) return Fail(shown.error());
  const auto changed = [&] {
    return refusal(
        fmt::format("{} is not as If-Match says: it was changed meanwhile, and nothing was done",
                    request.path),
        "read it again, and send the change with the ETag of that answer");
  };
  if (!MeetsIfMatch(request, *shown)) return changed();
  bool is_overtaken = false;
  if (recorder_ != nullptr) {
    recorder_->Require([&]() -> Status {
      const Result<Response> now = route.shows->handler(ctx, look);
      if (!now) return Fail(now.error());
      is_overtaken = !MeetsIfMatch(request, *now);
      if (!is_overtaken) return {};
      return Fail(ErrorCode::kConflict, "it was changed meanwhile");
    });
  }
  Result<Response> response = route.handler(ctx, request);
  if (is_overtaken) return changed();
  return response;
}

Response Router::Respond(const Context& ctx, const Route& route, Request& request) const {
  std::string trouble;
  try {
    if (route.rule.ReadsBody()) {
      const Status allowed = gate_.CheckBody(route.rule, request);
      if (!allowed) return ProblemResponse(allowed.error(), request.request_id);
    }
    if (route.operation != nullptr) {
      std::optional<Response> refusal = RefuseBreach(*route.operation, request);
      if (refusal) return *std::move(refusal);
    }
    const bool has_condition = Changes(route) && request.headers.Find("If-Match");
    Result<Response> response =
        has_condition ? RunIfMatch(ctx, route, request) : route.handler(ctx, request);
    if (response && route.has_tag) Tag(request, *response);
    if (response) return *std::move(response);
    return ProblemResponse(response.error(), request.request_id);
  } catch (const std::exception& exception) {
    trouble = exception.what();
  } catch (...) {
    trouble = "an exception of unknown type";
  }
  log::Failure("http.handler.exception", {{"request_id", request.request_id},
                                          {"route", route.method + " " + route.pattern},
                                          {"error", trouble}});
  return ProblemResponse(Error{ErrorCode::kInternal, "the server failed while answering this call",
                               "look for this request_id in the server's log"},
                         request.request_id);
}

}  // namespace reprise::api
