#include "storage/url_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "storage/testing/web_server.hpp"

namespace reprise::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::WebAnswer;
using testing::WebServer;

UrlRules Trusting(const std::vector<std::string>& hosts) {
  return {.trusted_hosts = hosts,
          .retry = {.attempts = 3, .first_pause = std::chrono::milliseconds(2)}};
}

struct Fetched {
  std::string text;
  std::optional<ByteCount> size;
  std::optional<Error> error;
  bool broke_off = false;
};

Fetched Fetch(const UrlSource& source, const UrlRules& rules) {
  Fetched fetched;
  auto reader = UrlReader::Open(Context(), source, rules);
  if (!reader) {
    fetched.error = reader.error();
    return fetched;
  }
  fetched.size = (*reader)->size();
  StringWriter all;
  if (auto copied = Copy(Context(), **reader, all); !copied) fetched.error = copied.error();
  fetched.text = all.text();
  fetched.broke_off = (*reader)->BrokeOff();
  return fetched;
}

ErrorCode CodeOf(const Fetched& fetched) {
  return fetched.error ? fetched.error->code : ErrorCode::kInternal;
}
std::string MessageOf(const Fetched& fetched) {
  return fetched.error ? fetched.error->Sentence() : "it went well";
}

std::string Letters(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += static_cast<char>('a' + i % 23);
  return text;
}

// 206 from where the request wants it, if it has been told the tag.
std::string Rest(const std::string& head, const std::string& body, const std::string& tag) {
  const std::size_t at = head.find("Range: bytes=");
  if (at == std::string::npos || head.find("If-Range: " + tag) == std::string::npos) {
    return WebAnswer("200 OK", "ETag: " + tag + "\r\n", body);
  }
  const std::size_t from = std::stoul(head.substr(at + 13));
  return WebAnswer("206 Partial Content",
                   fmt::format("ETag: {}\r\nContent-Range: bytes {}-{}/{}\r\n", tag, from,
                               body.size() - 1, body.size()),
                   std::string_view(body).substr(from));
}

TEST(UrlReader, ReadsWhatLiesThereAndKnowsItsSize) {
  const std::string body = Letters(3'000'000);
  const WebServer server([&](const std::string&) { return WebAnswer("200 OK", "", body); });
  const Fetched fetched = Fetch({server.Url(), {"X-Key: k"}}, Trusting({server.host()}));
  EXPECT_FALSE(fetched.error) << MessageOf(fetched);
  EXPECT_EQ(fetched.size, body.size());
  EXPECT_EQ(fetched.text, body);
  EXPECT_THAT(server.heads().at(0), HasSubstr("X-Key: k\r\n"));
}

TEST(UrlReader, TakesUpALineWhereItBroke) {
  const std::string body = Letters(900'000);
  int calls = 0;
  const WebServer server([&](const std::string& head) {
    std::string answer = Rest(head, body, "\"one\"");
    return ++calls <= 3 ? answer.substr(0, answer.size() - 200'000) : answer;
  });
  const Fetched fetched = Fetch({server.Url()}, Trusting({server.host()}));
  EXPECT_FALSE(fetched.error) << MessageOf(fetched);
  EXPECT_EQ(fetched.text, body);
  EXPECT_EQ(calls, 4);
}

TEST(UrlReader, SaysThatItWasCutOffWhereTheServerCannotGoOn) {
  const std::string body = Letters(1000);
  for (const std::string tag : {"", "ETag: \"one\"\r\n", "ETag: W/\"weak\"\r\n"}) {
    const WebServer server([&](const std::string&) { return WebAnswer("200 OK", tag, body, 400); });
    const Fetched fetched = Fetch({server.Url()}, Trusting({server.host()}));
    EXPECT_EQ(CodeOf(fetched), ErrorCode::kArchiveCorrupt);
    EXPECT_THAT(MessageOf(fetched), HasSubstr("cut off after 400 of 1000 bytes"));
    EXPECT_TRUE(fetched.broke_off);
  }
}

TEST(UrlReader, NeverJoinsTwoArchives) {
  int calls = 0;
  const WebServer server([&](const std::string& head) {
    if (++calls == 1) return WebAnswer("200 OK", "ETag: \"one\"\r\n", Letters(1000), 400);
    return Rest(head, Letters(2000), "\"two\"");
  });
  const Fetched fetched = Fetch({server.Url()}, Trusting({server.host()}));
  EXPECT_EQ(CodeOf(fetched), ErrorCode::kArchiveCorrupt);
  EXPECT_EQ(fetched.text.size(), 400U);
  int others = 0;
  const WebServer longer([&](const std::string& head) {
    if (++others == 1) return WebAnswer("200 OK", "ETag: \"one\"\r\n", Letters(1000), 400);
    return Rest(head, Letters(2000), "\"one\"");
  });
  EXPECT_EQ(CodeOf(Fetch({longer.Url()}, Trusting({longer.host()}))), ErrorCode::kArchiveCorrupt);
}

TEST(UrlReader, ConnectsToNoPrivateAddressUnlessToldTo) {
  const WebServer server([&](const std::string&) { return WebAnswer("200 OK", "", "secret"); });
  const std::string port = server.host().substr(server.host().find(':'));
  for (const std::string host :
       {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1"}) {
    const Fetched fetched = Fetch({"https://" + host + port + "/"}, Trusting({}));
    EXPECT_EQ(CodeOf(fetched), ErrorCode::kPermissionDenied) << host << MessageOf(fetched);
  }
  EXPECT_TRUE(server.heads().empty());
}

TEST(UrlReader, NeverConnectsToLinkLocalAddresses) {
  const std::string keys = "169.254.169.254";
  const Fetched fetched = Fetch({"http://" + keys + "/latest/meta-data/"}, Trusting({keys}));
  EXPECT_EQ(CodeOf(fetched), ErrorCode::kPermissionDenied);
  // What answers there may refuse us too.
  EXPECT_THAT(MessageOf(fetched), HasSubstr("stands at a private or link-local address"));
}

TEST(UrlReader, HoldsEachRedirectAgainstTheSameRules) {
  const WebServer secret([&](const std::string&) { return WebAnswer("200 OK", "", "secret"); });
  std::string location = secret.Url();
  const WebServer server([&](const std::string&) {
    return WebAnswer("302 Found", "Location: " + location + "\r\n", "");
  });
  const UrlRules rules = Trusting({server.host()});
  EXPECT_EQ(CodeOf(Fetch({server.Url()}, rules)), ErrorCode::kPermissionDenied);
  location = "https://" + secret.host() + "/";
  EXPECT_EQ(CodeOf(Fetch({server.Url()}, rules)), ErrorCode::kPermissionDenied);
  location = "file:///etc/passwd";
  EXPECT_EQ(CodeOf(Fetch({server.Url()}, rules)), ErrorCode::kStorageFailed);
  EXPECT_TRUE(secret.heads().empty());
}

TEST(UrlReader, FollowsRedirectsWithoutTakingSecretsToOthers) {
  const WebServer other([&](const std::string&) { return WebAnswer("200 OK", "", "archive"); });
  const WebServer server([&](const std::string& head) {
    return head.starts_with("GET /shop.zip")
               ? WebAnswer("302 Found", "Location: /moved/shop.zip\r\n", "gone")
               : WebAnswer("307 Temporary Redirect", "Location: " + other.Url() + "\r\n", "");
  });
  const Fetched fetched = Fetch({server.Url(), {"Authorization: Bearer s3cret"}},
                                Trusting({server.host(), other.host()}));
  EXPECT_EQ(fetched.text, "archive") << MessageOf(fetched);
  EXPECT_THAT(server.heads().at(1), HasSubstr("s3cret"));
  EXPECT_THAT(other.heads().at(0), Not(HasSubstr("s3cret")));
}

TEST(UrlReader, FollowsAFewRedirectsOnly) {
  const WebServer server(
      [&](const std::string&) { return WebAnswer("302 Found", "Location: /again\r\n", ""); });
  const Fetched fetched = Fetch({server.Url()}, Trusting({server.host()}));
  EXPECT_THAT(MessageOf(fetched), HasSubstr("more than 5 times"));
  EXPECT_EQ(server.heads().size(), 6U);
}

TEST(UrlReader, SaysWhatTheServerRefused) {
  std::string status;
  const WebServer server([&](const std::string&) { return WebAnswer(status, "", "no"); });
  const auto ask = [&](const std::string& told) {
    status = told;
    return Fetch({server.Url("/shop.zip?signature=s3cret")}, Trusting({server.host()}));
  };
  const Fetched missing = ask("404 Not Found");
  EXPECT_EQ(CodeOf(missing), ErrorCode::kNotFound);
  EXPECT_EQ(missing.error->message, "there is nothing at http://127.0.0.1/shop.zip (404)");
  EXPECT_EQ(CodeOf(ask("401 Unauthorized")), ErrorCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(ask("403 Forbidden")), ErrorCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(ask("418 Teapot")), ErrorCode::kStorageFailed);
  const std::size_t before = server.heads().size();
  const Fetched busy = ask("503 Busy");
  EXPECT_EQ(CodeOf(busy), ErrorCode::kUnavailable);
  EXPECT_THAT(MessageOf(busy), HasSubstr("tried 3 times"));
  EXPECT_EQ(server.heads().size(), before + 3);
}

TEST(UrlReader, TakesNoMoreThanTheLimit) {
  UrlRules rules;
  const std::string body = Letters(1000);
  bool tells = true;
  const WebServer server([&](const std::string&) {
    return tells ? WebAnswer("200 OK", "", body) : "HTTP/1.0 200 OK\r\n\r\n" + body;
  });
  rules = Trusting({server.host()});
  rules.most_bytes = 999;
  EXPECT_EQ(CodeOf(Fetch({server.Url()}, rules)), ErrorCode::kPayloadTooLarge);
  tells = false;
  EXPECT_EQ(CodeOf(Fetch({server.Url()}, rules)), ErrorCode::kPayloadTooLarge);
  rules.most_bytes = 1000;
  EXPECT_EQ(Fetch({server.Url()}, rules).text, body);
}

TEST(UrlReader, GivesUpOnASilentServer) {
  std::atomic<bool> ended = false;
  const WebServer server([&](const std::string&) {
    while (!ended) std::this_thread::yield();
    return std::string();
  });
  UrlRules rules = Trusting({server.host()});
  rules.silence = std::chrono::seconds(0);
  rules.retry.attempts = 1;
  const Fetched fetched = Fetch({server.Url()}, rules);
  ended = true;
  EXPECT_EQ(CodeOf(fetched), ErrorCode::kUnavailable);
  EXPECT_THAT(MessageOf(fetched), HasSubstr("silent"));
}

TEST(UrlReader, RefusesWhatCanBeNoSource) {
  const UrlRules rules = Trusting({"files.lan"});
  for (const std::string url :
       {"", "shop.zip", "ftp://example.com/x", "file:///etc/passwd", "http://example.com/x",
        "https://", "https://user:word@example.com/", "https://user@example.com/",
        "https://exa mple.com/", "http://files.lan@example.com/"}) {
    const Status checked = CheckUrlSource({url}, rules);
    ASSERT_FALSE(checked) << url;
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument) << url;
    EXPECT_EQ(checked.error().field, "/url");
  }
  for (const std::string header : {"", "no colon", ": x", "A b: c", "A: b\r\nHost: x", "Host: x",
                                   "range: bytes=0-", "Connection: close", "A: \xc3\xbc"}) {
    const Status checked = CheckUrlSource({"https://example.com/", {header}}, rules);
    ASSERT_FALSE(checked) << header;
    EXPECT_EQ(checked.error().field, "/headers");
  }
  EXPECT_TRUE(CheckUrlSource({"https://example.com/a?b=c", {"Authorization: Bearer x"}}, rules));
  EXPECT_TRUE(CheckUrlSource({"http://Files.LAN:8000/a"}, rules));
  EXPECT_FALSE(CheckUrlSource({"http://files.lan.example.com/a"}, rules));
}

TEST(UrlReader, TellsAddressesWithoutWhatMayBeSecret) {
  EXPECT_EQ(TellableUrl("https://h.example/a/b.zip?X-Signature=s3cret#x"),
            "https://h.example/a/b.zip");
  EXPECT_EQ(TellableUrl("https://u:s3cret@h.example/"), "the address");
}

}  // namespace
}  // namespace reprise::storage
