#include "notify/mail_sender.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "access/accounts.hpp"
#include "base/address_guard.hpp"

namespace reprise::notify {
namespace {

// What libcurl's callbacks share during one mail.
struct Running {
  const Context& ctx;
  std::string_view left;     // of the message
  std::string last_command;  // "RCPT": the first word only, what follows may be a secret
  std::string reply;         // the server's last line
  bool has_ended = false;
};

std::size_t OnRead(char* into, std::size_t size, std::size_t count, void* user) {
  auto& self = *static_cast<Running*>(user);
  const std::size_t length = std::min(size * count, self.left.size());
  std::memcpy(into, self.left.data(), length);
  self.left.remove_prefix(length);
  return length;
}

std::size_t OnIgnored(char*, std::size_t size, std::size_t count, void*) { return size * count; }

int OnDebug(CURL*, curl_infotype type, char* data, std::size_t size, void* user) {
  auto& self = *static_cast<Running*>(user);
  const std::string_view line(data, size);
  if (self.has_ended) return 0;  // the farewell says nothing of what went before
  if (type == CURLINFO_HEADER_OUT && line.starts_with("QUIT")) {
    self.has_ended = true;
    return 0;
  }
  if (type == CURLINFO_HEADER_OUT) self.last_command = line.substr(0, line.find_first_of(" \r\n"));
  if (type == CURLINFO_HEADER_IN) self.reply = line.substr(0, line.find_first_of("\r\n"));
  return 0;
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Running*>(user)->ctx.Check() ? 0 : 1;
}

struct CurlDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::string_view StepOf(CURLcode code, const Running& running) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "finding the mail server's address";
    case CURLE_COULDNT_CONNECT:
      return "connecting to the mail server";
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return "encrypting the connection";
    case CURLE_LOGIN_DENIED:
      return "signing in";
    default:
      break;
  }
  if (running.last_command == "MAIL") return "naming the sender";
  if (running.last_command == "RCPT") return "naming the recipient";
  if (running.last_command == "DATA") return "sending the text";
  if (running.last_command == "AUTH") return "signing in";
  return running.reply.empty() ? "connecting to the mail server" : "greeting the mail server";
}

void Prepare(CURL* easy, Running& running, const MailServer& server) {
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
  set(CURLOPT_URL, server.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_USE_SSL, static_cast<long>(server.in_the_clear ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  if (!server.ca_file.empty()) set(CURLOPT_CAINFO, server.ca_file.c_str());
  if (!server.user.empty()) {
    set(CURLOPT_USERNAME, server.user.c_str());
    set(CURLOPT_PASSWORD, server.password.c_str());
  }
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(server.limit.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(server.limit.count() / 2));
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_READFUNCTION, OnRead);
  set(CURLOPT_READDATA, &running);
  set(CURLOPT_WRITEFUNCTION, OnIgnored);
  set(CURLOPT_DEBUGFUNCTION, OnDebug);
  set(CURLOPT_DEBUGDATA, &running);
  set(CURLOPT_VERBOSE, 1L);  // to the function above, nowhere else
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, OnProgress);
  set(CURLOPT_XFERINFODATA, &running);
}

}  // namespace

Status CheckMailServer(const MailServer& server) {
  const auto refuse = [](std::string what, std::string hint) {
    return Fail(ErrorCode::kInvalidArgument, std::move(what), std::move(hint));
  };
  const bool starts = server.url.starts_with("smtp://");
  if (!starts && !server.url.starts_with("smtps://")) {
    return refuse(fmt::format("the mail server \"{}\" is no address", server.url),
                  "write smtp://HOST:587 (STARTTLS) or smtps://HOST:465");
  }
  if (server.url.find('@') != std::string::npos) {
    return refuse("the mail server's address holds a name or a password",
                  "give --smtp-user and --smtp-password-file instead");
  }
  if (!access::NormalEmail(server.from)) {
    return refuse("mails need an address that they come from", "give --smtp-from");
  }
  const std::string as_http = "http" + server.url.substr(server.url.find("://"));
  if (server.in_the_clear && !KeepsSecrets(as_http)) {
    return refuse("mails would leave this machine in the clear",
                  "--smtp-in-the-clear is for a mail server on 127.0.0.1, [::1] or localhost");
  }
  return {};
}

MailAttempt SendMail(const Context& ctx, const MailServer& server, const std::string& to,
                     const std::string& message) {
  MailAttempt attempt;
  const std::unique_ptr<CURL, CurlDeleter> easy(curl_easy_init());
  const std::unique_ptr<curl_slist, CurlDeleter> recipients(
      curl_slist_append(nullptr, ("<" + to + ">").c_str()));
  if (!easy || !recipients) {
    attempt.error = "out of memory";
    return attempt;
  }
  Running running{ctx, message, {}, {}, false};
  Prepare(easy.get(), running, server);
  const std::string from = "<" + server.from + ">";
  curl_easy_setopt(easy.get(), CURLOPT_MAIL_FROM, from.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_MAIL_RCPT, recipients.get());
  const CURLcode code = curl_easy_perform(easy.get());
  attempt.code = static_cast<int>(std::strtol(running.reply.c_str(), nullptr, 10));
  attempt.reply = running.reply;
  if (code == CURLE_OK) {
    attempt.code = 250;
    return attempt;
  }
  const bool refused = attempt.code >= 400;
  attempt.error = fmt::format("{} failed: {}", StepOf(code, running),
                              refused ? running.reply : curl_easy_strerror(code));
  if (!refused) attempt.code = 0;
  return attempt;
}

}  // namespace reprise::notify
