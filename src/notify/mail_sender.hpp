#pragma once

#include <chrono>
#include <string>

#include "base/context.hpp"

namespace reprise::notify {

// The server that takes an installation's mails.
struct MailServer {
  std::string url;   // smtp://mail.example.com:587 (STARTTLS) or smtps://…:465; "": no mails
  std::string user;  // "": it does not ask who sends
  std::string password;
  std::string from;           // the address that mails come from
  std::string ca_file;        // of certificates to trust instead of the system's; "": those
  bool in_the_clear = false;  // without TLS: to this machine only
  std::chrono::milliseconds limit{30'000};  // of one mail

  [[nodiscard]] bool IsConfigured() const { return !url.empty(); }
};
// kInvalidArgument for settings that cannot work.
[[nodiscard]] Status CheckMailServer(const MailServer& server);

// What became of a mail.
struct MailAttempt {
  int code = 0;       // of the server's last answer: 250 when it took the mail; 0: none came
  std::string reply;  // that answer
  std::string error;  // in which step it failed and why; "": it did not
};

// Hands one message to the server. Blocks for at most the limit. Thread-safe.
[[nodiscard]] MailAttempt SendMail(const Context& ctx, const MailServer& server,
                                   const std::string& to, const std::string& message);

}  // namespace reprise::notify
