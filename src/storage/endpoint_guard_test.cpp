#include "storage/endpoint_guard.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>

namespace reprise::storage {
namespace {

bool MayConnect(const char* text, PrivateEndpoints private_endpoints) {
  sockaddr_storage storage{};
  sockaddr_in four{};
  sockaddr_in6 six{};
  if (inet_pton(AF_INET, text, &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    std::memcpy(&storage, &four, sizeof four);
  } else {
    EXPECT_EQ(inet_pton(AF_INET6, text, &six.sin6_addr), 1) << text;
    six.sin6_family = AF_INET6;
    std::memcpy(&storage, &six, sizeof six);
  }
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as sockets take addresses
  return CheckEndpoint(reinterpret_cast<const sockaddr&>(storage), private_endpoints).has_value();
}

TEST(EndpointGuard, LetsPublicAddressesThrough) {
  for (const char* text : {"52.95.110.1", "8.8.8.8", "172.32.0.1", "2a05:d014::1", "9.255.0.1"}) {
    EXPECT_TRUE(MayConnect(text, PrivateEndpoints::kRefuse)) << text;
  }
}

TEST(EndpointGuard, RefusesPrivateAddressesInEveryFormUnlessAllowed) {
  for (const char* text :
       {"127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "::1",
        "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:0a00:0001::"}) {
    EXPECT_FALSE(MayConnect(text, PrivateEndpoints::kRefuse)) << text;
    EXPECT_TRUE(MayConnect(text, PrivateEndpoints::kAllow)) << text;
  }
}

TEST(EndpointGuard, NeverConnectsToLinkLocalAddresses) {
  for (const char* text : {"169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "0.0.0.0",
                           "::", "224.0.0.1", "255.255.255.255", "ff02::1"}) {
    EXPECT_FALSE(MayConnect(text, PrivateEndpoints::kAllow)) << text;
  }
}

}  // namespace
}  // namespace reprise::storage
