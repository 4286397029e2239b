#include "docker/ssh_options.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/hash.hpp"

namespace reprise::docker {
namespace {

bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsMadeOf(std::string_view text, std::string_view others) {
  return std::ranges::all_of(
      text, [&](char c) { return IsLetterOrDigit(c) || others.find(c) != std::string_view::npos; });
}

Status Refuse(std::string_view what, std::string_view value, std::string hint) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("“{}” is not {}", value, what),
              std::move(hint));
}

struct Reason {
  std::string_view words;  // of ssh
  std::string_view sentence;
  std::string_view hint;
};

constexpr Reason kReasons[] = {
    {"REMOTE HOST IDENTIFICATION HAS CHANGED", "it shows another host key than the pinned one",
     "if the server was installed anew, remove it and enrol it again; otherwise somebody stands "
     "between: do not go on"},
    {"Host key verification failed", "it shows another host key than the pinned one",
     "if the server was installed anew, remove it and enrol it again; otherwise somebody stands "
     "between: do not go on"},
    {"no matching host key type", "it no longer has a host key of the pinned kind",
     "if its keys were made anew, remove it and enrol it again"},
    {"Permission denied", "it does not let us in",
     "put the public key into that user's ~/.ssh/authorized_keys on the server"},
    {"Could not resolve hostname", "its name cannot be resolved", "check the address"},
    {"Connection refused", "nothing listens there", "check the port, and that sshd runs"},
    {"timed out", "it does not answer", "check the network and the firewall"},
    {"not responding", "the connection went dead", "check the network and the firewall"},
    {"No route to host", "there is no way to it", "check the network"},
    {"Network is unreachable", "there is no way to it", "check the network"},
    {"invalid format", "its private key cannot be read", "give a key without a passphrase"},
    {"error in libcrypto", "its private key cannot be read", "give a key without a passphrase"},
    {"administratively prohibited", "its sshd forbids forwarding",
     "allow it there: AllowStreamLocalForwarding yes"},
};

// The bytes of a base64 text; empty when it is none.
std::string FromBase64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return {};
  std::string bytes(text.size() / 4 * 3, '\0');
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's way
  const int got = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                  reinterpret_cast<const unsigned char*>(text.data()),
                                  static_cast<int>(text.size()));
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  if (got < 0) return {};
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  bytes.resize(static_cast<std::size_t>(got) - padding);
  return bytes;
}

std::string ToBase64(const std::vector<unsigned char>& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's way
  const int got = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                  static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(got));
  return text;
}

}  // namespace

Result<std::string> FingerprintOf(std::string_view public_key) {
  const std::size_t kind = public_key.find(' ');
  std::string_view blob;
  if (kind != std::string_view::npos) blob = public_key.substr(kind + 1);
  blob = blob.substr(0, blob.find(' '));
  const std::string bytes = FromBase64(blob);
  if (bytes.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "this is not a public key",
                "it looks like: ssh-ed25519 AAAAC3Nza…");
  }
  const std::string hex = HashOf(HashKind::kSha256, bytes);
  std::vector<unsigned char> digest;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    digest.push_back(static_cast<unsigned char>(std::stoi(hex.substr(at, 2), nullptr, 16)));
  }
  std::string text = ToBase64(digest);
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

Status CheckSshHost(std::string_view host) {
  if (!host.empty() && host.size() <= 255 && host.front() != '-' && IsMadeOf(host, ".-_:%")) {
    return {};
  }
  return Refuse("an address", host,
                "give a host name, an IP address, or a name of your ssh config");
}

Status CheckSshUser(std::string_view user) {
  if (user.empty() || (user.size() <= 64 && user.front() != '-' && IsMadeOf(user, ".-_"))) {
    return {};
  }
  return Refuse("the name of a user", user, "letters, digits and . - _");
}

Status CheckSocketPath(std::string_view path) {
  if (path.starts_with('/') && path.size() < 104 && IsMadeOf(path, "/.-_")) return {};
  return Refuse("the path of a socket", path, "an absolute path as /var/run/docker.sock");
}

std::vector<std::string> SshCommand(const SshAddress& address, const std::string& known_hosts,
                                    const std::string& key) {
  std::vector<std::string> argv = {"ssh"};
  const auto option = [&](std::string text) {
    argv.emplace_back("-o");
    argv.push_back(std::move(text));
  };
  if (!key.empty()) {
    argv.insert(argv.end(), {"-F", "none", "-i", key});
    option("IdentitiesOnly=yes");
    option("IdentityAgent=none");
  }
  option("BatchMode=yes");
  option("UserKnownHostsFile=" + known_hosts);
  option("GlobalKnownHostsFile=/dev/null");
  option(fmt::format("HostKeyAlias={}", kKnownAs));
  option("CheckHostIP=no");
  option("HashKnownHosts=no");
  option("UpdateHostKeys=no");
  option("VerifyHostKeyDNS=no");
  option("ConnectTimeout=10");
  option("ServerAliveInterval=5");
  option("ServerAliveCountMax=3");
  option("ForwardAgent=no");
  option("ForwardX11=no");
  option("PermitLocalCommand=no");
  option("LogLevel=ERROR");
  if (!address.user.empty()) argv.insert(argv.end(), {"-l", address.user});
  if (address.port != 0) argv.insert(argv.end(), {"-p", std::to_string(address.port)});
  return argv;
}

std::string AddressText(const SshAddress& address) {
  std::string text = address.user.empty() ? address.host : address.user + "@" + address.host;
  if (address.port != 0) text += fmt::format(":{}", address.port);
  return text;
}

std::string LastLine(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  const std::size_t start = text.rfind('\n');
  return std::string(start == std::string_view::npos ? text : text.substr(start + 1));
}

Error SshFailure(std::string_view name, const SshAddress& address, std::string_view complaints) {
  const std::string where =
      fmt::format("the server \"{}\" ({}) cannot be reached", name, AddressText(address));
  for (const Reason& reason : kReasons) {
    if (complaints.find(reason.words) == std::string_view::npos) continue;
    return Error{ErrorCode::kEngineUnavailable, fmt::format("{}: {}", where, reason.sentence),
                 std::string(reason.hint)};
  }
  const std::string last = LastLine(complaints);
  return Error{ErrorCode::kEngineUnavailable,
               fmt::format("{}: {}", where, last.empty() ? "ssh ended without a word" : last),
               "try it by hand: ssh " + AddressText(address)};
}

}  // namespace reprise::docker
