#pragma once

#include <memory>
#include <string>

#include "base/error.hpp"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace reprise::api {

// Where a server's certificate is: PEM files. The certificate's file holds the chain behind it too.
struct TlsFiles {
  std::string certificate;
  std::string key;

  [[nodiscard]] bool empty() const { return certificate.empty() && key.empty(); }
};

// Tells when a file has been replaced: renewed certificates are new files or new bytes.
[[nodiscard]] std::string StampOf(const TlsFiles& files);

// What TLS connections of a server are made from: TLS 1.2 and 1.3, ciphers with forward secrecy.
// Connections keep the one that they began with.
using TlsIdentity = std::shared_ptr<ssl_ctx_st>;

// Reads the files. kInvalidArgument says which file is wrong, and how: not readable, no
// certificate, a key that needs a passphrase, a key that belongs to another certificate.
[[nodiscard]] Result<TlsIdentity> LoadTlsIdentity(const TlsFiles& files);

}  // namespace reprise::api
