#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "api/request_parser.hpp"
#include "api/testing/api_house.hpp"

// What strangers send: the server answers with a refusal or closes, and goes on serving others.
namespace reprise::api {
namespace {

using testing::ApiHouse;
using testing::RawClient;

struct Nasty {
  std::string name;
  std::string bytes;
  std::set<int> statuses;  // 0: closed without an answer
};

std::string Authorized(std::string_view start, std::string_view headers,
                       std::string_view body = "") {
  return fmt::format("{}\r\nHost: x\r\nAuthorization: Bearer {}\r\n{}\r\n{}", start,
                     ApiHouse::kToken, headers, body);
}

std::string PostList(std::string_view headers, std::string_view body) {
  return Authorized("POST /api/v1/environments HTTP/1.1", headers, body);
}

std::vector<Nasty> HeadTable() {
  return {
      {"nothing but line ends", "\r\n\r\n\r\n\r\n", {400, 0}},
      {"binary", std::string("\x00\x01\xff\xfe\x80\r\n\r\n", 9), {400}},
      {"a TLS hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), {400}},
      {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400}},
      {"no version", "GET /healthz\r\n\r\n", {400}},
      {"an unknown version", "GET /healthz HTTP/3.7\r\nHost: x\r\n\r\n", {400}},
      {"no target", "GET  HTTP/1.1\r\nHost: x\r\n\r\n", {400}},
      {"a target without a slash", Authorized("GET healthz HTTP/1.1", ""), {400}},
      {"an asterisk", Authorized("OPTIONS * HTTP/1.1", ""), {400}},
      {"CONNECT", Authorized("CONNECT evil:443 HTTP/1.1", ""), {400}},
      {"a space in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", {400}},
      {"a bad escape in the path", Authorized("GET /api/v1/tasks/%zz HTTP/1.1", ""), {400}},
      {"a NUL in the path", Authorized("GET /api/v1/tasks/%00 HTTP/1.1", ""), {400}},
      {"a bad escape in the query", Authorized("GET /api/v1/tasks?page=%9 HTTP/1.1", ""), {400}},
      {"a path that climbs", Authorized("GET /../../etc/passwd HTTP/1.1", ""), {404}},
      {"a path that climbs in disguise", Authorized("GET /%2e%2e/%2e%2e/etc HTTP/1.1", ""), {404}},
      {"an endless path", Authorized("GET /" + std::string(20'000, 'a') + " HTTP/1.1", ""), {431}},
      {"an endless header",
       Authorized("GET /healthz HTTP/1.1", "X: " + std::string(40'000, 'a') + "\r\n"),
       {431}},
      {"many headers",
       Authorized("GET /healthz HTTP/1.1",
                  [] {
                    std::string all;
                    for (int i = 0; i < 5000; ++i) all += "X: y\r\n";
                    return all;
                  }()),
       {431}},
      {"a header without a colon", Authorized("GET /healthz HTTP/1.1", "nonsense\r\n"), {400}},
      {"a header with a space before its colon",
       Authorized("GET /healthz HTTP/1.1", "Content-Length : 5\r\n"),
       {400}},
      {"a header without a name", Authorized("GET /healthz HTTP/1.1", ": x\r\n"), {400}},
      {"a NUL in a header",
       Authorized("GET /healthz HTTP/1.1", std::string("X: a\0b\r\n", 8)),
       {400}},
      {"a bare line feed", "GET /healthz HTTP/1.1\nHost: x\n\n", {400}},
      {"a carriage return in a header", Authorized("GET /healthz HTTP/1.1", "X: a\rb\r\n"), {400}},
      {"no host", "GET /healthz HTTP/1.1\r\n\r\n", {400}},
      {"two hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", {400}},
      {"a method of nobody's", Authorized("BREW /healthz HTTP/1.1", ""), {405}},
      {"an endless method",
       std::string(20'000, 'M') + " / HTTP/1.1\r\nHost: x\r\n\r\n",
       {400, 431}},
      {"expecting a miracle", Authorized("GET /healthz HTTP/1.1", "Expect: miracle\r\n"), {417}},
  };
}

std::vector<Nasty> BodyTable() {
  return {
      {"a negative length", PostList("Content-Length: -1\r\n", ""), {400}},
      {"a length in words", PostList("Content-Length: five\r\n", ""), {400}},
      {"a length beyond all", PostList("Content-Length: 99999999999999999999999\r\n", ""), {400}},
      {"the largest length", PostList("Content-Length: 18446744073709551615\r\n", ""), {400, 413}},
      {"a length with a sign", PostList("Content-Length: +5\r\n", "hello"), {400}},
      {"two lengths that differ",
       PostList("Content-Length: 2\r\nContent-Length: 40\r\n", "{}"),
       {400}},
      {"two lengths in one", PostList("Content-Length: 2, 40\r\n", "{}"), {400}},
      {"length and chunks",
       PostList("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
       {400}},
      {"chunks and length",
       PostList("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "0\r\n\r\n"),
       {400}},
      {"chunks twice",
       PostList("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
       {400}},
      {"a coding that we do not know",
       PostList("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
       {400, 501}},
      {"a coding in disguise",
       PostList("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
       {400, 501}},
      {"chunks in HTTP/1.0",
       Authorized("POST /api/v1/environments HTTP/1.0", "Transfer-Encoding: chunked\r\n",
                  "0\r\n\r\n"),
       {400}},
      {"a chunk size in words", PostList("Transfer-Encoding: chunked\r\n", "five\r\n"), {400}},
      {"a chunk size beyond all",
       PostList("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n"),
       {400}},
      {"the largest chunk",
       PostList("Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\nx"),
       {400, 413}},
      {"a chunk without its end",
       PostList("Transfer-Encoding: chunked\r\n", "2\r\n{}XX0\r\n\r\n"),
       {400}},
      {"an endless chunk extension",
       PostList("Transfer-Encoding: chunked\r\n", "2;" + std::string(200'000, 'e')),
       {400, 431}},
      {"a body that is not JSON", PostList("Content-Length: 5\r\n", "hello"), {400}},
      {"a body that ends early", PostList("Content-Length: 50\r\n", "{}"), {400}},
      {"JSON that is too deep",
       PostList(fmt::format("Content-Length: {}\r\n", 100'000), std::string(100'000, '[')),
       {400}},
      {"JSON of another kind", PostList("Content-Length: 4\r\n", "null"), {422}},
      {"text that is not UTF-8", PostList("Content-Length: 12\r\n", "{\"name\":\"\xff\"}"), {400}},
      {"a key twice", PostList("Content-Length: 21\r\n", R"({"name":1,"name":{}} )"), {422}},
  };
}

class MalformedTest : public ::testing::Test {
 protected:
  void Try(const Nasty& nasty) {
    RawClient client(house_.server->port());
    client.Send(nasty.bytes);
    client.FinishSending();
    const auto answer = client.Read();
    const int status = answer ? answer->status : 0;
    EXPECT_TRUE(nasty.statuses.contains(status))
        << nasty.name << ": " << status << (answer ? answer->body : "");
    EXPECT_EQ(house_.Call("GET", "/healthz").raw.status, 200) << "after " << nasty.name;
  }
  ApiHouse house_;
};

TEST_F(MalformedTest, HeadsAreRefused) {
  for (const Nasty& nasty : HeadTable()) Try(nasty);
}

TEST_F(MalformedTest, BodiesAreRefused) {
  for (const Nasty& nasty : BodyTable()) Try(nasty);
}

TEST_F(MalformedTest, WhatComesBehindARefusedRequestIsNotServed) {
  RawClient client(house_.server->port());
  client.Send(
      "POST /api/v1/environments HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
      Authorized("GET /healthz HTTP/1.1", ""));
  client.FinishSending();
  EXPECT_EQ(client.Read()->status, 400);
  EXPECT_FALSE(client.Read());
}

TEST_F(MalformedTest, HeadersOfAnswersCannotBeForged) {
  RawClient client(house_.server->port());
  client.Send("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: a%0d%0aSet-Cookie: b\r\n\r\n");
  const auto answer = client.Read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->head.find("Set-Cookie"), std::string::npos);
}

// Feeds bytes in pieces as a connection does; the body that came out, or nullopt for a refusal or
// an end that did not come.
std::optional<std::string> Parse(std::string_view bytes, std::size_t piece) {
  RequestParser parser(16 * 1024);
  std::string inbox;
  std::string body;
  bool head_done = false;
  std::string room(7, '\0');
  const auto feed = [&]() -> std::optional<bool> {  // whether it is whole
    while (true) {
      if (!head_done) {
        const RequestParser::Step step = parser.ParseHead(inbox);
        inbox.erase(0, step.used);
        if (step.fault) return std::nullopt;
        if (!step.complete) return false;
        Request request;
        if (parser.ReadHead(request)) return std::nullopt;
        head_done = true;
      }
      if (!parser.has_body()) return true;
      const RequestParser::Step step = parser.ParseBody(inbox, room);
      inbox.erase(0, step.used);
      body.append(room, 0, step.produced);
      if (step.fault) return std::nullopt;
      if (step.complete) return true;
      if (step.produced == 0) return false;
    }
  };
  while (!bytes.empty()) {
    inbox += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
    const std::optional<bool> whole = feed();
    if (!whole) return std::nullopt;
    if (*whole) return body;
  }
  return std::nullopt;
}

RC_GTEST_PROP(RequestParser, DecodesChunksHoweverTheyAreCut, ()) {
  const auto parts = *rc::gen::container<std::vector<std::string>>(
      rc::gen::nonEmpty(rc::gen::arbitrary<std::string>()));
  const auto piece = *rc::gen::inRange<std::size_t>(1, 100);
  std::string bytes = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string whole;
  for (const std::string& part : parts) {
    bytes += fmt::format("{:x}\r\n{}\r\n", part.size(), part);
    whole += part;
  }
  bytes += "0\r\n\r\n";
  RC_ASSERT(Parse(bytes, piece) == whole);
}

RC_GTEST_PROP(RequestParser, SurvivesAnyBytes, (const std::string& noise)) {
  const auto piece = *rc::gen::inRange<std::size_t>(1, 50);
  Parse(noise, piece);
  Parse("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + noise, piece);
  Parse("GET / HTTP/1.1\r\nHost: x\r\n" + noise + "\r\n\r\n", piece);
}

}  // namespace
}  // namespace reprise::api
