#include "api/trusted_proxies.hpp"

#include <gtest/gtest.h>

#include "api/http_message.hpp"

namespace reprise::api {
namespace {

TrustedProxies Proxies(const std::vector<std::string>& networks) {
  auto proxies = TrustedProxies::Parse(networks);
  EXPECT_TRUE(proxies) << proxies.error().message;
  return *std::move(proxies);
}

Request From(std::string address, const std::vector<Headers::Field>& headers) {
  Request request;
  request.client_address = std::move(address);
  for (const auto& [name, value] : headers) request.headers.Add(name, value);
  return request;
}

TEST(TrustedProxies, KnowsAddressesAndNetworksOfBothKinds) {
  const TrustedProxies proxies =
      Proxies({"192.0.2.7", "10.0.0.0/8", "203.0.113.128/25", "2001:db8::/33", "::1"});
  for (const char* address : {"192.0.2.7", "::ffff:192.0.2.7", "10.255.0.1", "203.0.113.128",
                              "2001:db8:7fff::1", "::1"}) {
    EXPECT_TRUE(proxies.Trusts(address)) << address;
  }
  for (const char* address : {"192.0.2.8", "11.0.0.1", "203.0.113.127", "2001:db8:8000::1", "::2",
                              "", "localhost", "10.0.0.1.2"}) {
    EXPECT_FALSE(proxies.Trusts(address)) << address;
  }
  EXPECT_TRUE(Proxies({"0.0.0.0/0"}).Trusts("8.8.8.8"));
  EXPECT_FALSE(Proxies({"0.0.0.0/0"}).Trusts("2001:db8::1"));
  EXPECT_FALSE(TrustedProxies().Trusts("127.0.0.1"));
}

TEST(TrustedProxies, SaysWhichOneIsNone) {
  for (const char* text : {"", "proxy.test", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x",
                           "10.0.0.0/-1", "2001:db8::/129", "10.0.0"}) {
    const auto proxies = TrustedProxies::Parse({"127.0.0.1", text});
    ASSERT_FALSE(proxies) << text;
    EXPECT_EQ(proxies.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(proxies.error().message.find(text), std::string::npos);
  }
}

TEST(TrustedProxies, BelieveWhatAProxySays) {
  Request request =
      From("10.0.0.1", {{"X-Forwarded-For", "198.51.100.4"}, {"x-forwarded-proto", "HTTPS"}});
  Proxies({"10.0.0.0/8"}).Apply(request);
  EXPECT_EQ(request.client_address, "198.51.100.4");
  EXPECT_TRUE(request.over_tls);
}

TEST(TrustedProxies, BelieveNobodyElse) {
  Request request =
      From("198.51.100.4", {{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-Proto", "https"}});
  Proxies({"10.0.0.0/8"}).Apply(request);
  EXPECT_EQ(request.client_address, "198.51.100.4");
  EXPECT_FALSE(request.over_tls);
}

// What stands left of the first stranger, that stranger may have made up.
TEST(TrustedProxies, TakeTheLastOneThatIsNoProxyOfOurs) {
  const TrustedProxies proxies = Proxies({"10.0.0.0/8", "2001:db8::/32"});
  for (const auto& [headers, real] :
       std::vector<std::pair<std::vector<Headers::Field>, std::string>>{
           {{{"X-Forwarded-For", "1.1.1.1, 198.51.100.4, 10.0.0.2"}}, "198.51.100.4"},
           {{{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-For", "198.51.100.4"}}, "198.51.100.4"},
           {{{"X-Forwarded-For", "198.51.100.4:5000"}}, "198.51.100.4"},
           {{{"X-Forwarded-For", "[2a00::7]:443, 2001:db8::1"}}, "2a00::7"},
           {{{"X-Forwarded-For", "::ffff:198.51.100.4"}}, "198.51.100.4"},
           {{{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}, "10.0.0.3"},
           {{{"X-Forwarded-For", "198.51.100.4, nonsense, 10.0.0.2"}}, "10.0.0.2"},
           {{{"X-Forwarded-For", ", ,"}}, "10.0.0.1"},
           {{}, "10.0.0.1"}}) {
    Request request = From("10.0.0.1", headers);
    proxies.Apply(request);
    EXPECT_EQ(request.client_address, real);
  }
}

// It has been TLS up to the proxy that is next to us, or not at all.
TEST(TrustedProxies, TakeTheNearestProxysWordAboutTls) {
  const TrustedProxies proxies = Proxies({"10.0.0.0/8"});
  Request request = From("10.0.0.1", {{"X-Forwarded-Proto", "https, http"}});
  proxies.Apply(request);
  EXPECT_FALSE(request.over_tls);
}

}  // namespace
}  // namespace reprise::api
