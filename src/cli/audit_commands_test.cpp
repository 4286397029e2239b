#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "api/testing/api_house.hpp"
#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/testing/fake_terminal.hpp"

// The commands of the audit log against the real API.
namespace reprise::cli {
namespace {

using api::testing::ApiHouse;
using ::testing::HasSubstr;

class AuditCommandsTest : public ::testing::Test {
 protected:
  template <class Options>
  Status RunCommand(const Options& options, const std::string& url = {}) {
    terminal_.out.clear();
    const std::string here = fmt::format("http://127.0.0.1:{}", house_.server->port());
    ApiClient client(url.empty() ? here : url, std::string(ApiHouse::kToken));
    return cli::Run(Session{Context(), client, terminal_, house_.clock, false, here, ""}, options);
  }
  void DoThings() {
    for (const char* name : {"a", "b", "c"}) {
      ASSERT_TRUE(RunCommand(OrgCommand{AccessVerb::kCreate, "", name}));
    }
  }
  Status VerifyFile() {  // without a server
    AuditCommand verify{WatchVerb::kVerify};
    verify.file = file_;
    return RunCommand(verify, "http://127.0.0.1:1");
  }
  std::string Text() { return ReadTextFile(file_, 1 << 20).value(); }
  void Put(const std::string& text) { std::ofstream(file_, std::ios::trunc) << text; }

  ApiHouse house_;
  catalog::testing::TemporaryFolder folder_;
  testing::FakeTerminal terminal_;
  const std::string file_ = folder_.path() + "/audit.ndjson";
};

TEST_F(AuditCommandsTest, ListsWhatWasDone) {
  DoThings();
  AuditCommand list;
  list.action = "createOrganization";
  ASSERT_TRUE(RunCommand(list));
  EXPECT_THAT(terminal_.out, HasSubstr("createOrganization"));
  EXPECT_THAT(terminal_.out, HasSubstr("127.0.0.1"));
  list.result = "refused";
  ASSERT_TRUE(RunCommand(list));
  EXPECT_THAT(terminal_.out, HasSubstr("none yet"));
}

TEST_F(AuditCommandsTest, AnExportIsVerifiedOfflineAndEveryTamperingIsFound) {
  DoThings();
  AuditCommand out{WatchVerb::kExport};
  out.file = file_;
  ASSERT_TRUE(RunCommand(out));
  const std::string good = Text();
  ASSERT_TRUE(VerifyFile());
  EXPECT_THAT(terminal_.out, HasSubstr("rows hold together"));

  std::string changed = good;
  changed.replace(changed.find("createOrganization"), 18, "deleteOrganization");
  Put(changed);
  EXPECT_EQ(VerifyFile().error().code, ErrorCode::kArchiveCorrupt);

  const std::size_t first = good.find('\n') + 1;
  const std::size_t second = good.find('\n', first) + 1;
  Put(good.substr(0, first) + good.substr(second));
  EXPECT_FALSE(VerifyFile());
  Put(good.substr(first, second - first) + good.substr(0, first) + good.substr(second));
  EXPECT_FALSE(VerifyFile());
}

TEST_F(AuditCommandsTest, RowsRemovedFromTheEndAreFoundByWhatWasVerifiedBefore) {
  DoThings();
  ASSERT_TRUE(RunCommand(AuditCommand{WatchVerb::kVerify}));
  const std::string mark = terminal_.out.substr(terminal_.out.find("last: ") + 6, 66);
  AuditCommand out{WatchVerb::kExport};
  out.file = file_;
  ASSERT_TRUE(RunCommand(out));
  AuditCommand verify{WatchVerb::kVerify};
  verify.file = file_;
  verify.expect = mark;
  ASSERT_TRUE(RunCommand(verify)) << mark;
  std::string text = Text();
  text.resize(text.find('\n', text.find('\n') + 1) + 1);
  Put(text);
  EXPECT_TRUE(VerifyFile());
  EXPECT_EQ(RunCommand(verify).error().code, ErrorCode::kArchiveCorrupt);
}

TEST_F(AuditCommandsTest, AWebhookIsMadeTestedChangedAndDeleted) {
  WebhookCommand hook{WebhookVerb::kCreate};
  hook.name = "ops";
  hook.url = "https://x.test/";
  ASSERT_TRUE(RunCommand(hook));
  EXPECT_THAT(terminal_.out, HasSubstr("whsec_"));
  hook = {WebhookVerb::kTest, "", "ops"};
  hook.detach = true;  // nobody sends here
  ASSERT_TRUE(RunCommand(hook));
  EXPECT_THAT(terminal_.out, HasSubstr("queued as"));
  hook.verb = WebhookVerb::kDeliveries;
  ASSERT_TRUE(RunCommand(hook));
  EXPECT_THAT(terminal_.out, HasSubstr("ping"));
  hook.verb = WebhookVerb::kDisable;
  ASSERT_TRUE(RunCommand(hook));
  hook.verb = WebhookVerb::kList;
  ASSERT_TRUE(RunCommand(hook));
  EXPECT_THAT(terminal_.out, HasSubstr("disabled"));
  hook.verb = WebhookVerb::kDelete;
  ASSERT_TRUE(RunCommand(hook));
  hook.verb = WebhookVerb::kList;
  ASSERT_TRUE(RunCommand(hook));
  EXPECT_THAT(terminal_.out, HasSubstr("none yet"));
}

}  // namespace
}  // namespace reprise::cli
