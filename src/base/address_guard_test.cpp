#include "base/address_guard.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>

namespace reprise {
namespace {

bool May(const std::string& text, Reach reach) {
  sockaddr_storage storage{};
  sockaddr_in four{};
  sockaddr_in6 six{};
  if (inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    std::memcpy(&storage, &four, sizeof four);
  } else if (inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    std::memcpy(&storage, &six, sizeof six);
  } else {
    ADD_FAILURE() << text;
  }
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the C interface passes it
  const auto& address = reinterpret_cast<const sockaddr&>(storage);
  return MayConnect(address, reach);
}

TEST(AddressGuard, LetsTheInternetThrough) {
  for (const char* text : {"8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111",
                           "64:ff9b::808:808", "::ffff:8.8.8.8"}) {
    EXPECT_TRUE(May(text, Reach::kPublic)) << text;
  }
}

TEST(AddressGuard, ReachesThisMachineAndItsNetworksOnlyWhereThatIsAllowed) {
  for (const char* text : {"127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.255",
                           "192.168.1.1", "100.64.0.1", "::1", "fd00::1", "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::"}) {
    EXPECT_FALSE(May(text, Reach::kPublic)) << text;
    EXPECT_TRUE(May(text, Reach::kAnybody)) << text;
  }
}

TEST(AddressGuard, NeverReachesLinkLocalGroupsOrNothing) {
  for (const char* text :
       {"169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "0.0.0.0", "::", "224.0.0.1",
        "255.255.255.255", "ff02::1", "64:ff9b::a9fe:a9fe", "::7f00:1"}) {
    EXPECT_FALSE(May(text, Reach::kPublic)) << text;
    EXPECT_FALSE(May(text, Reach::kAnybody)) << text;
  }
}

TEST(AddressGuard, KnowsWhatIsKeptForDocumentationAndTranslatorsOfOnesOwn) {
  for (const char* text : {"192.0.2.1", "198.51.100.9", "203.0.113.4", "198.18.0.1", "192.0.0.8",
                           "fec0::1", "64:ff9b:1::808:808"}) {
    EXPECT_FALSE(May(text, Reach::kPublic)) << text;
    EXPECT_TRUE(May(text, Reach::kAnybody)) << text;
  }
  EXPECT_FALSE(May("64:ff9b:1::a9fe:a9fe", Reach::kAnybody));
}

TEST(KeepsSecrets, TakesTlsAndThisMachine) {
  for (const char* url : {"https://id.example.com", "http://127.0.0.1:19000", "http://[::1]:9/x",
                          "http://localhost/"}) {
    EXPECT_TRUE(KeepsSecrets(url)) << url;
  }
  for (const char* url : {"http://id.example.com", "http://127.0.0.1.example.com/", "ftp://[::1]/",
                          "http://localhost.example.com:80", ""}) {
    EXPECT_FALSE(KeepsSecrets(url)) << url;
  }
}

TEST(CheckUrl, TakesHttpWithoutASecretInIt) {
  EXPECT_TRUE(CheckUrl("https://hooks.example.org/a?b=c"));
  EXPECT_TRUE(CheckUrl("http://example.org:8080"));
  for (const char* text : {"", "ftp://example.org", "file:///etc/passwd", "https://",
                           "https://user:password@example.org/", "https://a b/", "https://a/\n"}) {
    EXPECT_FALSE(CheckUrl(text)) << text;
  }
}

}  // namespace
}  // namespace reprise
