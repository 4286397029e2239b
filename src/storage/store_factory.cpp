#include "storage/store_factory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "storage/ftp_store.hpp"
#include "storage/local_store.hpp"
#include "storage/object_key.hpp"
#include "storage/s3_store.hpp"
#include "storage/sftp_store.hpp"

namespace reprise::storage {
namespace {

tl::unexpected<Error> FieldFault(std::string field, std::string message) {
  Error error{ErrorCode::kInvalidArgument, std::move(message)};
  error.field = std::move(field);
  return Fail(std::move(error));
}

std::string Get(const std::map<std::string, std::string>& from, std::string_view name) {
  const auto found = from.find(std::string(name));
  return found == from.end() ? std::string() : found->second;
}

Status Require(const StoreSpec& spec, std::initializer_list<std::string_view> settings,
               std::initializer_list<std::string_view> secrets) {
  for (const std::string_view name : settings) {
    if (Get(spec.settings, name).empty()) {
      return FieldFault(fmt::format("/settings/{}", name),
                        fmt::format("is required for the provider {}", spec.provider));
    }
  }
  for (const std::string_view name : secrets) {
    if (Get(spec.secrets, name).empty()) {
      return FieldFault(fmt::format("/secrets/{}", name),
                        fmt::format("is required for the provider {}", spec.provider));
    }
  }
  return {};
}

// "https://host[:port]"
Status CheckEndpointText(const std::string& endpoint) {
  const bool has_scheme = endpoint.starts_with("https://") || endpoint.starts_with("http://");
  const std::string_view host =
      std::string_view(endpoint).substr(std::min(endpoint.size(), endpoint.find("://") + 3));
  const bool odd = host.empty() || host.find_first_of("/?#@ \t\r\n\\") != std::string_view::npos;
  if (has_scheme && !odd) return {};
  return FieldFault("/settings/endpoint", "must be like https://host or https://host:9000");
}

Status CheckName(const std::string& text, std::string_view field) {
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_';
    if (!plain) {
      return FieldFault(fmt::format("/settings/{}", field),
                        R"(may hold letters, digits, ".", "-" and "_" only)");
    }
  }
  return {};
}

Result<std::unique_ptr<ObjectStore>> MakeS3(const StoreSpec& spec, const Clock& clock,
                                            PrivateEndpoints private_endpoints) {
  RETURN_IF_ERROR(Require(spec, {"bucket"}, {}));
  const bool is_aws = spec.provider == "s3";
  if (!is_aws) RETURN_IF_ERROR(Require(spec, {"endpoint"}, {}));
  RETURN_IF_ERROR(Require(spec, {}, {"access_key_id", "secret_access_key"}));
  S3Settings s3;
  s3.region = Get(spec.settings, "region");
  if (s3.region.empty()) s3.region = spec.provider == "r2" ? "auto" : "us-east-1";
  RETURN_IF_ERROR(CheckName(s3.region, "region"));
  s3.endpoint = Get(spec.settings, "endpoint");
  if (s3.endpoint.empty()) s3.endpoint = fmt::format("https://s3.{}.amazonaws.com", s3.region);
  RETURN_IF_ERROR(CheckEndpointText(s3.endpoint));
  s3.bucket = Get(spec.settings, "bucket");
  RETURN_IF_ERROR(CheckName(s3.bucket, "bucket"));
  s3.prefix = Get(spec.settings, "prefix");
  if (!s3.prefix.empty() && !CheckKey(s3.prefix)) {
    return FieldFault("/settings/prefix", "must be a path like backups/odoo, of plain characters");
  }
  // Names of buckets stand in front of the endpoint's only where it has certificates for them.
  const std::string style = Get(spec.settings, "path_style");
  s3.path_style = style.empty() ? !is_aws && spec.provider != "b2" : style == "true";
  if (s3.bucket.find('.') != std::string::npos && style.empty()) s3.path_style = true;
  s3.encryption = Get(spec.settings, "server_side_encryption");
  s3.kms_key_id = Get(spec.settings, "kms_key_id");
  s3.ca_pem = Get(spec.settings, "ca_certificate");
  if (const std::string megabytes = Get(spec.settings, "part_size_mb"); !megabytes.empty()) {
    ByteCount number = 16;
    std::from_chars(megabytes.data(), megabytes.data() + megabytes.size(), number);
    s3.part_bytes = number << 20;
  }
  s3.retry.attempts = spec.attempts;
  s3.equal_parts = spec.provider == "r2";
  if (s3.equal_parts && Get(spec.settings, "part_size_mb").empty()) {
    s3.part_bytes = ByteCount{32} << 20;
  }
  S3Credentials credentials{Get(spec.secrets, "access_key_id"),
                            Get(spec.secrets, "secret_access_key"),
                            Get(spec.secrets, "session_token")};
  return std::make_unique<S3Store>(std::move(s3), std::move(credentials), clock, private_endpoints);
}

Result<std::unique_ptr<ObjectStore>> MakeSftp(const StoreSpec& spec,
                                              PrivateEndpoints private_endpoints) {
  RETURN_IF_ERROR(Require(spec, {"host", "username", "folder"}, {}));
  SftpSettings sftp{.host = Get(spec.settings, "host"),
                    .username = Get(spec.settings, "username"),
                    .folder = Get(spec.settings, "folder"),
                    .host_key = Get(spec.settings, "host_key")};
  if (!sftp.host_key.starts_with("SHA256:")) {
    return FieldFault("/settings/host_key",
                      "is required: what ssh-keygen -l says of the host's key (SHA256:…). A host "
                      "whose key is not known may be anybody");
  }
  if (sftp.folder.front() != '/') {
    return FieldFault("/settings/folder", "must be an absolute path of the host");
  }
  if (const std::string port = Get(spec.settings, "port"); !port.empty()) {
    std::from_chars(port.data(), port.data() + port.size(), sftp.port);
  }
  SftpSecrets secrets{Get(spec.secrets, "password"), Get(spec.secrets, "private_key"),
                      Get(spec.secrets, "passphrase")};
  if (secrets.password.empty() && secrets.private_key.empty()) {
    return FieldFault("/secrets/private_key", "is required, or a password");
  }
  return std::make_unique<SftpStore>(std::move(sftp), std::move(secrets), private_endpoints,
                                     RetryPolicy{.attempts = spec.attempts});
}

// What goes into a line of the protocol.
Status CheckLine(const StoreSpec& spec, std::string_view field) {
  const std::string text = Get(spec.settings, field);
  const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == 127; };
  if (std::none_of(text.begin(), text.end(), is_control)) return {};
  return FieldFault(fmt::format("/settings/{}", field), "may hold no control characters");
}

Result<std::unique_ptr<ObjectStore>> MakeFtp(const StoreSpec& spec,
                                             PrivateEndpoints private_endpoints) {
  RETURN_IF_ERROR(Require(spec, {"host", "username", "folder"}, {"password"}));
  FtpSettings ftp{.host = Get(spec.settings, "host"),
                  .username = Get(spec.settings, "username"),
                  .folder = Get(spec.settings, "folder")};
  if (ftp.host.find_first_of("/?#@% \t\r\n\\[]") != std::string::npos) {
    return FieldFault("/settings/host", "must be a name or an address, like ftp.example.org");
  }
  for (const std::string_view field : {"username", "folder"}) {
    RETURN_IF_ERROR(CheckLine(spec, field));
  }
  if (ftp.folder.front() != '/') {
    return FieldFault("/settings/folder",
                      "must be an absolute path, as the server shows it after the login");
  }
  if (spec.provider == "ftp") {
    ftp.tls = FtpTls::kNone;
  } else if (Get(spec.settings, "implicit_tls") == "true") {
    ftp.tls = FtpTls::kImplicit;
    ftp.port = 990;
  }
  if (const std::string port = Get(spec.settings, "port"); !port.empty()) {
    std::from_chars(port.data(), port.data() + port.size(), ftp.port);
  }
  ftp.ca_pem = Get(spec.settings, "ca_certificate");
  ftp.public_key_pin = Get(spec.settings, "public_key_pin");
  if (!ftp.public_key_pin.empty() &&
      (ftp.public_key_pin.size() != 52 || !ftp.public_key_pin.starts_with("sha256//"))) {
    return FieldFault("/settings/public_key_pin",
                      "must be like sha256//BASE64, of the server's public key");
  }
  return std::make_unique<FtpStore>(std::move(ftp), FtpSecrets{Get(spec.secrets, "password")},
                                    private_endpoints, RetryPolicy{.attempts = spec.attempts});
}

Result<std::unique_ptr<ObjectStore>> MakeLocal(const StoreSpec& spec) {
  RETURN_IF_ERROR(Require(spec, {"folder"}, {}));
  const std::filesystem::path folder = Get(spec.settings, "folder");
  if (!folder.is_absolute()) {
    return FieldFault("/settings/folder", "must be an absolute path of the server");
  }
  return std::make_unique<LocalStore>(folder);
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> MakeStore(const StoreSpec& spec, const Clock& clock,
                                               PrivateEndpoints private_endpoints) {
  if (spec.provider == "local") return MakeLocal(spec);
  if (spec.provider == "sftp") return MakeSftp(spec, private_endpoints);
  if (spec.provider == "ftps" || spec.provider == "ftp") return MakeFtp(spec, private_endpoints);
  return MakeS3(spec, clock, private_endpoints);
}

}  // namespace reprise::storage
