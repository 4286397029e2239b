#include "cli/credentials_file.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <system_error>

#include "base/file.hpp"
#include "base/json_fields.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;

std::string WithoutSlash(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

Result<json::object> ReadAll(const std::filesystem::path& path) {
  std::error_code error;
  if (path.empty() || !std::filesystem::exists(path, error)) return json::object();
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path, 1 << 16));
  const Result<json::value> parsed = ParseJson(text);
  if (parsed && parsed->is_object()) return parsed->get_object();
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} is not what \"reprise login\" wrote", path.string()),
              "delete the file and log in again");
}

}  // namespace

std::filesystem::path CredentialsPath(const Variables& variables) {
  const auto config = variables.find("XDG_CONFIG_HOME");
  const auto home = variables.find("HOME");
  std::filesystem::path folder;
  if (config != variables.end() && !config->second.empty()) {
    folder = config->second;
  } else if (home != variables.end() && !home->second.empty()) {
    folder = std::filesystem::path(home->second) / ".config";
  } else {
    return {};
  }
  return folder / "reprise" / "credentials";
}

Result<std::string> StoredToken(const std::filesystem::path& path, const std::string& url) {
  ASSIGN_OR_RETURN(const json::object all, ReadAll(path));
  const json::value* token = all.if_contains(WithoutSlash(url));
  return token != nullptr && token->is_string() ? std::string(token->get_string()) : std::string();
}

Status StoreToken(const std::filesystem::path& path, const std::string& url,
                  const std::string& token) {
  if (path.empty()) {
    return Fail(ErrorCode::kIo, "there is no home directory to keep the token in",
                "set HOME, or use REPRISE_TOKEN");
  }
  ASSIGN_OR_RETURN(json::object all, ReadAll(path));
  if (token.empty()) {
    all.erase(WithoutSlash(url));
  } else {
    all[WithoutSlash(url)] = token;
  }
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) {
    return Fail(ErrorCode::kIo, fmt::format("cannot make the folder {}: {}",
                                            path.parent_path().string(), error.message()));
  }
  return WriteTextFile(path, json::serialize(all) + "\n", FileMode::kPrivate);
}

}  // namespace reprise::cli
