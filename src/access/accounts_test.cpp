#include "access/accounts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/credentials.hpp"
#include "access/totp.hpp"
#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::access {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr const char* kEmail = "ann@shop.example";
constexpr const char* kPassword = "a long password";

class AccountsTest : public ::testing::Test {
 protected:
  AccountsTest()
      : users_(catalog_.database()),
        store_(catalog_.database()),
        access_(catalog_.database()),
        accounts_({users_, store_, hasher_, box_, clock_}),
        credentials_({users_, store_, access_, clock_}) {
    const CreatedAccount created = accounts_.Create({"Ann@Shop.Example", "Ann"}).value();
    id_ = created.user.id;
    one_time_ = created.one_time_password;
  }
  void ChoosePassword() { ASSERT_TRUE(accounts_.ChangePassword(id_, one_time_, kPassword, {})); }
  Result<SignedIn> SignIn(const std::string& password, const std::string& code = "",
                          const std::string& address = "192.0.2.7") {
    return accounts_.SignIn({kEmail, password, code, address, "test"});
  }
  ErrorCode Refused(const std::string& password, const std::string& code = "",
                    const std::string& address = "192.0.2.7") {
    const auto answer = SignIn(password, code, address);
    return answer ? ErrorCode::kInternal : answer.error().code;
  }
  // A confirmed second factor's secret.
  std::string AddSecondFactor() {
    const SecondFactor factor = accounts_.BeginTotp(id_, kPassword).value();
    recovery_ = accounts_.ConfirmTotp(id_, Code(factor.secret)).value();
    return factor.secret;
  }
  std::string Code(const std::string& secret) { return TotpCode(secret, TotpStep(clock_.Now())); }

  ManualClock clock_{ParseInstant("2024-12-11T11:00:00Z").value()};
  catalog::testing::TemporaryCatalog catalog_;
  catalog::UserStore users_;
  catalog::CredentialStore store_;
  catalog::AccessStore access_;
  const PasswordHasher hasher_{{1, 8192}};
  const SecretBox box_{std::string(64, 'a')};
  Accounts accounts_;
  Credentials credentials_;
  domain::UserId id_;
  std::string one_time_;
  std::vector<std::string> recovery_;
};

TEST_F(AccountsTest, TheFirstPasswordIsToBeChanged) {
  EXPECT_EQ(one_time_.size(), 20U);
  const auto first = SignIn(one_time_);
  ASSERT_TRUE(first);
  EXPECT_TRUE(credentials_.OfSession(first->secret)->must_change_password);
  ASSERT_TRUE(accounts_.ChangePassword(id_, one_time_, kPassword, first->session.id));
  EXPECT_FALSE(credentials_.OfSession(first->secret)->must_change_password);
  EXPECT_EQ(Refused(one_time_), ErrorCode::kUnauthenticated);
  EXPECT_TRUE(SignIn(kPassword));
}

TEST_F(AccountsTest, PasswordsAreNeitherShortNorTheAddressNorTheOldOne) {
  for (const char* bad : {"", "short", kEmail}) {
    EXPECT_EQ(accounts_.ChangePassword(id_, one_time_, bad, {}).error().code,
              ErrorCode::kInvalidArgument)
        << bad;
  }
  EXPECT_FALSE(accounts_.ChangePassword(id_, one_time_, one_time_, {}));
  EXPECT_EQ(accounts_.ChangePassword(id_, "wrong", kPassword, {}).error().code,
            ErrorCode::kPermissionDenied);
}

TEST_F(AccountsTest, ChangingThePasswordEndsTheOtherSessions) {
  ChoosePassword();
  const auto here = SignIn(kPassword).value();
  const auto there = SignIn(kPassword).value();
  ASSERT_TRUE(accounts_.ChangePassword(id_, kPassword, "another password", here.session.id));
  EXPECT_TRUE(credentials_.OfSession(here.secret));
  EXPECT_FALSE(credentials_.OfSession(there.secret));
}

TEST_F(AccountsTest, TheCatalogHoldsNoSecretThatWasShown) {
  ChoosePassword();
  const auto signed_in = SignIn(kPassword).value();
  const std::string secret = AddSecondFactor();
  const catalog::User user = users_.Get(id_).value();
  EXPECT_THAT(user.password_hash, ::testing::StartsWith("$argon2id$"));
  EXPECT_EQ(user.totp_secret.find(secret), std::string::npos);
  EXPECT_EQ(box_.Open(user.totp_secret, id_.value).value(), secret);
  EXPECT_FALSE(box_.Open(user.totp_secret, "somebody else's row"));
  EXPECT_NE(signed_in.session.sha256, signed_in.secret);
  for (const std::string& code : recovery_) {
    EXPECT_THAT(user.recovery_codes, ::testing::Not(::testing::Contains(code)));
  }
}

TEST_F(AccountsTest, StrangersAndWrongPasswordsAreRefusedInTheSameWords) {
  ChoosePassword();
  const auto wrong = SignIn("wrong");
  const auto nobody = accounts_.SignIn({"nobody@shop.example", kPassword, "", "192.0.2.7", "test"});
  ASSERT_FALSE(wrong);
  ASSERT_FALSE(nobody);
  EXPECT_EQ(wrong.error().message, nobody.error().message);
  EXPECT_EQ(wrong.error().code, nobody.error().code);
}

TEST_F(AccountsTest, GuessingAtAnAccountIsSlowedDownAndEndsWithTheWait) {
  ChoosePassword();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Refused("wrong", "", "10.0.0." + std::to_string(i)), ErrorCode::kUnauthenticated);
  }
  EXPECT_EQ(Refused(kPassword, "", "10.0.0.99"), ErrorCode::kTooManyRequests);
  EXPECT_GE(accounts_.RetryAfter({kEmail, "", "", "10.0.0.99", ""}), seconds(1));
  clock_.Advance(seconds(2));
  EXPECT_TRUE(SignIn(kPassword, "", "10.0.0.99"));
  EXPECT_EQ(Refused("wrong"), ErrorCode::kUnauthenticated) << "a sign-in begins the count anew";
}

TEST_F(AccountsTest, GuessingFromAnAddressIsSlowedDownWhateverTheAccount) {
  for (int i = 0; i < 20; ++i) {
    const auto answer = accounts_.SignIn(
        {"user" + std::to_string(i) + "@shop.example", "guess", "", "10.0.0.1", ""});
    EXPECT_EQ(answer.error().code, ErrorCode::kUnauthenticated);
  }
  EXPECT_EQ(Refused(one_time_, "", "10.0.0.1"), ErrorCode::kTooManyRequests);
  EXPECT_TRUE(SignIn(one_time_, "", "10.0.0.2"));
}

TEST_F(AccountsTest, TheSecondFactorIsAskedForOnceItIsConfirmed) {
  ChoosePassword();
  ASSERT_TRUE(accounts_.BeginTotp(id_, kPassword));
  EXPECT_TRUE(SignIn(kPassword)) << "not confirmed yet";
  const std::string secret = AddSecondFactor();
  EXPECT_EQ(Refused(kPassword), ErrorCode::kSecondFactorRequired);
  EXPECT_EQ(Refused("wrong"), ErrorCode::kUnauthenticated) << "only who knows the password learns";
  clock_.Advance(seconds(30));
  EXPECT_TRUE(SignIn(kPassword, Code(secret)));
}

TEST_F(AccountsTest, ACodeCountsOnce) {
  ChoosePassword();
  const std::string secret = AddSecondFactor();
  EXPECT_EQ(Refused(kPassword, Code(secret)), ErrorCode::kUnauthenticated)
      << "it confirmed the factor";
  clock_.Advance(seconds(30));
  const std::string code = Code(secret);
  EXPECT_TRUE(SignIn(kPassword, code));
  EXPECT_EQ(Refused(kPassword, code), ErrorCode::kUnauthenticated);
}

TEST_F(AccountsTest, ARecoveryCodeCountsOnceToo) {
  ChoosePassword();
  AddSecondFactor();
  ASSERT_EQ(recovery_.size(), 10U);
  EXPECT_TRUE(SignIn(kPassword, recovery_[3]));
  EXPECT_EQ(Refused(kPassword, recovery_[3]), ErrorCode::kUnauthenticated);
  EXPECT_TRUE(SignIn(kPassword, recovery_[4]));
}

TEST_F(AccountsTest, GuessingAtTheCodeIsSlowedDown) {
  ChoosePassword();
  AddSecondFactor();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Refused(kPassword, "00000" + std::to_string(i)), ErrorCode::kUnauthenticated);
  }
  EXPECT_EQ(Refused(kPassword, recovery_[0]), ErrorCode::kTooManyRequests);
}

TEST_F(AccountsTest, AskingForTheCodeIsNoFailure) {
  ChoosePassword();
  AddSecondFactor();
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(Refused(kPassword), ErrorCode::kSecondFactorRequired) << i;
  }
}

TEST_F(AccountsTest, TheSecondFactorGoesWithThePasswordOnly) {
  ChoosePassword();
  AddSecondFactor();
  EXPECT_FALSE(accounts_.RemoveTotp(id_, "wrong"));
  ASSERT_TRUE(accounts_.RemoveTotp(id_, kPassword));
  EXPECT_TRUE(SignIn(kPassword));
}

TEST_F(AccountsTest, SessionsEndWhenIdleAndAtTheLatestAfterAWeek) {
  ChoosePassword();
  const auto idle = SignIn(kPassword).value();
  clock_.Advance(hours(7));
  EXPECT_TRUE(credentials_.OfSession(idle.secret));
  clock_.Advance(hours(8));
  EXPECT_FALSE(credentials_.OfSession(idle.secret));

  const auto busy = SignIn(kPassword).value();
  for (int i = 0; i < 27; ++i) {
    clock_.Advance(hours(6));
    EXPECT_TRUE(credentials_.OfSession(busy.secret)) << i;
  }
  clock_.Advance(hours(6));
  EXPECT_FALSE(credentials_.OfSession(busy.secret));
}

TEST_F(AccountsTest, WhoIsDisabledIsOutAtOnce) {
  ChoosePassword();
  const auto session = SignIn(kPassword).value();
  const auto token = credentials_.CreateToken({id_, "ci", {}, {}, {}}).value();
  ASSERT_TRUE(accounts_.SetDisabled(id_, true));
  EXPECT_FALSE(credentials_.OfSession(session.secret));
  EXPECT_FALSE(credentials_.OfToken(token.secret));
  EXPECT_EQ(Refused(kPassword), ErrorCode::kUnauthenticated);
}

TEST_F(AccountsTest, TokensExpireAndAreKeptAsHashes) {
  const auto token = credentials_.CreateToken({id_, "ci", {}, {}, clock_.Now() + hours(1)}).value();
  EXPECT_EQ(token.token.prefix, token.secret.substr(0, 12));
  EXPECT_EQ(store_.GetToken(token.token.id)->sha256, SecretHash(token.secret));
  const Caller caller = credentials_.OfToken(token.secret).value();
  EXPECT_EQ(caller.user_id, id_);
  EXPECT_EQ(store_.GetToken(token.token.id)->last_used_at, clock_.Now());
  clock_.Advance(hours(1));
  EXPECT_FALSE(credentials_.OfToken(token.secret));
  EXPECT_FALSE(credentials_.OfToken(""));
}

// RFC 6238, appendix B, the last six digits.
TEST(Totp, CountsAsTheStandardDoes) {
  const std::string secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";  // "12345678901234567890"
  EXPECT_EQ(TotpCode(secret, 59 / 30), "287082");
  EXPECT_EQ(TotpCode(secret, 1111111109 / 30), "081804");
  EXPECT_EQ(TotpCode(secret, 1234567890 / 30), "005924");
  EXPECT_EQ(TotpCode(secret, 20000000000 / 30), "353130");
}

TEST(Totp, TakesACodeOfNowOrOneStepBesideIt) {
  const std::string secret = NewTotpSecret();
  const Instant now = ParseInstant("2024-12-11T11:00:00Z").value();
  const std::int64_t step = TotpStep(now);
  EXPECT_EQ(secret.size(), 32U);
  for (const std::int64_t near : {step - 1, step, step + 1}) {
    EXPECT_EQ(MatchTotp(secret, TotpCode(secret, near), now, 0), near);
  }
  EXPECT_FALSE(MatchTotp(secret, TotpCode(secret, step + 5), now, 0));
  EXPECT_FALSE(MatchTotp(secret, TotpCode(secret, step), now, step));
  EXPECT_FALSE(MatchTotp(secret, "", now, 0));
}

TEST(NormalEmail, TakesAddressesOnly) {
  EXPECT_EQ(NormalEmail("Ann@Shop.Example").value(), "ann@shop.example");
  for (const char* bad : {"", "ann", "@x", "ann@", "a b@x", "a@b@c", "a\n@x", "\"a\"@x"}) {
    EXPECT_FALSE(NormalEmail(bad)) << bad;
  }
}

TEST(SecretBox, KeepsItsKeyInAFileOfItsOwn) {
  const catalog::testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/secret.key";
  const std::string sealed = SecretBox::FromFile(path)->Seal("text", "row");
  EXPECT_EQ(SecretBox::FromFile(path)->Open(sealed, "row").value(), "text");
  EXPECT_FALSE(SecretBox(std::string(64, 'b')).Open(sealed, "row"));
  std::string altered = sealed;
  altered.back() = altered.back() == '0' ? '1' : '0';
  EXPECT_FALSE(SecretBox::FromFile(path)->Open(altered, "row"));
}

}  // namespace
}  // namespace reprise::access
