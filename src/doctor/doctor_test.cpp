#include "doctor/doctor.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

#include "catalog/sqlite_connection.hpp"
#include "doctor/checks.hpp"

// Installations that are broken in one way each.
namespace reprise::doctor {
namespace {

namespace fs = std::filesystem;

class DoctorTest : public ::testing::Test {
 protected:
  DoctorTest() {
    fs::create_directories(installation_.storage);
    fs::permissions(data_, fs::perms::owner_all);
    installation_.port = 0;
    EXPECT_TRUE(catalog::OpenSqlite(Catalog().string()));
    for (const char* name : {"secret.key", "proof.key"}) Write(name, std::string(64, 'a') + "\n");
    Write("admin.token", "token\n");
  }
  ~DoctorTest() override { fs::remove_all(data_); }

  [[nodiscard]] fs::path Catalog() const { return data_ / "catalog.db"; }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(data_ / name) << text;
    fs::permissions(data_ / name, fs::perms::owner_read | fs::perms::owner_write);
  }
  // The worst that is said under that name.
  Finding Worst(const std::string& name) {
    Finding worst{name, Level::kOk, "nothing is said", ""};
    for (Finding& finding : Examine(Context(), installation_)) {
      if (finding.name != name) continue;
      if (finding.level >= worst.level) worst = std::move(finding);
    }
    return worst;
  }
  void Sql(const std::string& sql) {
    using catalog::SqliteConnection;
    EXPECT_TRUE(SqliteConnection::Open(Catalog().string(), SqliteConnection::Access::kReadWrite)
                    .value()
                    ->Run(sql));
  }
  void Expect(const std::string& name, Level level, const std::string& part) {
    const Finding finding = Worst(name);
    EXPECT_EQ(finding.level, level) << finding.sentence;
    EXPECT_NE(finding.sentence.find(part), std::string::npos) << finding.sentence;
    if (level != Level::kOk) {
      EXPECT_NE(finding.fix, "") << finding.sentence;
    }
  }

  const fs::path data_ = fs::path(::testing::TempDir()) / ("doctor_" + std::to_string(::getpid()));
  Installation installation_{.data = data_.string(),
                             .storage = (data_ / "storage").string(),
                             .docker = "unix:///nonexistent/docker.sock"};
};

TEST_F(DoctorTest, AWholeInstallationIsWell) {
  for (const char* name : {"catalog", "secret.key", "proof.key", "admin.token", "clock", "port"}) {
    const Finding finding = Worst(name);
    EXPECT_EQ(finding.level, Level::kOk) << name << ": " << finding.sentence;
    EXPECT_NE(finding.sentence, "nothing is said") << name;
  }
}

TEST_F(DoctorTest, FindsFoldersThatAreGoneOrOpenToOthers) {
  fs::permissions(data_, fs::perms::all);
  Expect("data", Level::kWarn, "is open to others (mode 0777)");
  installation_.storage = "/nonexistent/archives";
  Expect("archives", Level::kFail, "there is no folder /nonexistent/archives");
  installation_.data = "/nonexistent/data";
  Expect("data", Level::kFail, "there is no folder /nonexistent/data");
}

TEST_F(DoctorTest, FindsACatalogThatIsDamagedOrNone) {
  std::fstream file(Catalog(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(3 * 4096);
  file << std::string(5 * 4096, 'x');
  file.close();
  Expect("catalog", Level::kFail, "is damaged");
  std::ofstream(Catalog()) << std::string(8192, 'x');
  Expect("catalog", Level::kFail, "is not readable");
  fs::remove(Catalog());
  Expect("catalog", Level::kWarn, "there is no catalog");
  Sql("CREATE TABLE other (x)");
  Expect("catalog", Level::kFail, "is no catalog");
}

TEST_F(DoctorTest, FindsACatalogOfAnotherVersion) {
  Sql("INSERT INTO schema_version VALUES (9999, 0)");
  Expect("catalog", Level::kFail, "has schema version 9999");
  Sql("DELETE FROM schema_version WHERE version > 3");
  Expect("catalog", Level::kWarn, "has schema version 3 of");
}

TEST_F(DoctorTest, FindsKeysThatAreGoneReadableOrNone) {
  fs::remove(data_ / "secret.key");
  Expect("secret.key", Level::kFail, "is gone");
  fs::permissions(data_ / "proof.key", fs::perms::others_read, fs::perm_options::add);
  Expect("proof.key", Level::kFail, "can be read by others (mode 0604)");
  Write("secret.key", "no key");
  Expect("secret.key", Level::kFail, "holds no key of 64 hex digits");
}

TEST_F(DoctorTest, FindsAnEngineThatDoesNotAnswer) {
  Expect("engine", Level::kFail, "/nonexistent/docker.sock");
}

TEST_F(DoctorTest, FindsAClockThatWentBack) {
  Sql("INSERT INTO event (task_id, project_id, type, data, at) VALUES ('t', 'p', 'x', '{}',"
      " (SELECT (CAST(strftime('%s', 'now') AS INTEGER) + 3600) * 1000000))");
  Expect("clock", Level::kFail, "the catalog's newest event is of");
}

TEST_F(DoctorTest, FindsWhoElseListens) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): as sockets take addresses
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  installation_.port = ntohs(address.sin_port);
  Expect("port", Level::kFail, "cannot be listened at");
  ASSERT_EQ(::listen(fd, 8), 0);
  Expect("port", Level::kFail, "something else than reprise listens");
  ::close(fd);
  Expect("port", Level::kOk, "is free");
  installation_.host = "203.0.113.77";
  Expect("port", Level::kFail, "cannot be listened at");
}

}  // namespace
}  // namespace reprise::doctor
