#pragma once

#include <fmt/format.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "api/contract.hpp"
#include "api/http_text.hpp"
#include "api/testing/samples.hpp"

namespace reprise::api::testing {

// Makes requests that are nearly as the contract wants them, each out of its own number: what has
// failed once can be made again.
class NastyRequests {
 public:
  struct Made {
    std::string method;
    std::string target;
    std::string bytes;  // the whole request
    std::string body;
  };

  // Things that exist: ids by the name of their list in paths ("backups"), and what they are
  // called.
  struct Known {
    std::map<std::string, std::string> ids;
    std::vector<std::string> names;
  };
  // NOLINTNEXTLINE(cert-msc32-c,cert-msc51-cpp): Make() seeds it with the number
  NastyRequests(const Contract& contract, std::string token, Known known)
      : contract_(contract), token_(std::move(token)), known_(std::move(known)) {}

  Made Make(std::uint64_t number) {
    random_.seed(number);
    const auto& operations = contract_.operations();
    const Operation& operation = operations[Below(operations.size())];
    Made made;
    made.method = OneIn(20) ? Pick(kMethods) : operation.method;
    made.target = Path(operation.path) + Query(operation);
    made.body = Body(operation);
    made.bytes =
        fmt::format("{} {} HTTP/1.1\r\nHost: x\r\n{}{}Content-Length: {}\r\n\r\n{}", made.method,
                    made.target, Authorization(), Headers(operation), made.body.size(), made.body);
    return made;
  }

 private:
  static constexpr std::array<std::string_view, 12> kMethods = {
      "GET",     "POST",  "PUT",  "PATCH", "DELETE", "HEAD",
      "OPTIONS", "TRACE", "BREW", "get",   "Post",   "PROPFIND"};
  // Texts that have broken somebody's server.
  static constexpr std::array<std::string_view, 34> kTexts = {
      "",
      " ",
      "0",
      "1",
      "-1",
      "+1",
      "1.5",
      "1e9",
      "007",
      "NaN",
      "Infinity",
      "null",
      "true",
      "false",
      "TRUE",
      "9223372036854775807",
      "9223372036854775808",
      "18446744073709551616",
      "-9223372036854775809",
      "00000000-0000-0000-0000-000000000000",
      "01900000-0000-7000-8000-00000000000g",
      "no-uuid",
      "'; DROP TABLE task; --",
      "\" OR 1=1",
      "%",
      "_",
      "../../etc/passwd",
      "\\",
      "<script>alert(1)</script>",
      "${jndi:ldap://x}",
      "{{7*7}}",
      "\xe2\x80\xae"
      "drow",
      "\xf0\x9f\x98\x80",
      "a\nb\r\nc: d"};
  static constexpr std::array<std::string_view, 7> kBadUtf8 = {"\xff",
                                                               "\xc0\xaf",
                                                               "\xed\xa0\x80",
                                                               "\xf5\x80\x80\x80",
                                                               "\xe2\x82",
                                                               "\x80",
                                                               "a\xfe"
                                                               "b"};
  static constexpr std::array<std::string_view, 8> kRawNumbers = {
      "1e400",
      "-1e400",
      "1e-400",
      "9223372036854775808",
      "123456789012345678901234567890",
      "-0.0",
      "1E+2",
      "0.1000000000000000055511151231257827"};
  static constexpr std::array<std::string_view, 10> kBodies = {
      "",     "null",       "[]",   "{",           "\xef\xbb\xbf{}",
      "{}{}", "{\"a\":1,}", "'{}'", R"("\ud800")", "// a\n{}"};

  std::uint64_t Below(std::uint64_t count) { return random_() % count; }
  bool OneIn(std::uint64_t count) { return Below(count) == 0; }
  template <std::size_t N>
  std::string Pick(const std::array<std::string_view, N>& from) {
    return std::string(from[Below(N)]);
  }
  // An id of some kind.
  std::string Id() {
    return std::next(known_.ids.begin(), static_cast<std::ptrdiff_t>(Below(known_.ids.size())))
        ->second;
  }
  // The id that stands where it should; empty when the place is for none.
  std::string IdOf(std::string_view list) {
    const auto found = known_.ids.find(std::string(list));
    return found == known_.ids.end() ? std::string() : found->second;
  }
  // "target_environment_id" is of environments.
  std::string IdOfField(std::string_view field) {
    for (const auto& [list, id] : known_.ids) {
      if (field.ends_with(list.substr(0, list.size() - 1) + "_id")) return id;
    }
    return {};
  }
  std::string Name() { return known_.names[Below(known_.names.size())]; }
  std::string Long() { return std::string(1U << Below(15), OneIn(2) ? 'a' : '%'); }
  std::string AnyText() {
    switch (Below(8)) {
      case 0:
        return Long();
      case 1:
        return Pick(kBadUtf8);
      case 2:
      case 3:
        return Id();
      default:
        return Pick(kTexts);
    }
  }

  std::string Path(std::string path) {
    for (std::size_t at = path.find('{'); at != std::string::npos; at = path.find('{', at)) {
      const std::size_t list = path.rfind('/', at - 2) + 1;
      const std::string right = IdOf(path.substr(list, at - 1 - list));
      std::string value = OneIn(4) || right.empty() ? Id() : right;
      if (OneIn(6)) value = PercentEncode(AnyText());
      path.replace(at, path.find('}', at) - at + 1, value);
    }
    if (OneIn(50)) path += OneIn(2) ? "/" : "%2f..";
    return path;
  }

  std::string Query(const Operation& operation) {
    std::string query;
    const auto add = [&](std::string_view name, std::string_view value) {
      query += fmt::format("{}{}={}", query.empty() ? '?' : '&', PercentEncode(name),
                           OneIn(40) ? "%zz" : PercentEncode(value));
    };
    for (const Parameter& parameter : operation.parameters) {
      if (parameter.place != Parameter::Place::kQuery || OneIn(2)) continue;
      add(parameter.name, OneIn(3) ? AnyText() : GoodText(parameter));
      if (OneIn(10)) add(parameter.name, AnyText());
    }
    if (OneIn(8)) add(AnyText(), AnyText());
    return query;
  }

  std::string GoodText(const Parameter& parameter) {
    if (parameter.name == "confirm" || parameter.name == "name") return Name();
    if (std::string id = IdOfField(parameter.name); !id.empty()) return id;
    const boost::json::value good = SampleOf(*parameter.schema);
    return good.is_string() ? std::string(good.get_string()) : boost::json::serialize(good);
  }

  std::string Authorization() {
    if (OneIn(25)) return OneIn(2) ? "" : fmt::format("Authorization: Bearer {}\r\n", Id());
    return fmt::format("Authorization: Bearer {}\r\n", token_);
  }

  std::string Headers(const Operation& operation) {
    std::string text;
    for (const Parameter& parameter : operation.parameters) {
      if (parameter.place != Parameter::Place::kHeader || OneIn(3)) continue;
      text += fmt::format("{}: {}\r\n", parameter.name, AnyText());
    }
    static constexpr std::array<std::string_view, 8> kOthers = {
        "Content-Type", "Accept", "X-Request-Id", "Range",
        "Cookie",       "Expect", "Origin",       "X-Forwarded-For"};
    while (OneIn(3)) text += fmt::format("{}: {}\r\n", Pick(kOthers), AnyText());
    return text;
  }

  std::string Body(const Operation& operation) {
    if (!operation.body) return OneIn(6) ? Pick(kBodies) : "";
    if (operation.body->json == nullptr) return Long();
    if (OneIn(12)) return Pick(kBodies);
    boost::json::value body = SampleOf(*operation.body->json);
    PutIds(body);
    if (OneIn(3)) Thin(body);
    if (OneIn(2)) {
      Nudge(body);  // one place, and still of its type
    } else {
      for (std::uint64_t i = 1 + Below(4); i > 0; --i) Spoil(body);
    }
    std::string text = boost::json::serialize(body);
    return OneIn(5) ? SpoilText(std::move(text)) : text;
  }

  void PutIds(boost::json::value& value) {
    boost::json::object* object = value.if_object();
    if (object == nullptr) return;
    for (auto& member : *object) {
      PutIds(member.value());
      const std::string id = IdOfField(member.key());
      if (member.value().is_string() && !id.empty()) member.value() = id;
      if (member.key() == "confirm" || (member.key() == "name" && OneIn(3)))
        member.value() = Name();
    }
  }

  // Leaves fields out.
  void Thin(boost::json::value& value) {
    boost::json::object* object = value.if_object();
    if (object == nullptr) return;
    for (auto& member : *object) Thin(member.value());
    for (std::uint64_t i = object->size() / 2; i > 0 && !object->empty(); --i) {
      object->erase(object->begin() + static_cast<std::ptrdiff_t>(Below(object->size())));
    }
  }

  void Nudge(boost::json::value& value) {
    if (boost::json::object* object = value.if_object(); object != nullptr && !object->empty()) {
      Nudge((object->begin() + static_cast<std::ptrdiff_t>(Below(object->size())))->value());
    } else if (value.is_string()) {
      value = OneIn(6) ? std::string("a\0b", 3) : OneIn(4) ? Name() : AnyJsonText();
    } else if (value.is_number()) {
      value = static_cast<std::int64_t>(OneIn(2) ? random_() : Below(5));
    } else if (value.is_bool()) {
      value = !value.get_bool();
    }
  }
  std::string AnyJsonText() {
    const std::uint64_t kind = Below(4);
    return kind == 0 ? Long() : kind == 1 ? Id() : Pick(kTexts);
  }

  // Changes one place of a value.
  void Spoil(boost::json::value& value) {
    boost::json::object* object = value.if_object();
    if (object == nullptr || object->empty() || OneIn(12)) {
      value = AnyValue(3);
      return;
    }
    if (OneIn(8)) {
      object->insert_or_assign(OneIn(2) ? "surprise" : Pick(kTexts), AnyValue(2));
      return;
    }
    const auto member = object->begin() + static_cast<std::ptrdiff_t>(Below(object->size()));
    if (OneIn(6)) {
      object->erase(member);
    } else if (OneIn(4) && member->value().is_string()) {
      member->value() = Id();  // of some kind
    } else {
      Spoil(member->value());
    }
  }

  boost::json::value AnyValue(int depth) {
    switch (Below(depth > 0 ? 9 : 6)) {
      case 0:
        return nullptr;
      case 1:
        return OneIn(2);
      case 2:
        return static_cast<std::int64_t>(random_());
      case 3:
        return random_();
      case 4:
        return static_cast<double>(random_()) * 1e280;
      case 5:
      case 6: {
        std::string text = OneIn(9) ? std::string("a\0b", 3) : Pick(kTexts);
        if (OneIn(9)) text = Long();
        return boost::json::value(text);
      }
      case 7:
        return boost::json::array{AnyValue(depth - 1), AnyValue(depth - 1)};
      default:
        return boost::json::object{{"name", AnyValue(depth - 1)}, {"mode", AnyValue(depth - 1)}};
    }
  }

  std::string SpoilText(std::string text) {
    const std::size_t at = Below(text.size() + 1);
    switch (Below(7)) {
      case 0:
        return text.substr(0, at);
      case 1:
        return text.insert(at, Pick(kBadUtf8));
      case 2:
        return text.insert(at, Pick(kRawNumbers));
      case 3:
        if (at < text.size()) text[at] = static_cast<char>(random_());
        return text;
      case 4:
        return std::string(Below(3000), '[') + text;
      case 5: {  // a key twice
        const std::size_t open = text.find('{');
        return open == std::string::npos ? text
                                         : text.insert(open + 1, R"("name":7,"backup_id":[],)");
      }
      default:
        return text + Pick(kBodies);
    }
  }

  const Contract& contract_;
  std::string token_;
  Known known_;
  std::mt19937_64 random_;
};

}  // namespace reprise::api::testing
