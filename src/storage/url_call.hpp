#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/address_guard.hpp"
#include "base/stream.hpp"

namespace reprise::storage {

// One GET of an address that somebody else gave, whose body is pulled piece by piece (libcurl). No
// redirect is followed and no proxy used; each address is looked at as it is connected to. Used by
// one thread at a time, and of no further use after a failure.
class UrlCall final : public ByteReader {
 public:
  struct Options {
    std::string url;
    std::vector<std::string> headers;  // "Name: value"
    std::string host;                  // for messages
    Reach reach = Reach::kPublic;
    std::chrono::seconds silence{60};  // how long nothing may come while it is waited for
  };
  explicit UrlCall(Options options) : options_(std::move(options)) {}
  ~UrlCall() override;
  UrlCall(const UrlCall&) = delete;
  UrlCall& operator=(const UrlCall&) = delete;

  // Until the head of the answer is there. kUnavailable for what may be better next time (no
  // connection, a cut one, silence); kStorageFailed for a certificate without trust;
  // kPermissionDenied for an address that must not be connected to.
  [[nodiscard]] Status Begin(const Context& ctx);
  [[nodiscard]] int status() const { return http_status_; }
  [[nodiscard]] std::string Header(std::string_view name) const;  // name in lower case; "": none
  // The body. Fails as Begin() does; the end of a body that is shorter than announced is a failure.
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override;

 private:
  static std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* user);
  static std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* user);
  static curl_socket_t OnOpenSocket(void* user, curlsocktype purpose, curl_sockaddr* address);
  void SetUp();
  [[nodiscard]] Status Drive(const Context& ctx, const std::function<bool()>& reached);
  [[nodiscard]] Error ErrorOf(CURLcode code) const;

  const Options options_;
  CURL* easy_ = nullptr;
  CURLM* multi_ = nullptr;
  curl_slist* list_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> told_{};
  std::map<std::string, std::string, std::less<>> headers_;
  int http_status_ = 0;
  bool has_head_ = false;
  bool is_paused_ = false;
  bool has_moved_ = false;
  bool is_refused_ = false;
  std::optional<CURLcode> outcome_;
  std::string held_;    // what has come and was not read
  std::size_t at_ = 0;  // in it
};

}  // namespace reprise::storage
