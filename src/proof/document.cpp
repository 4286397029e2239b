#include "proof/document.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "base/json_fields.hpp"

namespace reprise::proof {
namespace {

namespace json = boost::json;

constexpr std::string_view kSignature = "signature";
constexpr std::string_view kAlgorithm = "ed25519";

void Write(const json::value& value, std::string& text);

void Write(const json::object& object, std::string& text) {
  std::map<std::string_view, const json::value*> sorted;
  for (const auto& member : object) sorted.emplace(member.key(), &member.value());
  text.push_back('{');
  bool first = true;
  for (const auto& [name, value] : sorted) {
    if (!first) text.push_back(',');
    first = false;
    text += json::serialize(json::string(name));
    text.push_back(':');
    Write(*value, text);
  }
  text.push_back('}');
}

void Write(const json::value& value, std::string& text) {
  if (const json::object* object = value.if_object()) return Write(*object, text);
  if (const json::array* array = value.if_array()) {
    text.push_back('[');
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (i > 0) text.push_back(',');
      Write((*array)[i], text);
    }
    text.push_back(']');
    return;
  }
  text += json::serialize(value);
}

std::string MemberOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

}  // namespace

std::string CanonicalText(const json::object& report) {
  std::string text;
  Write(report, text);
  return text;
}

std::string Seal(json::object report, const SigningKey* key) {
  report.erase(kSignature);
  if (key != nullptr) {
    const std::string value = key->Sign(CanonicalText(report));
    report[kSignature] = json::object{
        {"algorithm", kAlgorithm}, {"public_key", key->public_key()}, {"value", value}};
  }
  return json::serialize(report);
}

Result<json::object> Verify(std::string_view document, std::string_view public_key) {
  Result<json::value> parsed = ParseJson(document);
  if (!parsed || !parsed->is_object()) {
    return Fail(ErrorCode::kFormatUnsupported, "this is no proof: it is not a JSON object");
  }
  json::object report = std::move(parsed->as_object());
  const json::value* found = report.if_contains(kSignature);
  if (found == nullptr || !found->is_object()) {
    return Fail(ErrorCode::kProofFailed, "this proof is not signed",
                "it was made before this installation had a key; verify or restore again");
  }
  const json::object signature = found->get_object();
  report.erase(kSignature);
  const std::string by = MemberOf(signature, "public_key");
  if (MemberOf(signature, "algorithm") != kAlgorithm || by != public_key) {
    return Fail(ErrorCode::kProofFailed, fmt::format("this proof is signed by another key: {}", by),
                "compare it with the keys of the installation: reprise proof key");
  }
  if (!IsSignedBy(public_key, CanonicalText(report), MemberOf(signature, "value"))) {
    return Fail(ErrorCode::kProofFailed, "this proof was changed after it was signed",
                "download it again from the installation that made it");
  }
  return report;
}

}  // namespace reprise::proof
