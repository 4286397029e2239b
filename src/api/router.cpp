#include "api/router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <set>
#include <stdexcept>

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
    if (route.operation != nullptr) continue;
    return Fail(ErrorCode::kInternal,
                fmt::format("{} {} is not described in openapi.yaml", route.method, route.pattern));
  }
  return {};
}

tl::expected<const Route*, Response> Router::Admit(Request& head) const {
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
  if (!open) {
    Result<access::Caller> caller = authenticator_.Authenticate(head);
    if (!caller) return tl::unexpected(ProblemResponse(caller.error(), head.request_id));
    head.caller = *std::move(caller);
  }
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
        return tl::unexpected(ProblemResponse(allowed_to.error(), head.request_id));
      }
      return route;
    }
    allowed.insert(route->method);
    if (route->method == "GET") allowed.insert("HEAD");
  }
  return tl::unexpected(MethodNotAllowed(allowed, head));
}

Response Router::Handle(const Context& ctx, const Route& route, Request& request) const {
  std::string trouble;
  try {
    if (route.operation != nullptr) {
      const Status read = ReadJson(*route.operation, request);
      if (!read) return ProblemResponse(read.error(), request.request_id);
    }
    if (route.rule.ReadsBody()) {
      const Status allowed = gate_.CheckBody(route.rule, request);
      if (!allowed) return ProblemResponse(allowed.error(), request.request_id);
    }
    if (route.operation != nullptr) {
      std::optional<Response> refusal = RefuseBreach(*route.operation, request);
      if (refusal) return *std::move(refusal);
    }
    Result<Response> response = route.handler(ctx, request);
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
