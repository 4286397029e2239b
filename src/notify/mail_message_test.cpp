#include "notify/mail_message.hpp"

#include <gtest/gtest.h>

#include "notify/mail_sender.hpp"

namespace reprise::notify {
namespace {

catalog::MailFacts Failed() {
  catalog::MailFacts facts;
  facts.kind = "backup";
  facts.status = "failed";
  facts.environment = "shop";
  facts.backup = "nightly";
  facts.project = "default";
  facts.organization = "Acme";
  facts.error = "no space left on <disk>";
  facts.hint = "free space";
  facts.step = "dump";
  facts.completed_at = ParseInstant("2024-12-11T11:00:00Z").value();
  return facts;
}

Envelope To(const std::string& address) {
  return {"reprise@acme.example", address, "0193-id", ParseInstant("2024-12-11T11:00:00Z").value()};
}

TEST(MailOf, SaysWhatHappenedWhereAndWhatToDo) {
  const Mail mail = MailOf(Failed(), "https://reprise.acme.example/tasks/1");
  EXPECT_EQ(mail.subject, "Backup of shop failed (Acme)");
  for (const char* part :
       {"Backup of shop failed.\n", "Environment: shop\n", "Backup: nightly\n",
        "Why: No space left on <disk>\n", "What to do: Free space\n", "Failed in: dump\n",
        "Ended: 2024-12-11T11:00:00Z\n", "\nhttps://reprise.acme.example/tasks/1\n"}) {
    EXPECT_NE(mail.text.find(part), std::string::npos) << part << "\n" << mail.text;
  }
  EXPECT_NE(mail.html.find("No space left on &lt;disk&gt;"), std::string::npos) << mail.html;
  EXPECT_NE(mail.html.find("<a href=\"https://reprise.acme.example/tasks/1\">"), std::string::npos);
}

TEST(MailOf, NamesBothEndsOfARestoreAndADrill) {
  catalog::MailFacts facts = Failed();
  facts.kind = "restore";
  EXPECT_EQ(MailOf(facts, "").subject, "Restore into shop failed (Acme)");
  facts.status = "completed";
  facts.error.clear();
  EXPECT_EQ(MailOf(facts, "").subject, "Restore into shop finished (Acme)");
  facts.kind = "drill";
  facts.status = "failed";
  facts.environment.clear();  // it is gone: the backup's name tells which
  EXPECT_EQ(MailOf(facts, "").subject, "Drill of nightly failed (Acme)");
  EXPECT_EQ(MailOf(facts, "").html.find("<a "), std::string::npos);
}

TEST(WriteMail, WritesTwoPartsThatEveryProgramReads) {
  const std::string text = WriteMail({"Subject", "text\n", "<p>html</p>\n"}, To("a@x.example"));
  for (const char* part :
       {"From: Reprise <reprise@acme.example>\r\n", "To: <a@x.example>\r\n", "Subject: Subject\r\n",
        "Date: Wed, 11 Dec 2024 11:00:00 +0000\r\n", "Message-ID: <0193-id@acme.example>\r\n",
        "Content-Type: text/plain; charset=utf-8\r\n", "\r\n\r\ndGV4dAo=\r\n",
        "PHA+aHRtbDwvcD4K\r\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
    ASSERT_EQ(text.at(at - 1), '\r');
  }
}

TEST(WriteMail, ANameCannotBeginAHeader) {
  const std::string text =
      WriteMail({"Backup of a\r\nBcc: eve@x.example failed", "", ""}, To("a@x.example"));
  EXPECT_EQ(text.find("\r\nBcc:"), std::string::npos) << text;
}

TEST(WriteMail, EncodesASubjectThatIsNotPlain) {
  std::string subject;
  for (int i = 0; i < 40; ++i) subject += "ü€";
  const std::string text = WriteMail({subject, "", ""}, To("a@x.example"));
  const std::size_t at = text.find("Subject: ") + 9;
  const std::string value = text.substr(at, text.find("\r\nDate:") - at);
  EXPECT_TRUE(value.starts_with("=?UTF-8?B?"));
  for (std::size_t from = 0; from < value.size();) {
    const std::size_t end = std::min(value.find("\r\n", from), value.size());
    EXPECT_LE(end - from, 75U);
    from = end + 2;
  }
}

TEST(AddressOfMailto, TakesOneAddressAndNothingElse) {
  EXPECT_EQ(AddressOfMailto("mailto:ops@acme.example").value(), "ops@acme.example");
  for (const char* url : {"mailto:", "mailto:ops", "mailto:a@x.example,b@x.example",
                          "mailto:a@x.example?bcc=b@x.example", "mailto:a@x.example%0d%0aBcc:b",
                          "mailto:a@x.example\r\nb", "https://x.example", "ops@acme.example"}) {
    EXPECT_FALSE(AddressOfMailto(url)) << url;
  }
}

TEST(CheckMailServer, RefusesWhatCannotWorkOrLeaksAPassword) {
  MailServer server;
  server.url = "smtp://mail.example:587";
  server.from = "reprise@acme.example";
  EXPECT_TRUE(CheckMailServer(server));
  server.in_the_clear = true;
  EXPECT_FALSE(CheckMailServer(server));
  server.url = "smtp://127.0.0.1:25";
  EXPECT_TRUE(CheckMailServer(server));
  server.from = "nobody";
  EXPECT_FALSE(CheckMailServer(server));
  server.from = "reprise@acme.example";
  for (const char* url : {"http://mail.example", "mail.example", "smtp://user:pw@mail.example"}) {
    server.url = url;
    EXPECT_FALSE(CheckMailServer(server)) << url;
  }
}

// Nobody listens there: the step is told, and no secret.
TEST(SendMail, SaysInWhichStepItFailed) {
  MailServer server;
  server.url = "smtp://127.0.0.1:1";
  server.from = "reprise@acme.example";
  server.password = "secret";
  const MailAttempt attempt = SendMail(Context(), server, "a@x.example", "text");
  EXPECT_EQ(attempt.code, 0);
  EXPECT_TRUE(attempt.error.starts_with("connecting to the mail server failed: ")) << attempt.error;
}

}  // namespace
}  // namespace reprise::notify
