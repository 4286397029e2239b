#include "access/oidc_sign_in.hpp"

#include <gtest/gtest.h>

#include "access/credentials.hpp"
#include "access/testing/fake_provider.hpp"
#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::access {
namespace {

namespace json = boost::json;
using testing::FakeProvider;
using testing::TokenKey;

class OidcSignInTest : public ::testing::Test {
 protected:
  OidcSignInTest() {
    const CreatedAccount created = accounts_.Create({"ann@shop.example", "Ann"}).value();
    ann_ = created.user.id;
    one_time_ = created.one_time_password;
  }
  OidcSignIn SignInWith(std::optional<OidcJoin> join = {}) {
    return OidcSignIn({provider_, accounts_, users_, identities_, box_, clock_, std::move(join)});
  }
  // What stands in the address that a sign-in begins with.
  static std::string InUrl(const std::string& url, const std::string& name) {
    const std::size_t at = url.find("&" + name + "=") + name.size() + 2;
    return url.substr(at, url.find('&', at) - at);
  }
  json::object Claims(const std::string& nonce) {
    const std::int64_t now = ToMicros(clock_.Now()) / 1'000'000;
    json::object claims{{"iss", FakeProvider::kIssuer},
                        {"aud", "reprise"},
                        {"sub", "ann-1"},
                        {"exp", now + 300},
                        {"iat", now},
                        {"nonce", nonce}};
    for (const auto& [name, value] : person_) claims[name] = value;
    return claims;
  }
  OidcSignIn::Answer Began() {
    OidcSignIn sign_in = SignInWith();
    const OidcSignIn::Begun begun = sign_in.Begin(ctx_).value();
    url_ = begun.url;
    fake_.token = fake_.first.Token(Claims(InUrl(url_, "nonce")));
    return {InUrl(url_, "state"), "the code",  "",    std::string(FakeProvider::kIssuer),
            begun.cookie,         "192.0.2.7", "test"};
  }
  Result<SignedIn> Finish(const OidcSignIn::Answer& answer, std::optional<OidcJoin> join = {}) {
    OidcSignIn sign_in = SignInWith(std::move(join));
    return sign_in.Finish(ctx_, answer);
  }
  std::string Refused(const OidcSignIn::Answer& answer, std::optional<OidcJoin> join = {}) {
    const auto signed_in = Finish(answer, std::move(join));
    return signed_in ? "signed in" : signed_in.error().message;
  }

  const Context ctx_;
  ManualClock clock_{ParseInstant("2024-12-11T11:00:00Z").value()};
  catalog::testing::TemporaryCatalog catalog_;
  catalog::UserStore users_{catalog_.database()};
  catalog::CredentialStore store_{catalog_.database()};
  catalog::IdentityStore identities_{catalog_.database()};
  catalog::AccessStore access_{catalog_.database()};
  catalog::OrganizationStore organizations_{catalog_.database()};
  const PasswordHasher hasher_{{1, 8192}};
  const SecretBox box_{std::string(64, 'a')};
  Accounts accounts_{{users_, store_, hasher_, box_, clock_, {}, &identities_}};
  Credentials credentials_{{users_, store_, access_, clock_}};
  FakeProvider fake_;
  OidcProvider provider_{fake_.Options(), clock_, fake_.Fetch()};
  json::object person_{{"email", "Ann@Shop.example"}, {"email_verified", true}, {"name", "Ann"}};
  domain::UserId ann_;
  std::string one_time_;
  std::string url_;
};

TEST_F(OidcSignInTest, ANewPersonIsKnownByTheAddressThatTheProviderHasVerified) {
  const OidcSignIn::Answer answer = Began();
  const auto signed_in = Finish(answer);
  ASSERT_TRUE(signed_in) << signed_in.error().message;
  EXPECT_EQ(signed_in->user.id, ann_);
  EXPECT_EQ(credentials_.OfSession(signed_in->secret)->user_id, ann_);
  EXPECT_FALSE(credentials_.OfSession(signed_in->secret)->must_change_password);
  // The password that was made for a first sign-in is worth nothing after this one.
  EXPECT_FALSE(accounts_.SignIn({"ann@shop.example", one_time_, "", "192.0.2.7", "test"}));
}

TEST_F(OidcSignInTest, SendsTheBrowserWithWhatItNeedsAndNoSecret) {
  const OidcSignIn::Answer answer = Began();
  EXPECT_TRUE(url_.starts_with("https://id.example.com/main/auth?response_type=code&"));
  EXPECT_EQ(InUrl(url_, "code_challenge_method"), "S256");
  EXPECT_EQ(InUrl(url_, "redirect_uri"),
            "https%3A%2F%2Freprise.example.com%2Fapi%2Fv1%2Fauth%2Foidc%2Fcallback");
  EXPECT_EQ(url_.find("secret"), std::string::npos);
  EXPECT_EQ(answer.cookie.find(answer.state), std::string::npos);
  ASSERT_TRUE(Finish(answer));
  // The verifier that was sent fits the challenge (RFC 7636), and the client showed its secret.
  const std::string& body = fake_.token_call.body;
  const std::size_t at = body.find("code_verifier=") + 14;
  EXPECT_EQ(PkceChallenge(body.substr(at, body.find('&', at) - at)), InUrl(url_, "code_challenge"));
  EXPECT_EQ(fake_.token_call.headers.back(),
            "Authorization: Basic " + ToBase64("reprise:the%20secret"));
}

TEST_F(OidcSignInTest, LaterThePersonIsKnownByTheProvidersOwnName) {
  ASSERT_TRUE(Finish(Began()));
  person_ = {{"email", "new@elsewhere.example"}, {"email_verified", false}};
  EXPECT_EQ(Finish(Began()).value().user.id, ann_);
}

TEST_F(OidcSignInTest, AnAnswerCountsOnceAndForItsBrowserOnly) {
  const OidcSignIn::Answer answer = Began();
  ASSERT_TRUE(Finish(answer));
  EXPECT_EQ(Refused(answer), "this answer of the sign-in provider was used already");

  OidcSignIn::Answer other = Began();
  other.state = "forged";
  EXPECT_NE(Refused(other).find("belongs to another sign-in"), std::string::npos);
  other = Began();
  other.cookie = answer.cookie;
  EXPECT_NE(Refused(other).find("belongs to another sign-in"), std::string::npos);
  for (const std::string& cookie : {std::string(), std::string("00"), box_.Seal("{}", "else")}) {
    other.cookie = cookie;
    EXPECT_NE(Refused(other).find("did not begin a sign-in"), std::string::npos);
  }
}

TEST_F(OidcSignInTest, AnAnswerThatComesTooLateIsRefused) {
  const OidcSignIn::Answer answer = Began();
  clock_.Advance(OidcSignIn::kLimit);
  EXPECT_EQ(Refused(answer), "the sign-in took too long");
}

TEST_F(OidcSignInTest, AnAnswerOfAnotherProviderOrTokenIsRefused) {
  OidcSignIn::Answer answer = Began();
  answer.issuer = "https://evil.test";
  EXPECT_EQ(Refused(answer), "the answer is of another sign-in provider");
  answer = Began();
  answer.issuer.clear();  // the provider has said that it tells it
  EXPECT_EQ(Refused(answer), "the answer is of another sign-in provider");
  answer = Began();
  fake_.token = fake_.first.Token(Claims("another nonce"));
  EXPECT_NE(Refused(answer).find("another sign-in"), std::string::npos);
  answer = Began();
  fake_.token = TokenKey("first", TokenKey::Kind::kRsa).Token(Claims(InUrl(url_, "nonce")));
  EXPECT_NE(Refused(answer).find("is not signed by the provider"), std::string::npos);
  answer = Began();
  fake_.token.clear();
  EXPECT_EQ(Refused(answer), "the sign-in provider does not take the code");
  answer = Began();
  answer.error = "access_denied";
  EXPECT_EQ(Refused(answer), "Example did not sign you in");
}

TEST_F(OidcSignInTest, WhomNobodyKnowsIsRefusedWithASentence) {
  person_["email"] = "bob@else.example";
  EXPECT_EQ(Refused(Began()), "nobody here has the e-mail address bob@else.example");
  EXPECT_FALSE(users_.FindByEmail("bob@else.example").value());
}

TEST_F(OidcSignInTest, AnAddressThatTheProviderDoesNotVouchForIsNobodys) {
  person_["email_verified"] = false;
  EXPECT_EQ(Refused(Began()), "Example does not vouch for your e-mail address");
  person_ = {};
  EXPECT_EQ(Refused(Began(), OidcJoin{"default", "viewer"}),
            "the sign-in provider's userinfo is of another person");
  fake_.userinfo = {{"sub", "ann-1"}, {"email", "ann@shop.example"}, {"email_verified", "true"}};
  EXPECT_EQ(Finish(Began()).value().user.id, ann_);
}

TEST_F(OidcSignInTest, AnAccountIsOnePersonsOfTheProvider) {
  ASSERT_TRUE(Finish(Began()));
  person_["sub"] = "somebody-else-with-the-address";
  EXPECT_EQ(Refused(Began()), "this account belongs to another person of the sign-in provider");
  ASSERT_TRUE(accounts_.ResetPassword(ann_));
  EXPECT_EQ(Finish(Began()).value().user.id, ann_);
}

TEST_F(OidcSignInTest, WhoIsDisabledStaysOutside) {
  ASSERT_TRUE(accounts_.SetDisabled(ann_, true));
  EXPECT_EQ(Refused(Began()), "your account here is disabled");
  ASSERT_TRUE(accounts_.SetDisabled(ann_, false));
  ASSERT_TRUE(Finish(Began()));
  ASSERT_TRUE(accounts_.SetDisabled(ann_, true));
  EXPECT_EQ(Refused(Began()), "your account here is disabled");
}

TEST_F(OidcSignInTest, WhereItIsAllowedAStrangerJoinsAnOrganization) {
  person_ = {{"sub", "bob-2"}, {"email", "bob@shop.example"}, {"email_verified", true}};
  const OidcJoin join = ReadOidcJoin("default:developer").value();
  const auto signed_in = Finish(Began(), join);
  ASSERT_TRUE(signed_in) << signed_in.error().message;
  const auto standings = access_.StandingsOf(signed_in->user.id).value();
  ASSERT_EQ(standings.size(), 1U);
  EXPECT_EQ(standings.front().role.built_in, "developer");
  EXPECT_FALSE(signed_in->user.is_admin);
  EXPECT_EQ(Finish(Began(), join).value().user.id, signed_in->user.id);

  person_ = {{"sub", "eve-3"}, {"email", "eve@shop.example"}, {"email_verified", true}};
  EXPECT_EQ(Refused(Began(), OidcJoin{"gone", "viewer"}),
            "there is no organization \"gone\" to join");
  EXPECT_FALSE(users_.FindByEmail("eve@shop.example").value());
}

TEST_F(OidcSignInTest, NobodyJoinsAsAnOwner) {
  for (const char* text : {"default:owner", "default", ":viewer", "default:", ""}) {
    EXPECT_FALSE(ReadOidcJoin(text)) << text;
  }
  EXPECT_EQ(ReadOidcJoin("a:b:viewer").value().organization, "a:b");
}

TEST_F(OidcSignInTest, AddressesAndKeysAreKept) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Finish(Began()));
  EXPECT_EQ(fake_.Asked("/.well-known/openid-configuration"), 1);
  EXPECT_EQ(fake_.Asked("/keys"), 1);
  clock_.Advance(std::chrono::hours(1));
  ASSERT_TRUE(Finish(Began()));
  EXPECT_EQ(fake_.Asked("/.well-known/openid-configuration"), 2);
  EXPECT_EQ(fake_.Asked("/keys"), 2);
}

TEST_F(OidcSignInTest, ANewKeyOfTheProviderIsLookedForAtOnceButNotWithoutEnd) {
  ASSERT_TRUE(Finish(Began()));
  clock_.Advance(std::chrono::minutes(1));
  const TokenKey second("second", TokenKey::Kind::kP256);
  fake_.keys = {second};
  OidcSignIn::Answer answer = Began();
  fake_.token = second.Token(Claims(InUrl(url_, "nonce")));
  EXPECT_TRUE(Finish(answer));
  EXPECT_EQ(fake_.Asked("/keys"), 2);
  // The old key is gone with the list that it stood in.
  answer = Began();
  EXPECT_NE(Refused(answer).find("is not signed"), std::string::npos);
  answer = Began();
  EXPECT_NE(Refused(answer).find("is not signed"), std::string::npos);
  EXPECT_EQ(fake_.Asked("/keys"), 2);
  clock_.Advance(std::chrono::seconds(10));
  EXPECT_NE(Refused(Began()).find("is not signed"), std::string::npos);
  EXPECT_EQ(fake_.Asked("/keys"), 3);
}

TEST_F(OidcSignInTest, AProviderThatIsAwayIsSaidToBe) {
  fake_.is_down = true;
  OidcSignIn sign_in = SignInWith();
  const auto begun = sign_in.Begin(ctx_);
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(begun.error().message.find("Could not connect"), std::string::npos);
}

TEST_F(OidcSignInTest, ADiscoveryDocumentThatLeadsElsewhereIsNotFollowed) {
  fake_.discovery["token_endpoint"] = "http://id.example.com/token";
  EXPECT_NE(SignInWith().Begin(ctx_).error().message.find("no https address"), std::string::npos);
  fake_.discovery["issuer"] = "https://evil.test";
  EXPECT_NE(SignInWith().Begin(ctx_).error().message.find("calls itself https://evil.test"),
            std::string::npos);
}

TEST(OidcOptions, AnIssuerKeepsSecrets) {
  EXPECT_TRUE(CheckOidcOptions({"https://id.example.com", "reprise", "", "", ""}));
  EXPECT_TRUE(CheckOidcOptions({"http://127.0.0.1:19000", "reprise", "", "", ""}));
  EXPECT_FALSE(CheckOidcOptions({"http://id.example.com", "reprise", "", "", ""}));
  EXPECT_FALSE(CheckOidcOptions({"https://id.example.com", "", "", "", ""}));
}

}  // namespace
}  // namespace reprise::access
