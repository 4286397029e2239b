#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/context.hpp"
#include "base/stream.hpp"
#include "storage/endpoint_guard.hpp"
#include "storage/retry.hpp"

namespace reprise::storage {

// How a connection to an FTP server is protected. Explicit: asked for on the usual port, before the
// login (RFC 4217). Implicit: from the first byte, on a port of its own. None: everybody on the way
// reads the password and the archives.
enum class FtpTls { kExplicit, kImplicit, kNone };

struct FtpSettings {
  std::string host;
  int port = 21;
  std::string username;
  std::string folder;  // absolute; it must be there
  FtpTls tls = FtpTls::kExplicit;
  std::string ca_pem;          // certificates to trust instead of the system's; empty: the system's
  std::string public_key_pin;  // "sha256//BASE64" of the server's public key: no other is talked to
  std::chrono::seconds silence{60};  // of the server, until a connection is given up
};

struct FtpSecrets {
  std::string password;
};

// What is asked of a server at once: commands, then perhaps a file's size or a list, then commands.
struct FtpCall {
  enum class Kind { kCommands, kLook, kList };
  Kind kind = Kind::kCommands;
  std::string what;                 // for messages, such as "listing /up"
  std::string path = "/";           // absolute; a folder's ends with "/"
  std::vector<std::string> before;  // with "*" in front: may be refused
  std::vector<std::string> after;
  std::string list_command;
  int* refusal = nullptr;  // takes the server's code when it has refused something
};

// What libcurl shows of one call while it runs, and what the server said.
struct FtpTalk {
  const Context* ctx = nullptr;
  PrivateEndpoints private_endpoints = PrivateEndpoints::kRefuse;
  std::optional<Error> refused = std::nullopt;  // an address that must not be connected to
  std::string said = {};                        // the last line of the server
  std::string list = {};
  std::array<char, CURL_ERROR_SIZE> told{};
};

// Makes `easy`, fresh or reset, talk to the server of `settings` about `path`. All references must
// outlive what it does.
void SetUpFtp(CURL* easy, FtpTalk& talk, const FtpSettings& settings, const FtpSecrets& secrets,
              const std::string& path);

// What `code` means: kUnavailable for what may be better next time, kNotFound for a file that is
// not there, kNoSpace, kPermissionDenied for an address that must not be connected to, else
// kStorageFailed.
[[nodiscard]] Error FtpErrorOf(CURL* easy, CURLcode code, const FtpTalk& talk,
                               const FtpSettings& settings, const std::string& what);

}  // namespace reprise::storage
