#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "api/problem.hpp"
#include "api/router.hpp"
#include "api/testing/raw_client.hpp"
#include "base/json_fields.hpp"

namespace reprise::api::testing {

// Holds answers against the contract, and remembers which of it they have shown.
class AnswerCheck {
 public:
  explicit AnswerCheck(const Router& router) : router_(router) {}

  // What is wrong with the answer to `method` `target`; empty when nothing is.
  std::vector<std::string> Faults(std::string_view method, std::string_view target,
                                  const RawResponse& answer) {
    faults_.clear();
    const Operation* operation = Find(method, target);
    if (operation == nullptr) {
      if (answer.status < 400) Fault("answers {}, but is not described", answer.status);
      return faults_;
    }
    const auto found = Described(*operation, answer);
    if (found == operation->answers.end()) {
      Fault("answers {}, which is not described", answer.status);
      return faults_;
    }
    shown_[operation->id].insert(std::to_string(answer.status));
    const bool bodiless =
        answer.status == 204 || answer.status == 302 || answer.status == 304 || method == "HEAD";
    if (!bodiless) Content(found->second, answer);
    return faults_;
  }

  // Statuses that were answered, by operation.
  [[nodiscard]] const std::map<std::string, std::set<std::string>>& shown() const { return shown_; }
  [[nodiscard]] const std::set<std::string>& event_fields() const { return event_fields_; }

 private:
  using Answers = std::map<std::string, Operation::Contents>;

  // The call that a request is, by the routes themselves: also where the answer is a refusal.
  const Operation* Find(std::string_view method, std::string_view target) const {
    const std::string_view path = target.substr(0, target.find('?'));
    const Route* best = nullptr;
    for (const Route& route : router_.routes()) {
      const bool same = route.method == method || (route.method == "GET" && method == "HEAD");
      if (same && Fits(route, path) && (best == nullptr || Literals(route) > Literals(*best))) {
        best = &route;
      }
    }
    return best == nullptr ? nullptr : best->operation;
  }

  static bool Fits(const Route& route, std::string_view path) {
    for (const std::string& segment : route.segments) {
      if (!path.starts_with('/')) return false;
      path.remove_prefix(1);
      const std::string_view own = path.substr(0, path.find('/'));
      if (segment.front() == '{' ? own.empty() : own != segment) return false;
      path.remove_prefix(own.size());
    }
    return path.empty();
  }
  static std::ptrdiff_t Literals(const Route& route) {
    return std::count_if(route.segments.begin(), route.segments.end(),
                         [](const std::string& segment) { return segment.front() != '{'; });
  }

  // What any call may answer needs no line of its own.
  static Answers::const_iterator Described(const Operation& operation, const RawResponse& answer) {
    const auto own = operation.answers.find(std::to_string(answer.status));
    if (own != operation.answers.end()) return own;
    const auto http = AllHttpTraits();
    const bool any_call =
        answer.status >= 500 || std::any_of(http.begin(), http.end(), [&](const HttpTraits& row) {
          return row.status == answer.status;
        });
    return any_call ? operation.answers.find("default") : operation.answers.end();
  }

  void Content(const Operation::Contents& contents, const RawResponse& answer) {
    const auto header = answer.headers.find("content-type");
    const std::string full = header == answer.headers.end() ? "" : header->second;
    const std::string type = full.substr(0, full.find(';'));
    const auto schema = contents.find(type);
    if (schema == contents.end()) {
      Fault("{} answers of type \"{}\" are not described", answer.status, type);
    } else if (type == "text/event-stream") {
      Events(*schema->second, answer.body);
    } else if (type == "application/x-ndjson") {
      Lines(*schema->second, answer.body);
    } else if (type.ends_with("json")) {
      Json(*schema->second, answer.body);
    }
  }

  boost::json::value Json(const Schema& schema, std::string_view text) {
    Result<boost::json::value> value = ParseJson(text);
    if (!value) {
      Fault("no JSON: {}", value.error().message);
      return nullptr;
    }
    std::vector<FieldError> found;
    CheckAgainst(schema, *value, "", Reading::kAnswer, found);
    for (const FieldError& fault : found) Fault("{} {}", fault.pointer, fault.message);
    return *std::move(value);
  }

  void Lines(const Schema& schema, std::string_view body) {
    while (!body.empty()) {
      const std::string_view line = body.substr(0, body.find('\n'));
      Json(*schema.content, line);
      body.remove_prefix(std::min(line.size() + 1, body.size()));
    }
  }

  void Events(const Schema& schema, std::string_view body) {
    constexpr std::string_view kData = "data: ";
    for (std::size_t at = body.find(kData); at != std::string_view::npos;
         at = body.find(kData, at + 1)) {
      const std::size_t end = std::min(body.find('\n', at), body.size());
      const boost::json::value data =
          Json(*schema.content, body.substr(at + kData.size(), end - at - kData.size()));
      if (!data.is_object()) continue;
      for (const auto& [name, value] : data.get_object()) event_fields_.emplace(name);
    }
  }

  template <class... Parts>
  void Fault(fmt::format_string<Parts...> text, Parts&&... parts) {
    faults_.push_back(fmt::format(text, std::forward<Parts>(parts)...));
  }

  const Router& router_;
  std::vector<std::string> faults_;
  std::map<std::string, std::set<std::string>> shown_;
  std::set<std::string> event_fields_;
};

}  // namespace reprise::api::testing
