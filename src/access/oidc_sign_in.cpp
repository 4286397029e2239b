#include "access/oidc_sign_in.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "access/json_text.hpp"
#include "base/hash.hpp"
#include "base/hex.hpp"
#include "base/id.hpp"
#include "base/json_fields.hpp"
#include "base/log.hpp"

namespace reprise::access {
namespace {

namespace json = boost::json;

constexpr int kMostAtOnce = 4;
constexpr std::size_t kLongestName = 200;
constexpr std::string_view kSealedFor = "oidc sign-in";

// A sign-in that has begun, as the cookie holds it.
struct Flow {
  std::string state;
  std::string nonce;
  std::string verifier;
  Instant expires_at;
};

std::string RandomText() { return ToBase64Url(FromHex(RandomHex(32))); }

tl::unexpected<Error> Refuse(std::string what) {
  return Fail(ErrorCode::kUnauthenticated, std::move(what), "begin the sign-in anew");
}

std::string ToText(const Flow& flow) {
  return json::serialize(json::object{{"state", flow.state},
                                      {"nonce", flow.nonce},
                                      {"verifier", flow.verifier},
                                      {"expires", ToMicros(flow.expires_at)}});
}

Result<Flow> Opened(const SecretBox& box, const std::string& cookie) {
  const Result<std::string> text = box.Open(cookie, kSealedFor);
  const Result<json::value> value =
      text ? ParseJson(*text) : Result<json::value>(tl::unexpected(text.error()));
  if (!value || !value->is_object()) {
    return Refuse("this browser did not begin a sign-in, or it was too long ago");
  }
  const json::object& object = value->get_object();
  return Flow{TextUnder(object, "state"), TextUnder(object, "nonce"), TextUnder(object, "verifier"),
              FromMicros(object.at("expires").to_number<std::int64_t>())};
}

bool Same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

class Counted {
 public:
  explicit Counted(std::atomic<int>& count) : count_(count), number_(++count) {}
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  [[nodiscard]] Status Check() const {
    if (number_ <= kMostAtOnce) return {};
    return Fail(ErrorCode::kTooManyRequests, "too many people sign in just now",
                "try again in a moment");
  }

 private:
  std::atomic<int>& count_;
  int number_;
};

}  // namespace

Result<OidcJoin> ReadOidcJoin(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon != std::string::npos && colon > 0) {
    OidcJoin join{text.substr(0, colon), text.substr(colon + 1)};
    if (join.role == "viewer" || join.role == "developer" || join.role == "admin") return join;
  }
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("\"{}\" names no organization and role to join", text),
              "write ORGANIZATION:ROLE with viewer, developer or admin");
}

Result<OidcSignIn::Begun> OidcSignIn::Begin(const Context& ctx) {
  const Counted counted(signing_in_);
  RETURN_IF_ERROR(counted.Check());
  const Flow flow{RandomText(), RandomText(), RandomText(), parts_.clock.Now() + kLimit};
  ASSIGN_OR_RETURN(std::string url,
                   parts_.provider.AuthorizeUrl(ctx, flow.state, flow.nonce, flow.verifier));
  return Begun{std::move(url), parts_.box.Seal(ToText(flow), kSealedFor)};
}

Result<SignedIn> OidcSignIn::Finish(const Context& ctx, const Answer& answer) {
  const Counted counted(signing_in_);
  RETURN_IF_ERROR(counted.Check());
  return TryFinish(ctx, answer);
}

Result<SignedIn> OidcSignIn::TryFinish(const Context& ctx, const Answer& answer) {
  ASSIGN_OR_RETURN(const Flow flow, Opened(parts_.box, answer.cookie));
  const Instant now = parts_.clock.Now();
  if (answer.state.empty() || !Same(flow.state, answer.state)) {
    return Refuse("the answer belongs to another sign-in than the one of this browser");
  }
  if (now >= flow.expires_at) return Refuse("the sign-in took too long");
  const Status used =
      parts_.identities.UseState(HashOf(HashKind::kSha256, flow.state), now, flow.expires_at);
  if (!used && used.error().code == ErrorCode::kConflict) {
    return Refuse("this answer of the sign-in provider was used already");
  }
  RETURN_IF_ERROR(used);
  RETURN_IF_ERROR(parts_.provider.CheckIssuer(ctx, answer.issuer));
  if (!answer.error.empty() || answer.code.empty()) {
    log::Warning("oidc.refused_by_provider", {{"error", answer.error.substr(0, kLongestName)}});
    return Refuse(fmt::format("{} did not sign you in", provider_name()));
  }
  ASSIGN_OR_RETURN(const IdTokenClaims claims,
                   parts_.provider.Redeem(ctx, answer.code, flow.verifier, flow.nonce));
  ASSIGN_OR_RETURN(const catalog::User user, PersonOf(claims));
  if (user.is_disabled) {
    return Fail(ErrorCode::kPermissionDenied, "your account here is disabled",
                "who administers the installation can enable it");
  }
  return parts_.accounts.BeginSession(user.id, answer.address, answer.user_agent);
}

Result<catalog::User> OidcSignIn::PersonOf(const IdTokenClaims& claims) {
  const std::string& issuer = parts_.provider.options().issuer;
  ASSIGN_OR_RETURN(const auto known, parts_.identities.Find(issuer, claims.subject));
  if (known) return parts_.users.Get(*known);
  const Result<std::string> email = NormalEmail(claims.email);
  if (!email || !claims.email_verified) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("{} does not vouch for your e-mail address", provider_name()),
                "have it verified there: by it you are known here at the first sign-in");
  }
  ASSIGN_OR_RETURN(const std::optional<catalog::User> found, parts_.users.FindByEmail(*email));
  if (found) return Link(*found, claims);
  if (parts_.join) return Join(*email, claims);
  return Fail(ErrorCode::kPermissionDenied,
              fmt::format("nobody here has the e-mail address {}", *email),
              "ask an administrator of your organization to add you; then sign in again");
}

Result<catalog::User> OidcSignIn::Link(const catalog::User& user, const IdTokenClaims& claims) {
  if (user.is_disabled) return user;
  RETURN_IF_ERROR(parts_.identities.Link(
      {parts_.provider.options().issuer, claims.subject, user.id, parts_.clock.Now()}));
  log::Info("oidc.linked", {{"user", user.id.value}, {"subject", claims.subject}});
  if (!user.must_change_password) return user;
  // A password that was made for somebody who has not come yet opens nothing any more.
  return parts_.users.Update(user.id, [](catalog::User& row) -> Status {
    row.password_hash.clear();
    row.must_change_password = false;
    return {};
  });
}

Result<catalog::User> OidcSignIn::Join(const std::string& email, const IdTokenClaims& claims) {
  catalog::User user;
  user.id.value = NewUuid();
  user.email = email;
  user.name = claims.name.empty() ? email : claims.name.substr(0, kLongestName);
  user.created_at = parts_.clock.Now();
  RETURN_IF_ERROR(parts_.identities.Join(
      user, parts_.join->organization, parts_.join->role,
      {parts_.provider.options().issuer, claims.subject, user.id, user.created_at}));
  log::Info("oidc.joined", {{"user", user.id.value}, {"organization", parts_.join->organization}});
  return user;
}

}  // namespace reprise::access
