#include "archive/manifest.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "base/json_fields.hpp"

namespace reprise::archive {
namespace {

namespace json = boost::json;

constexpr std::string_view kSha256Prefix = "sha256:";

std::string TextOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

// The first of `names` that is a text.
std::string FirstTextOf(const json::object& object, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    std::string text = TextOf(object, name);
    if (!text.empty()) return text;
  }
  return {};
}

std::uint64_t NumberOf(const json::value* value) {
  if (value == nullptr) return 0;
  json::error_code error;
  const auto number = value->to_number<std::uint64_t>(error);
  return error ? 0 : number;
}

const json::object* ObjectOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

// A null (Odoo writes one for a module without version) counts as "".
std::map<std::string, std::string> TextMapOf(const json::object& object, std::string_view name) {
  std::map<std::string, std::string> map;
  if (const json::object* members = ObjectOf(object, name)) {
    for (const auto& member : *members) {
      const json::string* text = member.value().if_string();
      map[std::string(member.key())] = text == nullptr ? std::string() : std::string(*text);
    }
  }
  return map;
}

std::map<std::string, std::uint64_t> NumberMapOf(const json::object& object,
                                                 std::string_view name) {
  std::map<std::string, std::uint64_t> map;
  if (const json::object* members = ObjectOf(object, name)) {
    for (const auto& member : *members) {
      map[std::string(member.key())] = NumberOf(&member.value());
    }
  }
  return map;
}

// "sha256" is ours; others write "checksums", with or without the algorithm before the digest.
Result<std::map<std::string, std::string>> DigestsOf(const json::object& object) {
  std::map<std::string, std::string> digests = TextMapOf(object, "sha256");
  for (const auto& [name, digest] : TextMapOf(object, "checksums")) digests.emplace(name, digest);
  for (auto& [name, digest] : digests) {
    if (digest.starts_with(kSha256Prefix)) digest.erase(0, kSha256Prefix.size());
    for (char& c : digest) {
      if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    }
    constexpr std::size_t kHexLength = 64;
    if (digest.size() != kHexLength ||
        digest.find_first_not_of("0123456789abcdef") != std::string::npos) {
      return Fail(ErrorCode::kArchiveCorrupt,
                  fmt::format("manifest.json: the checksum of {} is no sha256", name));
    }
  }
  return digests;
}

json::array VersionInfo(std::string_view odoo_version) {
  int major = 0;
  int minor = 0;
  const char* const end = odoo_version.data() + odoo_version.size();
  const auto [dot, error] = std::from_chars(odoo_version.data(), end, major);
  if (error == std::errc() && dot < end) std::from_chars(dot + 1, end, minor);
  return json::array{major, minor, 0, "final", 0, ""};
}

template <class Map>
json::object ObjectFrom(const Map& map) {
  json::object object;
  for (const auto& [name, value] : map) object[name] = value;
  return object;
}

// The series of "14.0-20231205" or "17.0+e": what Odoo calls major_version.
std::string MajorVersion(const std::string& odoo_version) {
  return odoo_version.substr(0, odoo_version.find_first_of("+-"));
}

// One member a line, so that a person can read it; nested values stay on their line.
std::string Lines(const json::object& object) {
  std::string text = "{\n";
  std::size_t left = object.size();
  for (const auto& member : object) {
    text += fmt::format("    {}: {}{}\n", json::serialize(json::value(member.key())),
                        json::serialize(member.value()), --left == 0 ? "" : ",");
  }
  return text + "}\n";
}

}  // namespace

Result<Manifest> ParseManifest(std::string_view text) {
  const Result<json::value> value = ParseJson(text);
  if (!value || !value->is_object()) {
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("manifest.json is damaged: {}",
                            value ? "not a JSON object" : value.error().message));
  }
  const json::object& object = value->get_object();
  Manifest manifest;
  manifest.format_version = TextOf(object, "reprise_backup");
  manifest.created_at = TextOf(object, "created_at");
  manifest.snapshot_at = TextOf(object, "snapshot_at");
  manifest.db_name = FirstTextOf(object, {"db_name", "database_name"});
  manifest.odoo_version =
      MajorVersion(FirstTextOf(object, {"major_version", "odoo_version", "version"}));
  manifest.postgres_version = FirstTextOf(object, {"postgres_version", "pg_version"});
  manifest.environment_name = TextOf(object, "environment_name");
  manifest.environment_type = TextOf(object, "environment_type");
  manifest.modules = TextMapOf(object, "modules");
  if (const json::value* names = object.if_contains("extensions"); names && names->is_array()) {
    for (const json::value& name : names->get_array()) {
      if (name.is_string()) manifest.extensions.emplace_back(name.get_string());
    }
  }
  manifest.images = TextMapOf(object, "images");
  ASSIGN_OR_RETURN(manifest.sha256, DigestsOf(object));
  manifest.table_rows = NumberMapOf(object, "table_rows");
  manifest.table_bytes = NumberMapOf(object, "table_bytes");
  manifest.dump_bytes = NumberOf(object.if_contains("dump_bytes"));
  manifest.database_bytes = NumberOf(object.if_contains("database_bytes"));
  manifest.filestore_bytes = NumberOf(object.if_contains("filestore_bytes"));
  manifest.filestore_files = NumberOf(object.if_contains("filestore_files"));
  const json::value* has_filestore = object.if_contains("has_filestore");
  manifest.has_filestore =
      has_filestore != nullptr && has_filestore->is_bool() && has_filestore->get_bool();
  return manifest;
}

std::string WriteManifest(const Manifest& manifest) {
  json::object object;
  object["reprise_backup"] = manifest.format_version.empty() ? "1" : manifest.format_version;
  object["odoo_dump"] = "1";
  object["created_at"] = manifest.created_at;
  if (!manifest.snapshot_at.empty()) object["snapshot_at"] = manifest.snapshot_at;
  object["db_name"] = manifest.db_name;
  object["version"] = manifest.odoo_version;
  object["version_info"] = VersionInfo(manifest.odoo_version);
  object["major_version"] = MajorVersion(manifest.odoo_version);
  object["pg_version"] = manifest.postgres_version;
  object["environment_name"] = manifest.environment_name;
  object["environment_type"] = manifest.environment_type;
  object["has_filestore"] = manifest.has_filestore;
  object["dump_bytes"] = manifest.dump_bytes;
  object["database_bytes"] = manifest.database_bytes;
  object["filestore_bytes"] = manifest.filestore_bytes;
  object["filestore_files"] = manifest.filestore_files;
  object["sha256"] = ObjectFrom(manifest.sha256);
  object["extensions"] = json::array(manifest.extensions.begin(), manifest.extensions.end());
  object["images"] = ObjectFrom(manifest.images);
  object["modules"] = ObjectFrom(manifest.modules);
  object["table_rows"] = ObjectFrom(manifest.table_rows);
  object["table_bytes"] = ObjectFrom(manifest.table_bytes);
  return Lines(object);
}

}  // namespace reprise::archive
