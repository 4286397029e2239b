#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>

// Keys and certificates made for one test.
namespace reprise::api::testing {

using KeyPair = std::shared_ptr<EVP_PKEY>;

inline KeyPair NewKeyPair() { return {EVP_EC_gen("P-256"), &EVP_PKEY_free}; }

// Writes a certificate for 127.0.0.1 and localhost that vouches for itself.
inline void WriteCertificate(const std::string& path, const KeyPair& pair,
                             const std::string& name = "reprise test") {
  const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), &X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), std::random_device{}() >> 1U);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_NAME* const subject = X509_get_subject_name(made.get());
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes
  const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, text, -1, -1, 0);
  X509_set_issuer_name(made.get(), subject);
  X509_set_pubkey(made.get(), pair.get());
  for (const auto& [kind, value] : {std::pair(NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost"),
                                    std::pair(NID_basic_constraints, "critical,CA:TRUE")}) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    X509_add_ext(made.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(made.get(), pair.get(), EVP_sha256());
  std::FILE* const file = std::fopen(path.c_str(), "w");
  if (file == nullptr) std::abort();
  PEM_write_X509(file, made.get());
  (void)std::fclose(file);
}

// With a passphrase unless it is empty.
inline void WriteKey(const std::string& path, const KeyPair& pair, std::string passphrase = {}) {
  std::FILE* const file = std::fopen(path.c_str(), "w");
  if (file == nullptr) std::abort();
  PEM_write_PKCS8PrivateKey(file, pair.get(), passphrase.empty() ? nullptr : EVP_aes_256_cbc(),
                            passphrase.data(), static_cast<int>(passphrase.size()), nullptr,
                            nullptr);
  (void)std::fclose(file);
}

}  // namespace reprise::api::testing
