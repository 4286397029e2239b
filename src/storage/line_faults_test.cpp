#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <regex>

#include "base/id.hpp"
#include "storage/ftp_store.hpp"
#include "storage/sftp_store.hpp"
#include "storage/testing/fault_proxy.hpp"
#include "storage/testing/lab_servers.hpp"

// Lines to real SFTP and FTP servers that are cut, fall silent or alter bytes: what is read is
// right or told, what is written is whole or not there.
namespace reprise::storage {
namespace {

using testing::Fault;
using testing::FaultProxy;

constexpr RetryPolicy kQuick{.attempts = 5, .first_pause = std::chrono::milliseconds(5)};

std::string Content(std::size_t bytes) {
  std::string text = RandomHex(4096);
  while (text.size() < bytes) text += text;
  text.resize(bytes);
  return text;
}

Status Put(ObjectStore& store, const std::string& key, const std::string& content) {
  const Context ctx;
  ASSIGN_OR_RETURN(const auto writer, store.Create(ctx, key));
  for (std::size_t at = 0; at < content.size(); at += 300'000) {
    RETURN_IF_ERROR(writer->Write(
        ctx, BytesOf(content).subspan(at, std::min<std::size_t>(300'000, content.size() - at))));
  }
  return writer->Close(ctx);
}

Result<std::string> Get(ObjectStore& store, const std::string& key) {
  const Context ctx;
  ASSIGN_OR_RETURN(const auto reader, store.Open(ctx, key));
  std::string text(static_cast<std::size_t>(reader->size()), '?');
  const auto bytes = std::as_writable_bytes(std::span(text));
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = std::min<std::size_t>(500'000, text.size() - at);
    ASSIGN_OR_RETURN(const std::size_t count, reader->ReadAt(ctx, at, bytes.subspan(at, length)));
    if (count != length) return Fail(ErrorCode::kInternal, "a short read");
    at += length;
  }
  return text;
}

class SftpFaultsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    lab_ = testing::FindLabServer("sftp");
    if (!lab_.missing.empty()) GTEST_SKIP() << lab_.missing;
    proxy_.emplace(lab_.Number("port"));
    Renew();
  }
  // A store without open connections: each new one takes the next fault.
  void Renew() {
    store_.emplace(SftpSettings{"127.0.0.1", proxy_->port(), lab_.Text("username"),
                                lab_.Text("folder"), lab_.Text("host_key"), 1},
                   SftpSecrets{"", lab_.Text("private_key"), ""}, PrivateEndpoints::kAllow, kQuick);
  }
  const std::string key_ = "faults/" + RandomHex(6);
  testing::LabServer lab_;
  std::optional<FaultProxy> proxy_;
  std::optional<SftpStore> store_;
};

TEST_F(SftpFaultsTest, ReadsOnAfterLinesThatAreCutFallSilentOrAlterBytes) {
  const std::string content = Content(4'000'000);
  ASSERT_TRUE(Put(*store_, key_, content));
  for (const Fault& fault :
       {Fault{.cut_after = 0}, Fault{.cut_after = 700}, Fault{.cut_after = 5000},
        Fault{.cut_after = 900'000}, Fault{.flip_at = 700'000}, Fault{.stall_after = 600'000}}) {
    Renew();
    proxy_->Add(fault);
    const auto got = Get(*store_, key_);
    ASSERT_TRUE(got) << got.error().Sentence();
    EXPECT_TRUE(*got == content);
    EXPECT_EQ(proxy_->left(), 0U);
  }
}

TEST_F(SftpFaultsTest, LeavesTheFormerObjectWhenALineIsCutWhileWriting) {
  ASSERT_TRUE(Put(*store_, key_, "former"));
  const std::string content = Content(4'000'000);
  for (const std::size_t after : {30'000U, 1'000'000U, 3'900'000U}) {
    Renew();
    proxy_->Add({.cut_upload_after = after});
    const Status put = Put(*store_, key_, content);
    ASSERT_FALSE(put) << after;
    EXPECT_EQ(put.error().code, ErrorCode::kStorageFailed) << put.error().Sentence();
    EXPECT_EQ(Get(*store_, key_).value(), "former");
  }
  ASSERT_TRUE(Put(*store_, key_, content));
  EXPECT_TRUE(Get(*store_, key_).value() == content);
}

// In front of vsftpd without TLS, so that it can see where data connections go: they pass through
// proxies as well, each with the next fault.
class FtpFaultsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    lab_ = testing::FindLabServer("ftps");
    if (!lab_.missing.empty()) GTEST_SKIP() << lab_.missing;
    control_.emplace(lab_.Number("plain_port"), [this](const std::string& said) {
      const std::scoped_lock lock(mutex_);
      return rewrite_(said);
    });
    Renew();
  }
  void TearDown() override { store_.reset(); }
  void Renew() {
    store_.emplace(FtpSettings{.host = "127.0.0.1",
                               .port = control_->port(),
                               .username = lab_.Text("username"),
                               .folder = "/" + lab_.Text("folder"),
                               .tls = FtpTls::kNone,
                               .silence = std::chrono::seconds(2)},
                   FtpSecrets{lab_.Text("password")}, PrivateEndpoints::kAllow, kQuick);
  }
  void Add(const Fault& fault) {
    const std::scoped_lock lock(mutex_);
    faults_.push_back(fault);
  }
  [[nodiscard]] std::size_t left() {
    const std::scoped_lock lock(mutex_);
    return faults_.size();
  }
  // "229 Entering Extended Passive Mode (|||12345|)"
  std::string ThroughAProxy(const std::string& said) {
    static const std::regex kPort(R"(\(\|\|\|(\d+)\|\))");
    std::smatch match;
    if (!std::regex_search(said, match, kPort)) return said;
    data_.push_back(std::make_unique<FaultProxy>(std::stoi(match[1])));
    if (!faults_.empty()) {
      data_.back()->Add(faults_.front());
      faults_.pop_front();
    }
    return match.prefix().str() + fmt::format("(|||{}|)", data_.back()->port()) +
           match.suffix().str();
  }

  const std::string key_ = "faults/" + RandomHex(6);
  testing::LabServer lab_;
  std::mutex mutex_;
  std::deque<Fault> faults_;
  std::vector<std::unique_ptr<FaultProxy>> data_;
  std::function<std::string(const std::string&)> rewrite_ = [this](const std::string& said) {
    return ThroughAProxy(said);
  };
  std::optional<FaultProxy> control_;
  std::optional<FtpStore> store_;
};

TEST_F(FtpFaultsTest, ReadsOnAfterDataThatIsCutOrFallsSilent) {
  const std::string content = Content(3'000'000);
  ASSERT_TRUE(Put(*store_, key_, content));
  // Few in a row: a line that is reset may take along what had come, and then nothing is gained.
  const std::vector<std::vector<Fault>> rounds = {
      {{.cut_after = 0}, {.cut_after = 1}, {.cut_after = 20'000}},
      {{.cut_after = 1'700'000}, {.cut_after = 1'299'999}},
      {{.stall_after = 800'000}}};
  for (const std::vector<Fault>& round : rounds) {
    for (const Fault& fault : round) Add(fault);
    const auto got = Get(*store_, key_);
    ASSERT_TRUE(got) << got.error().Sentence();
    EXPECT_TRUE(*got == content);
    EXPECT_EQ(left(), 0U);
  }
}

TEST_F(FtpFaultsTest, LeavesTheFormerObjectWhenDataIsCutWhileWriting) {
  ASSERT_TRUE(Put(*store_, key_, "former"));
  const std::string content = Content(3'000'000);
  for (const std::size_t after : {0U, 40'000U, 1'000'000U, 2'900'000U}) {
    Add({.cut_upload_after = after});
    const Status put = Put(*store_, key_, content);
    ASSERT_FALSE(put) << after;
    EXPECT_EQ(put.error().code, ErrorCode::kStorageFailed) << put.error().Sentence();
    EXPECT_EQ(Get(*store_, key_).value(), "former");
  }
  ASSERT_TRUE(Put(*store_, key_, content));
  EXPECT_TRUE(Get(*store_, key_).value() == content);
}

TEST_F(FtpFaultsTest, ComesBackAfterTheControlConnectionIsCut) {
  const std::string content = Content(200'000);
  ASSERT_TRUE(Put(*store_, key_, content));
  control_->CutAll();
  const auto cut = Get(*store_, key_);
  ASSERT_TRUE(cut) << cut.error().Sentence();
  EXPECT_TRUE(*cut == content);
  Renew();
  control_->Add({.cut_upload_after = 0});
  control_->Add({.answer = "421 Too many users, sorry.\r\n"});
  const auto got = Get(*store_, key_);
  ASSERT_TRUE(got) << got.error().Sentence();
  EXPECT_TRUE(*got == content);
  EXPECT_EQ(control_->left(), 0U);
}

// A hostile server names an address of a network that it cannot reach itself.
TEST_F(FtpFaultsTest, SendsDataToTheServerItselfWhateverAddressItNames) {
  int named = 0;
  rewrite_ = [&named](const std::string& said) -> std::string {
    if (said.starts_with("229 ")) return "500 Unknown command.\r\n";
    static const std::regex kAddress(R"(\(127,0,0,1,)");
    if (said.starts_with("227 ")) ++named;
    return said.starts_with("227 ") ? std::regex_replace(said, kAddress, "(10,255,255,1,") : said;
  };
  const std::string content = Content(200'000);
  const Status put = Put(*store_, key_, content);
  ASSERT_TRUE(put) << put.error().Sentence();
  EXPECT_TRUE(Get(*store_, key_).value() == content);
  EXPECT_GE(named, 2);
  store_.reset();
}

}  // namespace
}  // namespace reprise::storage
