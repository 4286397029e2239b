#include "api/tls_identity.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace reprise::api {
namespace {

constexpr std::string_view kHint =
    "give PEM files: --tls-cert with the certificate and the chain behind it, --tls-key with its "
    "private key";

tl::unexpected<Error> Refuse(std::string message, std::string_view hint = kHint) {
  ERR_clear_error();
  return Fail(ErrorCode::kInvalidArgument, std::move(message), std::string(hint));
}

Status Readable(const std::string& what, const std::string& path) {
  if (path.empty()) return Refuse(fmt::format("the {}'s file is not named", what));
  const std::ifstream file(path);
  std::error_code error(errno, std::generic_category());
  if (file) return {};
  return Refuse(fmt::format("cannot read the {} {}: {}", what, path, error.message()),
                "is it there, and may the user read it as whom reprise runs?");
}

// Notes that a passphrase was asked for, and knows none.
int OnPassphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return 0;
}

// Of the protocols that a client offers, the one that we speak.
int OnAlpn(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
           unsigned int offered_length, void*) {
  constexpr std::array<unsigned char, 9> kOurs = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* found = nullptr;
  const int result =
      SSL_select_next_proto(&found, length, kOurs.data(), kOurs.size(), offered, offered_length);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

bool Settle(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // idle connections hold none
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, &OnAlpn, nullptr);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
}

}  // namespace

std::string StampOf(const TlsFiles& files) {
  std::string stamp;
  for (const std::string& path : {files.certificate, files.key}) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) info = {};
    stamp += fmt::format("{}:{}:{}.{};", info.st_ino, info.st_size, info.st_mtim.tv_sec,
                         info.st_mtim.tv_nsec);
  }
  return stamp;
}

Result<TlsIdentity> LoadTlsIdentity(const TlsFiles& files) {
  RETURN_IF_ERROR(Readable("certificate", files.certificate));
  RETURN_IF_ERROR(Readable("private key", files.key));
  const TlsIdentity context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  if (!context || !Settle(context.get())) {
    return Fail(ErrorCode::kInternal, "OpenSSL refuses the settings of this server");
  }
  bool asked = false;
  SSL_CTX_set_default_passwd_cb(context.get(), &OnPassphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context.get(), &asked);
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) {
    return Refuse(fmt::format("{} holds no certificate in PEM", files.certificate));
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const bool mismatch = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
                          ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH;
    if (asked) {
      return Refuse(fmt::format("the private key {} needs a passphrase", files.key),
                    "take the passphrase away and let only reprise's user read the file");
    }
    if (!mismatch) return Refuse(fmt::format("{} holds no private key in PEM", files.key));
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    return Refuse(fmt::format("the private key {} does not belong to the certificate {}", files.key,
                              files.certificate),
                  "renew or replace both files together");
  }
  SSL_CTX_set_default_passwd_cb_userdata(context.get(), nullptr);
  SSL_CTX_set_default_passwd_cb(context.get(), nullptr);
  return context;
}

}  // namespace reprise::api
