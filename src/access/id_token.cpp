#include "access/id_token.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <optional>

#include "access/json_text.hpp"
#include "base/hex.hpp"
#include "base/json_fields.hpp"

namespace reprise::access {
namespace {

namespace json = boost::json;

constexpr int kLeastRsaBits = 2048;
constexpr std::size_t kMostKeys = 100;
constexpr std::size_t kLongestToken = std::size_t{64} << 10U;
constexpr std::size_t kLongestSubject = 255;
constexpr std::size_t kP256Bytes = 32;

struct OpensslDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* ctx) const { EVP_PKEY_CTX_free(ctx); }
  void operator()(EVP_MD_CTX* ctx) const { EVP_MD_CTX_free(ctx); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* params) const { OSSL_PARAM_free(params); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};
template <class T>
using Owned = std::unique_ptr<T, OpensslDeleter>;

tl::unexpected<Error> Refuse(std::string what) {
  return Fail(ErrorCode::kUnauthenticated, fmt::format("the provider's token {}", what),
              "sign in again; when it stays so, check the provider's settings for this client");
}

Owned<BIGNUM> NumberOf(std::string_view bytes) {
  return Owned<BIGNUM>(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

Owned<EVP_PKEY> MakeKey(const char* kind, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX> ctx(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !ctx || EVP_PKEY_fromdata_init(ctx.get()) != 1 ||
      EVP_PKEY_fromdata(ctx.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return Owned<EVP_PKEY>(key);
}

Owned<EVP_PKEY> RsaKey(const json::object& from) {
  const auto modulus = FromBase64Url(TextUnder(from, "n"));
  const auto exponent = FromBase64Url(TextUnder(from, "e"));
  if (!modulus || !exponent || modulus->empty() || exponent->empty()) return nullptr;
  const Owned<BIGNUM> n = NumberOf(*modulus);
  const Owned<BIGNUM> e = NumberOf(*exponent);
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  Owned<EVP_PKEY> key = MakeKey("RSA", builder.get());
  return key && EVP_PKEY_get_bits(key.get()) >= kLeastRsaBits ? std::move(key) : nullptr;
}

Owned<EVP_PKEY> P256Key(const json::object& from) {
  const auto x = FromBase64Url(TextUnder(from, "x"));
  const auto y = FromBase64Url(TextUnder(from, "y"));
  if (TextUnder(from, "crv") != "P-256" || !x || !y || x->size() != kP256Bytes ||
      y->size() != kP256Bytes) {
    return nullptr;
  }
  const std::string point = '\x04' + *x + *y;
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  return MakeKey("EC", builder.get());
}

// The two numbers of an ES256 signature (RFC 7518, section 3.4) as OpenSSL wants them.
std::string DerOf(std::string_view signature) {
  if (signature.size() != 2 * kP256Bytes) return {};
  const Owned<ECDSA_SIG> pair(ECDSA_SIG_new());
  Owned<BIGNUM> r = NumberOf(signature.substr(0, kP256Bytes));
  Owned<BIGNUM> s = NumberOf(signature.substr(kP256Bytes));
  if (!pair || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  std::string der(static_cast<std::size_t>(i2d_ECDSA_SIG(pair.get(), nullptr)), '\0');
  unsigned char* at = Bytes(der);
  i2d_ECDSA_SIG(pair.get(), &at);
  return der;
}

// The three parts of a token (RFC 7515), read.
struct Parts {
  json::object header;
  json::object claims;
  std::string_view signed_text;
  std::string signature;
};

Result<json::object> ReadPart(std::string_view text) {
  const Result<std::string> bytes = FromBase64Url(text);
  if (!bytes) return Refuse("cannot be read");
  Result<json::value> value = ParseJson(*bytes);
  if (!value || !value->is_object()) return Refuse("cannot be read");
  return std::move(value->as_object());
}

Result<Parts> Split(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (token.size() > kLongestToken || second == std::string_view::npos ||
      token.find('.', second + 1) != std::string_view::npos) {
    return Refuse("is none");
  }
  Parts parts;
  ASSIGN_OR_RETURN(parts.header, ReadPart(token.substr(0, first)));
  ASSIGN_OR_RETURN(parts.claims, ReadPart(token.substr(first + 1, second - first - 1)));
  parts.signed_text = token.substr(0, second);
  const Result<std::string> signature = FromBase64Url(token.substr(second + 1));
  if (!signature) return Refuse("cannot be read");
  parts.signature = *signature;
  return parts;
}

std::optional<double> SecondsUnder(const json::object& claims, std::string_view name) {
  const json::value* value = claims.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

Status CheckAudience(const json::object& claims, const std::string& client_id) {
  const json::value* audience = claims.if_contains("aud");
  bool is_ours = false;
  std::size_t others = 0;
  if (audience != nullptr && audience->is_string()) is_ours = audience->as_string() == client_id;
  if (audience != nullptr && audience->is_array()) {
    for (const json::value& one : audience->as_array()) {
      const bool ours = one.is_string() && one.as_string() == client_id;
      is_ours = is_ours || ours;
      others += ours ? 0 : 1;
    }
  }
  if (!is_ours) return Refuse("was made for another program");
  const std::string party = TextUnder(claims, "azp");
  if (others > 0 ? party != client_id : !party.empty() && party != client_id) {
    return Refuse("was given to another program");
  }
  return {};
}

Status CheckTimes(const json::object& claims, const ExpectedToken& expected) {
  const double now = static_cast<double>(ToMicros(expected.now)) / 1e6;
  const auto skew = static_cast<double>(expected.skew.count());
  const std::optional<double> ends = SecondsUnder(claims, "exp");
  const std::optional<double> made = SecondsUnder(claims, "iat");
  const std::optional<double> begins = SecondsUnder(claims, "nbf");
  if (!ends || !made) return Refuse("does not say how long it counts");
  if (!(*ends + skew > now)) return Refuse("counts no more; is a clock wrong?");
  if (!(*made - skew < now) || (begins && !(*begins - skew < now))) {
    return Refuse("is of a later time than ours; is a clock wrong?");
  }
  return {};
}

}  // namespace

struct JsonWebKeys::Key {
  std::string id;
  std::string algorithm;
  Owned<EVP_PKEY> key;

  [[nodiscard]] bool Verify(std::string_view text, std::string_view signature) const {
    const std::string bytes = algorithm == "ES256" ? DerOf(signature) : std::string(signature);
    const Owned<EVP_MD_CTX> ctx(EVP_MD_CTX_new());
    return !bytes.empty() && ctx &&
           EVP_DigestVerifyInit(ctx.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
           EVP_DigestVerify(ctx.get(), Bytes(bytes), bytes.size(), Bytes(text), text.size()) == 1;
  }
};

Result<JsonWebKeys> JsonWebKeys::Parse(std::string_view text) {
  const Result<json::value> document = ParseJson(text);
  const json::value* list =
      document && document->is_object() ? document->get_object().if_contains("keys") : nullptr;
  if (list == nullptr || !list->is_array()) {
    return Fail(ErrorCode::kUnavailable, "the sign-in provider's list of keys cannot be read");
  }
  JsonWebKeys keys;
  for (const json::value& one : list->get_array()) {
    if (!one.is_object() || keys.keys_.size() == kMostKeys) continue;
    const json::object& from = one.get_object();
    const std::string kind = TextUnder(from, "kty");
    const std::string use = TextUnder(from, "use");
    const std::string algorithm = kind == "RSA" ? "RS256" : kind == "EC" ? "ES256" : "";
    const std::string told = TextUnder(from, "alg");
    if (algorithm.empty() || (!use.empty() && use != "sig") ||
        (!told.empty() && told != algorithm)) {
      continue;
    }
    Owned<EVP_PKEY> key = kind == "RSA" ? RsaKey(from) : P256Key(from);
    if (!key) continue;
    keys.keys_.push_back(
        std::make_shared<const Key>(Key{TextUnder(from, "kid"), algorithm, std::move(key)}));
  }
  return keys;
}

bool JsonWebKeys::Has(std::string_view key_id) const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const auto& key) { return key->id == key_id; });
}

bool JsonWebKeys::Verify(std::string_view algorithm, std::string_view key_id, std::string_view text,
                         std::string_view signature) const {
  return std::any_of(keys_.begin(), keys_.end(), [&](const auto& key) {
    return key->algorithm == algorithm && (key_id.empty() || key->id == key_id) &&
           key->Verify(text, signature);
  });
}

Result<std::string> KeyIdOf(std::string_view token) {
  ASSIGN_OR_RETURN(const Parts parts, Split(token));
  return TextUnder(parts.header, "kid");
}

Result<IdTokenClaims> CheckIdToken(std::string_view token, const JsonWebKeys& keys,
                                   const ExpectedToken& expected) {
  ASSIGN_OR_RETURN(const Parts parts, Split(token));
  if (parts.header.contains("crit")) return Refuse("asks for something that is not known here");
  if (!keys.Verify(TextUnder(parts.header, "alg"), TextUnder(parts.header, "kid"),
                   parts.signed_text, parts.signature)) {
    return Refuse("is not signed by the provider with RS256 or ES256");
  }
  if (TextUnder(parts.claims, "iss") != expected.issuer) {
    return Refuse("is of another provider");
  }
  RETURN_IF_ERROR(CheckAudience(parts.claims, expected.client_id));
  RETURN_IF_ERROR(CheckTimes(parts.claims, expected));
  if (expected.nonce.empty() || TextUnder(parts.claims, "nonce") != expected.nonce) {
    return Refuse("is of another sign-in");
  }
  IdTokenClaims claims = ClaimsIn(parts.claims);
  if (claims.subject.empty() || claims.subject.size() > kLongestSubject) {
    return Refuse("does not say who signed in");
  }
  return claims;
}

}  // namespace reprise::access
