#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "catalog/mail_facts.hpp"

namespace reprise::notify {

// A mail before it is written down.
struct Mail {
  std::string subject;
  std::string text;  // lines ended by \n
  std::string html;
};

// What is told of a task: `link` is its page, "" when nobody knows where that is.
[[nodiscard]] Mail MailOf(const catalog::MailFacts& facts, const std::string& link);
// "reprise webhook test" for a mail address.
[[nodiscard]] Mail TestMail(const std::string& name);

struct Envelope {
  std::string from;  // an address
  std::string to;
  std::string id;  // the message's: the same at every attempt
  Instant at;
};
// As RFC 5322 and MIME want it: plain text and HTML beside each other, in base64, lines ended by
// \r\n. Nothing in a name can begin a header of its own.
[[nodiscard]] std::string WriteMail(const Mail& mail, const Envelope& envelope);

// The address in "mailto:ops@example.com"; kInvalidArgument for what holds none, or more than one.
[[nodiscard]] Result<std::string> AddressOfMailto(std::string_view url);
[[nodiscard]] bool IsMailto(std::string_view url);

}  // namespace reprise::notify
