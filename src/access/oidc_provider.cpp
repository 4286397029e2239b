#include "access/oidc_provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "access/json_text.hpp"
#include "base/hash.hpp"
#include "base/hex.hpp"
#include "base/json_fields.hpp"
#include "base/log.hpp"

namespace reprise::access {
namespace {

namespace json = boost::json;

constexpr std::chrono::hours kKeep{1};
constexpr std::chrono::seconds kLookAgain{10};
constexpr std::size_t kMostRead = std::size_t{256} << 10U;
constexpr std::chrono::milliseconds kLimit{10'000};

Error Unavailable(std::string what) {
  return Error{ErrorCode::kUnavailable, std::move(what),
               "try again in a moment, or sign in with a password"};
}

Result<json::object> ObjectIn(std::string_view text, std::string_view what) {
  Result<json::value> value = ParseJson(text);
  if (value && value->is_object()) return std::move(value->as_object());
  return Fail(Unavailable(fmt::format("the sign-in provider's {} cannot be read", what)));
}

bool Lists(const json::object& object, std::string_view name, std::string_view text) {
  const json::value* list = object.if_contains(name);
  return list != nullptr && list->is_array() &&
         std::any_of(list->get_array().begin(), list->get_array().end(), [&](const auto& one) {
           return one.is_string() && std::string_view(one.get_string()) == text;
         });
}

}  // namespace

std::string PkceChallenge(std::string_view verifier) {
  return ToBase64Url(FromHex(HashOf(HashKind::kSha256, verifier)));
}

Status CheckOidcOptions(const OidcOptions& options) {
  if (!CheckUrl(options.issuer) || !KeepsSecrets(options.issuer)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the issuer \"{}\" is no https address", options.issuer),
                "name it as the provider's discovery document does (http only on this machine)");
  }
  if (options.client_id.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "the sign-in provider has no client id",
                "register this server there and give --oidc-client-id");
  }
  return {};
}

Result<std::string> OidcProvider::Get(const Context& ctx, const std::string& url,
                                      std::vector<std::string> headers) {
  OutgoingCall call;
  call.url = url;
  call.headers = std::move(headers);
  call.headers.emplace_back("Accept: application/json");
  call.reach = Reach::kAnybody;  // the operator named it, and it may well stand beside us
  call.limit = kLimit;
  call.most_kept = kMostRead;
  const OutgoingAnswer answer = fetch_(ctx, call);
  if (answer.status == 200 && !answer.cut) return answer.body;
  const std::string why = answer.refused       ? "its address is one where no provider can be"
                          : answer.status == 0 ? answer.error
                                               : fmt::format("it answered {}", answer.status);
  log::Warning("oidc.provider.failed", {{"url", url}, {"error", why}});
  return Fail(Unavailable(fmt::format("the sign-in provider cannot be asked: {}", why)));
}

Result<OidcProvider::Addresses> OidcProvider::ReadAddresses(const Context& ctx) {
  std::string base = options_.issuer;
  while (base.ends_with('/')) base.pop_back();
  ASSIGN_OR_RETURN(const std::string text, Get(ctx, base + "/.well-known/openid-configuration"));
  ASSIGN_OR_RETURN(const json::object document, ObjectIn(text, "discovery document"));
  if (const std::string told = TextUnder(document, "issuer"); told != options_.issuer) {
    return Fail(
        Error{ErrorCode::kUnavailable,
              fmt::format("the sign-in provider calls itself {}, not {}", told, options_.issuer),
              "correct --oidc-issuer, to the letter"});
  }
  Addresses addresses{TextUnder(document, "authorization_endpoint"),
                      TextUnder(document, "token_endpoint"),
                      TextUnder(document, "jwks_uri"),
                      TextUnder(document, "userinfo_endpoint"),
                      false,
                      false,
                      clock_.Now()};
  for (const std::string* url : {&addresses.authorize, &addresses.token, &addresses.keys}) {
    if (CheckUrl(*url) && KeepsSecrets(*url)) continue;
    return Fail(Unavailable(
        fmt::format("the sign-in provider names \"{}\", which is no https address", *url)));
  }
  if (!CheckUrl(addresses.userinfo) || !KeepsSecrets(addresses.userinfo)) {
    addresses.userinfo.clear();
  }
  constexpr std::string_view kMethods = "token_endpoint_auth_methods_supported";
  addresses.secret_in_form = Lists(document, kMethods, "client_secret_post") &&
                             !Lists(document, kMethods, "client_secret_basic");
  const json::value* tells = document.if_contains("authorization_response_iss_parameter_supported");
  addresses.tells_issuer = tells != nullptr && tells->is_bool() && tells->get_bool();
  return addresses;
}

Result<OidcProvider::Addresses> OidcProvider::CurrentAddresses(const Context& ctx) {
  const std::lock_guard lock(mutex_);
  if (addresses_ && clock_.Now() - addresses_->read_at < kKeep) return *addresses_;
  Result<Addresses> fresh = ReadAddresses(ctx);
  if (!fresh && !addresses_) return fresh;
  if (fresh) {
    addresses_ = *fresh;
  } else {  // the old ones may still do; asked again in a while
    addresses_->read_at = clock_.Now() - kKeep + std::chrono::minutes(1);
  }
  return *addresses_;
}

Result<JsonWebKeys> OidcProvider::KeysFor(const Context& ctx, const std::string& key_id) {
  ASSIGN_OR_RETURN(const Addresses addresses, CurrentAddresses(ctx));
  const std::lock_guard lock(mutex_);
  const Instant now = clock_.Now();
  const bool is_known = keys_ && (key_id.empty() || keys_->keys.Has(key_id));
  const auto age = keys_ ? now - keys_->read_at : std::chrono::microseconds::max();
  if (is_known && age < kKeep) return keys_->keys;
  if (keys_ && !is_known) {  // a stranger's token must not make us ask without end
    if (missed_at_ && now - *missed_at_ < kLookAgain) return keys_->keys;
    missed_at_ = now;
  }
  const Result<std::string> text = Get(ctx, addresses.keys);
  Result<JsonWebKeys> fresh =
      text ? JsonWebKeys::Parse(*text) : Result<JsonWebKeys>(tl::unexpected(text.error()));
  if (!fresh) return is_known ? Result<JsonWebKeys>(keys_->keys) : fresh;
  keys_ = Keys{*fresh, now};
  return fresh;
}

Result<std::string> OidcProvider::AuthorizeUrl(const Context& ctx, const std::string& state,
                                               const std::string& nonce,
                                               const std::string& verifier) {
  ASSIGN_OR_RETURN(const Addresses addresses, CurrentAddresses(ctx));
  const char separator = addresses.authorize.find('?') == std::string::npos ? '?' : '&';
  return addresses.authorize + separator +
         FormText({{"response_type", "code"},
                   {"client_id", options_.client_id},
                   {"redirect_uri", options_.redirect_uri},
                   {"scope", "openid email profile"},
                   {"state", state},
                   {"nonce", nonce},
                   {"code_challenge", PkceChallenge(verifier)},
                   {"code_challenge_method", "S256"}});
}

Status OidcProvider::CheckIssuer(const Context& ctx, const std::string& issuer_told) {
  ASSIGN_OR_RETURN(const Addresses addresses, CurrentAddresses(ctx));
  const bool fine = issuer_told.empty() ? !addresses.tells_issuer : issuer_told == options_.issuer;
  if (fine) return {};
  return Fail(ErrorCode::kUnauthenticated, "the answer is of another sign-in provider",
              "begin the sign-in anew");
}

Status OidcProvider::AddUserinfo(const Context& ctx, const Addresses& addresses,
                                 const std::string& access_token, IdTokenClaims& claims) {
  if (!claims.email.empty() || addresses.userinfo.empty() || access_token.empty()) return {};
  ASSIGN_OR_RETURN(const std::string text,
                   Get(ctx, addresses.userinfo, {"Authorization: Bearer " + access_token}));
  ASSIGN_OR_RETURN(const json::object object, ObjectIn(text, "userinfo"));
  const IdTokenClaims told = ClaimsIn(object);
  if (told.subject != claims.subject) {
    return Fail(ErrorCode::kUnauthenticated, "the sign-in provider's userinfo is of another person",
                "sign in again");
  }
  claims.email = told.email;
  claims.email_verified = told.email_verified;
  if (claims.name.empty()) claims.name = told.name;
  return {};
}

Result<IdTokenClaims> OidcProvider::Redeem(const Context& ctx, const std::string& code,
                                           const std::string& verifier, const std::string& nonce) {
  ASSIGN_OR_RETURN(const Addresses addresses, CurrentAddresses(ctx));
  OutgoingCall call;
  call.url = addresses.token;
  call.posts = true;
  call.reach = Reach::kAnybody;
  call.limit = kLimit;
  call.most_kept = kMostRead;
  call.headers = {"Content-Type: application/x-www-form-urlencoded", "Accept: application/json"};
  std::vector<std::pair<std::string, std::string>> form = {{"grant_type", "authorization_code"},
                                                           {"code", code},
                                                           {"redirect_uri", options_.redirect_uri},
                                                           {"code_verifier", verifier}};
  if (options_.client_secret.empty() || addresses.secret_in_form) {
    form.emplace_back("client_id", options_.client_id);
    if (!options_.client_secret.empty()) form.emplace_back("client_secret", options_.client_secret);
  } else {  // each half as a form has it (RFC 6749, section 2.3.1)
    const std::string id = FormText({{"", options_.client_id}}).substr(1);
    const std::string secret = FormText({{"", options_.client_secret}}).substr(1);
    call.headers.push_back("Authorization: Basic " + ToBase64(id + ":" + secret));
  }
  call.body = FormText(form);
  const OutgoingAnswer answer = fetch_(ctx, call);
  const Result<json::object> told = ObjectIn(answer.body, "answer");
  if (answer.status != 200 || answer.cut || !told) {
    const std::string reason = told ? TextUnder(*told, "error") : answer.error;
    log::Warning("oidc.code.refused",
                 {{"status", std::to_string(answer.status)}, {"error", reason}});
    if (answer.status >= 400 && answer.status < 500 && reason == "invalid_grant") {
      return Fail(ErrorCode::kUnauthenticated, "the sign-in provider does not take the code",
                  "it counts once and not for long: sign in again");
    }
    return Fail(Unavailable(fmt::format(
        "the sign-in provider does not say who signed in ({})",
        answer.status == 0 ? answer.error : fmt::format("{} {}", answer.status, reason))));
  }
  const std::string token = TextUnder(*told, "id_token");
  ASSIGN_OR_RETURN(const std::string key_id, KeyIdOf(token));
  ASSIGN_OR_RETURN(const JsonWebKeys keys, KeysFor(ctx, key_id));
  ASSIGN_OR_RETURN(
      IdTokenClaims claims,
      CheckIdToken(token, keys, {options_.issuer, options_.client_id, nonce, clock_.Now()}));
  RETURN_IF_ERROR(AddUserinfo(ctx, addresses, TextUnder(*told, "access_token"), claims));
  return claims;
}

}  // namespace reprise::access
