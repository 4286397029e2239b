#include "notify/webhook_signature.hpp"

#include <gtest/gtest.h>

namespace reprise::notify {
namespace {

// The example of the Standard Webhooks libraries.
TEST(SignWebhook, IsThatOfTheSpecification) {
  EXPECT_EQ(SignWebhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
                        1614265330, R"({"test": 2432232314})")
                .value(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(SignWebhook, RefusesWhatIsNoSecret) {
  EXPECT_FALSE(SignWebhook("secret", "a", 1, ""));
  EXPECT_FALSE(SignWebhook("whsec_***", "a", 1, ""));
}

TEST(NewWebhookSecret, SignsAndIsNeverTheSame) {
  const std::string secret = NewWebhookSecret();
  EXPECT_EQ(secret.size(), 6U + 32U);
  EXPECT_NE(secret, NewWebhookSecret());
  EXPECT_TRUE(SignWebhook(secret, "a", 1, "b"));
}

}  // namespace
}  // namespace reprise::notify
