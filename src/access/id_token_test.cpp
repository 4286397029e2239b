#include "access/id_token.hpp"

#include <gtest/gtest.h>
#include <openssl/hmac.h>

#include "access/testing/fake_provider.hpp"

namespace reprise::access {
namespace {

namespace json = boost::json;
using testing::FakeProvider;
using testing::TokenKey;

constexpr std::int64_t kNow = 1'733'914'800;

class IdTokenTest : public ::testing::Test {
 protected:
  JsonWebKeys Keys(std::vector<json::object> list) {
    json::array keys(list.begin(), list.end());
    return JsonWebKeys::Parse(json::serialize(json::object{{"keys", keys}})).value();
  }
  json::object Claims() {
    return {{"iss", expected_.issuer},
            {"aud", "reprise"},
            {"sub", "ann-1"},
            {"exp", kNow + 300},
            {"iat", kNow},
            {"nonce", "the nonce"},
            {"email", "ann@x.test"},
            {"email_verified", true},
            {"name", "Ann"}};
  }
  // What is said of a token that must be refused.
  std::string Refused(const std::string& token) {
    const auto claims = CheckIdToken(token, keys_, expected_);
    if (claims) return "it was taken";
    EXPECT_EQ(claims.error().code, ErrorCode::kUnauthenticated);
    return claims.error().message;
  }
  std::string RefusedWith(std::string_view name, json::value value) {
    json::object claims = Claims();
    claims[name] = std::move(value);
    return Refused(rsa_.Token(claims));
  }
  std::string RefusedWithout(std::string_view name) {
    json::object claims = Claims();
    claims.erase(name);
    return Refused(rsa_.Token(claims));
  }

  const TokenKey rsa_{"rsa", TokenKey::Kind::kRsa};
  const TokenKey p256_{"p256", TokenKey::Kind::kP256};
  const JsonWebKeys keys_ = Keys({rsa_.Public(), p256_.Public()});
  const ExpectedToken expected_{std::string(FakeProvider::kIssuer), "reprise", "the nonce",
                                FromMicros(kNow * 1'000'000)};
};

TEST_F(IdTokenTest, SaysWhoSignedIn) {
  for (const TokenKey* key : {&rsa_, &p256_}) {
    const auto claims = CheckIdToken(key->Token(Claims()), keys_, expected_);
    ASSERT_TRUE(claims) << key->algorithm() << ": " << claims.error().message;
    EXPECT_EQ(claims->subject, "ann-1");
    EXPECT_EQ(claims->email, "ann@x.test");
    EXPECT_TRUE(claims->email_verified);
    EXPECT_EQ(claims->name, "Ann");
  }
}

TEST_F(IdTokenTest, ATokenWithoutAKeysNameIsTriedWithAll) {
  EXPECT_TRUE(CheckIdToken(rsa_.Token(Claims(), {{"alg", "RS256"}}), keys_, expected_));
}

TEST_F(IdTokenTest, RefusesATokenThatNobodySigned) {
  const std::string not_signed = "is not signed by the provider";
  std::string bare = rsa_.Token(Claims(), {{"alg", "none"}});
  EXPECT_NE(Refused(bare).find(not_signed), std::string::npos);
  bare.resize(bare.rfind('.') + 1);
  EXPECT_NE(Refused(bare).find(not_signed), std::string::npos);
  // Another key under the name of a known one, and the known key's signature of other words.
  const TokenKey other("rsa", TokenKey::Kind::kRsa);
  EXPECT_NE(Refused(other.Token(Claims())).find(not_signed), std::string::npos);
  const std::string one = rsa_.Token(Claims());
  json::object claims = Claims();
  claims["sub"] = "bob-2";
  const std::string two = rsa_.Token(claims);
  EXPECT_NE(Refused(two.substr(0, two.rfind('.')) + one.substr(one.rfind('.'))).find(not_signed),
            std::string::npos);
  const TokenKey other_curve("p256", TokenKey::Kind::kP256);
  EXPECT_NE(Refused(other_curve.Token(Claims())).find(not_signed), std::string::npos);
}

// The public key is known to everybody: it must not do as the secret of HS256, nor for another
// kind.
TEST_F(IdTokenTest, RefusesAnAlgorithmThatTheKeyIsNotFor) {
  const std::string head =
      ToBase64Url(json::serialize(json::object{{"alg", "HS256"}, {"kid", "rsa"}})) + "." +
      ToBase64Url(json::serialize(Claims()));
  const std::string secret = json::serialize(rsa_.Public());
  std::string mac(32, '\0');
  unsigned length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), Bytes(std::string_view(head)),
       head.size(), Bytes(mac), &length);
  EXPECT_NE(Refused(head + "." + ToBase64Url(mac)).find("is not signed"), std::string::npos);
  EXPECT_NE(Refused(rsa_.Token(Claims(), {{"alg", "ES256"}, {"kid", "rsa"}})).find("not signed"),
            std::string::npos);
  EXPECT_NE(Refused(rsa_.Token(Claims(), {{"alg", "RS256"}, {"kid", "p256"}})).find("not signed"),
            std::string::npos);
  EXPECT_NE(Refused(rsa_.Token(Claims(), {{"alg", "RS256"}, {"kid", "rsa"}, {"crit", "x"}}))
                .find("not known here"),
            std::string::npos);
}

TEST_F(IdTokenTest, RefusesWhatWasMadeForOthers) {
  EXPECT_NE(RefusedWith("iss", "https://evil.test").find("another provider"), std::string::npos);
  EXPECT_NE(RefusedWith("aud", "other").find("another program"), std::string::npos);
  EXPECT_NE(RefusedWith("aud", json::array{"other"}).find("another program"), std::string::npos);
  EXPECT_NE(RefusedWith("aud", json::array{"reprise", "other"}).find("given to another program"),
            std::string::npos);
  EXPECT_NE(RefusedWith("azp", "other").find("given to another program"), std::string::npos);
  EXPECT_NE(RefusedWithout("aud").find("another program"), std::string::npos);
  json::object claims = Claims();
  claims["aud"] = json::array{"reprise", "other"};
  claims["azp"] = "reprise";
  EXPECT_TRUE(CheckIdToken(rsa_.Token(claims), keys_, expected_));
}

TEST_F(IdTokenTest, RefusesWhatIsTooOldOrTooNew) {
  EXPECT_NE(RefusedWith("exp", kNow - 61).find("counts no more"), std::string::npos);
  EXPECT_EQ(RefusedWith("exp", kNow - 59), "it was taken");
  EXPECT_NE(RefusedWith("iat", kNow + 61).find("later time"), std::string::npos);
  EXPECT_NE(RefusedWith("nbf", kNow + 61).find("later time"), std::string::npos);
  EXPECT_NE(RefusedWith("exp", "never").find("how long"), std::string::npos);
  EXPECT_NE(RefusedWithout("exp").find("how long"), std::string::npos);
  EXPECT_NE(RefusedWithout("iat").find("how long"), std::string::npos);
}

TEST_F(IdTokenTest, RefusesATokenOfAnotherSignIn) {
  EXPECT_NE(RefusedWith("nonce", "another").find("another sign-in"), std::string::npos);
  EXPECT_NE(RefusedWithout("nonce").find("another sign-in"), std::string::npos);
  EXPECT_NE(RefusedWithout("sub").find("who signed in"), std::string::npos);
}

TEST_F(IdTokenTest, RefusesWhatIsNoToken) {
  for (const std::string& text :
       {std::string(), std::string("a.b"), std::string("a.b.c"), std::string("a.b.c.d"),
        std::string("e30.e30"), std::string("W10.W10.eA"), std::string(100'000, 'a')}) {
    EXPECT_NE(Refused(text), "it was taken") << text.substr(0, 20);
  }
  EXPECT_NE(Refused("e30.e30.").find("not signed"), std::string::npos);
}

TEST_F(IdTokenTest, LeavesOutKeysThatAreWeakOrForSomethingElse) {
  json::object encrypts = rsa_.Public();
  encrypts["use"] = "enc";
  json::object strange = p256_.Public();
  strange["x"] = "AAAA";
  json::object elsewhere = p256_.Public();
  elsewhere["y"] = elsewhere["x"];  // no point of the curve
  const TokenKey weak("weak", TokenKey::Kind::kRsa, 1024);
  const JsonWebKeys keys = Keys({encrypts, strange, elsewhere, weak.Public(), {{"kty", "oct"}}});
  for (const char* id : {"rsa", "p256", "weak", ""}) EXPECT_FALSE(keys.Has(id)) << id;
  EXPECT_FALSE(JsonWebKeys::Parse("{}"));
  EXPECT_FALSE(JsonWebKeys::Parse("no JSON"));
}

}  // namespace
}  // namespace reprise::access
