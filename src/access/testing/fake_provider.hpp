#pragma once

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "access/oidc_provider.hpp"
#include "base/hex.hpp"

// Keys and answers of a sign-in provider, to forge with.
namespace reprise::access::testing {

// A key pair that signs tokens.
class TokenKey {
 public:
  enum class Kind { kRsa, kP256 };
  TokenKey(std::string id, Kind kind, unsigned bits = 2048)
      : id_(std::move(id)),
        kind_(kind),
        key_(kind == Kind::kRsa ? EVP_RSA_gen(bits) : EVP_EC_gen("prime256v1"), EVP_PKEY_free) {}

  [[nodiscard]] std::string algorithm() const { return kind_ == Kind::kRsa ? "RS256" : "ES256"; }
  [[nodiscard]] boost::json::object Public() const {
    boost::json::object jwk{{"kid", id_}, {"use", "sig"}, {"alg", algorithm()}};
    if (kind_ == Kind::kRsa) {
      jwk["kty"] = "RSA";
      jwk["n"] = ToBase64Url(Number(OSSL_PKEY_PARAM_RSA_N, 0));
      jwk["e"] = ToBase64Url(Number(OSSL_PKEY_PARAM_RSA_E, 0));
    } else {
      jwk["kty"] = "EC";
      jwk["crv"] = "P-256";
      jwk["x"] = ToBase64Url(Number(OSSL_PKEY_PARAM_EC_PUB_X, 32));
      jwk["y"] = ToBase64Url(Number(OSSL_PKEY_PARAM_EC_PUB_Y, 32));
    }
    return jwk;
  }
  // A token of these claims; `header` as it stands there, or the key's own when it is empty.
  [[nodiscard]] std::string Token(const boost::json::object& claims,
                                  boost::json::object header = {}) const {
    if (header.empty()) header = {{"alg", algorithm()}, {"kid", id_}, {"typ", "JWT"}};
    const std::string text = ToBase64Url(boost::json::serialize(header)) + "." +
                             ToBase64Url(boost::json::serialize(claims));
    return text + "." + ToBase64Url(Sign(text));
  }

 private:
  [[nodiscard]] std::string Number(const char* name, std::size_t size) const {
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key_.get(), name, &number) != 1) std::abort();
    std::string bytes(size == 0 ? static_cast<std::size_t>(BN_num_bytes(number)) : size, '\0');
    BN_bn2binpad(number, Bytes(bytes), static_cast<int>(bytes.size()));
    BN_free(number);
    return bytes;
  }
  [[nodiscard]] std::string Sign(const std::string& text) const {
    EVP_MD_CTX* ctx = EVP_MD_CTX_new();
    std::size_t size = 512;
    std::string signature(size, '\0');
    if (EVP_DigestSignInit(ctx, nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(ctx, Bytes(signature), &size, Bytes(std::string_view(text)), text.size()) !=
            1) {
      std::abort();
    }
    EVP_MD_CTX_free(ctx);
    signature.resize(size);
    return kind_ == Kind::kRsa ? signature : Raw(signature);
  }
  static std::string Raw(const std::string& der) {
    const unsigned char* at = Bytes(std::string_view(der));
    ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    std::string raw(64, '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), Bytes(raw), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), Bytes(raw) + 32, 32);
    ECDSA_SIG_free(pair);
    return raw;
  }

  std::string id_;
  Kind kind_;
  std::shared_ptr<EVP_PKEY> key_;
};

// What a provider would answer, changed at will between two calls.
class FakeProvider {
 public:
  static constexpr std::string_view kIssuer = "https://id.example.com/main";

  FakeProvider() { keys.push_back(first); }
  [[nodiscard]] OidcOptions Options() const {
    return {std::string(kIssuer), "reprise", "the secret", "Example",
            "https://reprise.example.com/api/v1/auth/oidc/callback"};
  }
  [[nodiscard]] OidcProvider::Fetch Fetch() {
    return [this](const Context&, const OutgoingCall& call) { return Answer(call); };
  }
  // How often an address was asked for.
  [[nodiscard]] int Asked(const std::string& path) { return asked[std::string(kIssuer) + path]; }

  TokenKey first{"first", TokenKey::Kind::kRsa};
  std::vector<TokenKey> keys;
  boost::json::object discovery{{"issuer", kIssuer},
                                {"authorization_endpoint", std::string(kIssuer) + "/auth"},
                                {"token_endpoint", std::string(kIssuer) + "/token"},
                                {"jwks_uri", std::string(kIssuer) + "/keys"},
                                {"userinfo_endpoint", std::string(kIssuer) + "/me"},
                                {"authorization_response_iss_parameter_supported", true}};
  boost::json::object userinfo;
  std::string token;        // of the next code
  OutgoingCall token_call;  // as it came
  bool is_down = false;
  std::map<std::string, int> asked;

 private:
  OutgoingAnswer Answer(const OutgoingCall& call) {
    ++asked[call.url];
    OutgoingAnswer answer;
    if (is_down) {
      answer.error = "Could not connect to server";
      return answer;
    }
    answer.status = 200;
    const std::string base(kIssuer);
    if (call.url == base + "/.well-known/openid-configuration") {
      answer.body = boost::json::serialize(discovery);
    } else if (call.url == base + "/keys") {
      boost::json::array list;
      for (const TokenKey& key : keys) list.push_back(key.Public());
      answer.body = boost::json::serialize(boost::json::object{{"keys", list}});
    } else if (call.url == base + "/token") {
      token_call = call;
      answer.status = token.empty() ? 400 : 200;
      answer.body = boost::json::serialize(
          token.empty() ? boost::json::object{{"error", "invalid_grant"}}
                        : boost::json::object{{"id_token", token}, {"access_token", "at"}});
    } else if (call.url == base + "/me") {
      answer.body = boost::json::serialize(userinfo);
    } else {
      answer.status = 404;
    }
    return answer;
  }
};

}  // namespace reprise::access::testing
