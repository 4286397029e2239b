#include "notify/mail_message.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <utility>
#include <vector>

#include "access/accounts.hpp"
#include "base/hex.hpp"
#include "base/html_text.hpp"

namespace reprise::notify {
namespace {

constexpr std::string_view kMailto = "mailto:";
constexpr std::size_t kLongestWord = 45;  // bytes in one encoded word of a header
constexpr std::size_t kLineLength = 76;

std::string InBase64Lines(std::string_view text) {
  const std::string all = ToBase64(text);
  std::string lines;
  for (std::size_t at = 0; at < all.size(); at += kLineLength) {
    lines += all.substr(at, kLineLength) + "\r\n";
  }
  return lines;
}

// A header's text (RFC 2047). Pieces end between characters of UTF-8.
std::string HeaderText(std::string_view text) {
  const bool plain = text.size() < 60 && std::all_of(text.begin(), text.end(),
                                                     [](char c) { return c >= ' ' && c < 127; });
  if (plain && text.find("=?") == std::string_view::npos) return std::string(text);
  std::string words;
  while (!text.empty()) {
    std::size_t end = std::min(kLongestWord, text.size());
    while (end > 1 && end < text.size() &&
           (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) {
      --end;
    }
    words += fmt::format("{}=?UTF-8?B?{}?=", words.empty() ? "" : "\r\n ",
                         ToBase64(text.substr(0, end)));
    text.remove_prefix(end);
  }
  return words;
}

std::string Titled(const catalog::MailFacts& facts) {
  const bool failed = facts.status != "completed";
  const std::string& where = facts.environment.empty() ? facts.backup : facts.environment;
  const std::string_view end = failed ? facts.status : std::string_view("finished");
  if (facts.kind == "restore") return fmt::format("Restore into {} {}", where, end);
  if (facts.kind == "drill") return fmt::format("Drill of {} {}", where, end);
  return fmt::format("Backup of {} {}", where, end);
}

std::string Capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text;
}

std::vector<std::pair<std::string_view, std::string>> LinesOf(const catalog::MailFacts& facts) {
  std::vector<std::pair<std::string_view, std::string>> lines;
  const auto add = [&](std::string_view name, std::string value) {
    if (!value.empty()) lines.emplace_back(name, std::move(value));
  };
  add("Environment", facts.environment);
  add("Backup", facts.backup);
  add("Project", facts.project);
  add("Organization", facts.organization);
  add("Outcome", facts.outcome);
  add("Failed in", facts.step);
  add("Why", Capitalized(facts.error));
  add("What to do", Capitalized(facts.hint));
  if (facts.started_at) add("Began", FormatInstant(*facts.started_at));
  if (facts.completed_at) add("Ended", FormatInstant(*facts.completed_at));
  return lines;
}

// "Wed, 11 Dec 2024 11:00:00 +0000", in English whatever the machine speaks.
std::string DateText(Instant at) {
  constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto seconds = static_cast<std::time_t>(ToMicros(at) / 1'000'000);
  std::tm time{};
  gmtime_r(&seconds, &time);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000",
                     kDays.substr(static_cast<std::size_t>(time.tm_wday) * 3, 3), time.tm_mday,
                     kMonths.substr(static_cast<std::size_t>(time.tm_mon) * 3, 3),
                     time.tm_year + 1900, time.tm_hour, time.tm_min, time.tm_sec);
}

}  // namespace

Mail MailOf(const catalog::MailFacts& facts, const std::string& link) {
  const std::string title = Titled(facts);
  Mail mail{fmt::format("{} ({})", title, facts.organization), title + ".\n\n", ""};
  std::string rows;
  for (const auto& [name, value] : LinesOf(facts)) {
    mail.text += fmt::format("{}: {}\n", name, value);
    rows += fmt::format(
        "<tr><th style=\"text-align:left;vertical-align:top;padding-right:1em\">{}</th>"
        "<td>{}</td></tr>\n",
        name, HtmlText(value));
  }
  std::string more;
  if (!link.empty()) {
    mail.text += fmt::format("\n{}\n", link);
    more = fmt::format("<p><a href=\"{}\">Show it in Reprise</a></p>\n", HtmlText(link));
  }
  mail.html = fmt::format(
      "<!doctype html>\n<html><body><h2>{}</h2>\n<table>\n{}</table>\n{}"
      "</body></html>\n",
      HtmlText(title), rows, more);
  return mail;
}

Mail TestMail(const std::string& name) {
  const std::string text = fmt::format("Mails of \"{}\" arrive here.", name);
  return {fmt::format("Test of {}", name), text + "\n",
          fmt::format("<!doctype html>\n<html><body><p>{}</p></body></html>\n", HtmlText(text))};
}

std::string WriteMail(const Mail& mail, const Envelope& envelope) {
  std::string subject = mail.subject;
  for (char& c : subject) {
    if (static_cast<unsigned char>(c) < ' ' || c == 127) c = ' ';
  }
  const std::string boundary = "reprise-" + envelope.id;
  const std::string host = envelope.from.substr(envelope.from.find('@') + 1);
  const auto part = [&](std::string_view type, std::string_view text) {
    return fmt::format(
        "--{}\r\nContent-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
        boundary, type, InBase64Lines(text));
  };
  return fmt::format(
      "From: Reprise <{}>\r\nTo: <{}>\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}@{}>\r\n"
      "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n{}{}--{}--\r\n",
      envelope.from, envelope.to, HeaderText(subject), DateText(envelope.at), envelope.id, host,
      boundary, part("text/plain", mail.text), part("text/html", mail.html), boundary);
}

bool IsMailto(std::string_view url) { return url.starts_with(kMailto); }

Result<std::string> AddressOfMailto(std::string_view url) {
  const std::string_view address = IsMailto(url) ? url.substr(kMailto.size()) : "";
  const bool plain = address.find_first_of("?&%;\\ ()") == std::string_view::npos;
  const Result<std::string> fine = access::NormalEmail(address);
  if (plain && fine) return std::string(address);
  return Fail(ErrorCode::kInvalidArgument, "must be mailto: and one address");
}

}  // namespace reprise::notify
