#include "odoo/toolbox.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/id.hpp"
#include "docker/fake_engine.hpp"
#include "postgres/testing/fake_psql.hpp"

namespace reprise::odoo {
namespace {

using postgres::testing::FakePsql;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kSha1 = "abcdef0123456789abcdef0123456789abcdef01";

class ToolboxTest : public ::testing::Test {
 protected:
  ToolboxTest() {
    engine_.AddImage({.tags = {"odoo:14"}});
    docker::ContainerSpec odoo;
    odoo.name = "shop_odoo";
    odoo.image = "odoo:14";
    EXPECT_TRUE(engine_.Create(Context(), odoo));
  }
  Toolbox Start() {
    const HelperOwner owner{"here", {"0193b5a0-1234-7abc-8def-01231a2b3c4d"}, 2};
    return Toolbox::Start(Context(), engine_, "shop_odoo", owner, "files").value();
  }
  [[nodiscard]] std::vector<std::vector<std::string>> Ran() const {
    std::vector<std::vector<std::string>> all;
    for (const FakePsql::Call& call : programs_.calls()) all.push_back(call.spec.argv);
    return all;
  }

  docker::FakeEngine engine_;
  FakePsql programs_{engine_};
};

TEST_F(ToolboxTest, IsAHelperOfItsTaskWithoutANetworkAndGoesWithTheObject) {
  {
    const Toolbox toolbox = Start();
    const docker::ContainerSpec spec = engine_.created().back();
    EXPECT_EQ(spec.name, "reprise_1a2b3c4d_2_files");
    EXPECT_EQ(spec.network_mode, "none");
    EXPECT_EQ(spec.user, "root");
    EXPECT_EQ(spec.labels.at(kTaskLabel), "0193b5a0-1234-7abc-8def-01231a2b3c4d");
    EXPECT_EQ(spec.labels.at(kInstallationLabel), "here");
    EXPECT_TRUE(engine_.Inspect(Context(), spec.name));
  }
  EXPECT_EQ(engine_.Inspect(Context(), "reprise_1a2b3c4d_2_files").error().code,
            ErrorCode::kContainerMissing);
}

TEST_F(ToolboxTest, NeedsItsOdoo) {
  EXPECT_EQ(Toolbox::Start(Context(), engine_, "gone", {}, "files").error().code,
            ErrorCode::kContainerMissing);
}

TEST_F(ToolboxTest, RemovesWhatLiesInAFilestore) {
  const Toolbox toolbox = Start();
  ASSERT_TRUE(toolbox.Remove(Context(), "/var/lib/odoo/filestore/shop-db"));
  ASSERT_TRUE(toolbox.Remove(Context(), "/var/lib/odoo/filestore/a..b/ab"));
  EXPECT_THAT(Ran(), ElementsAre(ElementsAre("rm", "-rf", "--one-file-system", "--",
                                             "/var/lib/odoo/filestore/shop-db"),
                                 Contains("/var/lib/odoo/filestore/a..b/ab")));
}

TEST_F(ToolboxTest, RefusesToRemoveAnythingElse) {
  const Toolbox toolbox = Start();
  for (const std::string path :
       {"", "/", "/var/lib/odoo", "/var/lib/odoo/filestore", "/var/lib/odoo/filestore/",
        "/var/lib/odoo/filestore//", "/var/lib/odoo/filestore/.", "/var/lib/odoo/filestore/./",
        "/var/lib/odoo/filestore/..", "/var/lib/odoo/filestore/../sessions",
        "/var/lib/odoo/filestore/shop/../..", "/var/lib/odoo/filestore/shop/../../x",
        "/x/../filestore/shop", "filestore/shop", "a/filestore/shop", "/var/lib/odoo/filestores/x",
        "/var/lib/odoo/myfilestore/x"}) {
    const Status removed = toolbox.Remove(Context(), path);
    ASSERT_FALSE(removed) << path;
    EXPECT_EQ(removed.error().code, ErrorCode::kInternal) << path;
  }
  EXPECT_THAT(Ran(), IsEmpty());
}

TEST_F(ToolboxTest, TellsAFullVolumeATakenNameAndTheRestApart) {
  const Toolbox toolbox = Start();
  const auto failed = [&](const std::string& words) {
    programs_.OnProgram("mkdir", {.exit_code = 1, .error = words});
    const Status made = toolbox.MakeDirectory(Context(), "/data/filestore/x");
    EXPECT_FALSE(made);
    return made ? Error{} : made.error();
  };
  EXPECT_EQ(failed("mkdir: cannot create: No space left on device").code, ErrorCode::kNoSpace);
  EXPECT_EQ(failed("mkdir: cannot create: File exists").code, ErrorCode::kConflict);
  const Error other = failed("mkdir: Read-only file system\n");
  EXPECT_EQ(other.code, ErrorCode::kContainerFailed);
  EXPECT_THAT(other.message, HasSubstr("mkdir in the helper container reprise_1a2b3c4d_2_files"));
  EXPECT_THAT(other.message, HasSubstr("Read-only file system"));
}

TEST_F(ToolboxTest, ListsWhatOdooItselfWroteAndNothingElse) {
  const std::string other = "ff" + kSha1.substr(2);
  programs_.OnProgram("find", {"7 ff/" + other + "\n12 ab/" + kSha1 + "\n9 checklist/ab\n3 cd/" +
                               kSha1 + "\n4 ab/" + kSha1 + "x\n5 AB/" + kSha1 + "\nnonsense\n"});
  const auto files = Start().List(Context(), "/data/filestore/shop");
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 2U);
  EXPECT_EQ(files->at(0).path, "ab/" + kSha1);
  EXPECT_EQ(files->at(0).size, 12U);
  EXPECT_EQ(files->at(1).path, "ff/" + other);
}

TEST_F(ToolboxTest, AFilestoreThatIsNotThereIsEmpty) {
  programs_.OnProgram("test", {.exit_code = 1});
  const Toolbox toolbox = Start();
  EXPECT_THAT(toolbox.List(Context(), "/data/filestore/shop").value(), IsEmpty());
  EXPECT_THAT(toolbox.Names(Context(), "/data/filestore", "x").value(), IsEmpty());
}

TEST_F(ToolboxTest, HashesByNamesEndedWithZeroBytes) {
  const std::string path = "ab/" + kSha1;
  programs_.OnProgram("env", {kSha1 + "  " + path + "\n"});
  std::vector<std::string> seen;
  ASSERT_TRUE(Start().Hash(Context(), "/data/filestore/shop", {path},
                           [&](const std::string& where, const std::string& sha1) {
                             seen.push_back(where + " " + sha1);
                           }));
  EXPECT_THAT(seen, ElementsAre(path + " " + kSha1));
  EXPECT_EQ(programs_.calls().back().sql, path + std::string(1, '\0'));
}

TEST_F(ToolboxTest, NothingToHashOrToLinkStartsNoProgram) {
  const Toolbox toolbox = Start();
  ASSERT_TRUE(toolbox.Hash(Context(), "/f", {}, {}));
  ASSERT_TRUE(toolbox.Link(Context(), "/f", "/g", {}));
  EXPECT_THAT(Ran(), IsEmpty());
}

TEST_F(ToolboxTest, AViewMayLackWhatOdooRemovedMeanwhile) {
  programs_.OnProgram(
      "cp", {.exit_code = 1,
             .error = "cp: cannot stat '/f/ab/abc': No such file or directory\n"
                      "cp: cannot create hard link '/v/cd': No such file or directory\n"});
  EXPECT_TRUE(Start().LinkAll(Context(), "/data/filestore/a", "/data/filestore/b"));
}

TEST_F(ToolboxTest, AViewThatFailedForAnotherReasonAsWellIsAFailure) {
  programs_.OnProgram("cp",
                      {.exit_code = 1,
                       .error = "cp: cannot stat '/f/ab/abc': No such file or directory\n"
                                "cp: cannot create directory '/v/cd': No space left on device\n"});
  const Status linked = Start().LinkAll(Context(), "/data/filestore/a", "/data/filestore/b");
  ASSERT_FALSE(linked);
  EXPECT_EQ(linked.error().code, ErrorCode::kNoSpace);
  programs_.OnProgram("cp", {.exit_code = 137});
  EXPECT_FALSE(Start().LinkAll(Context(), "/data/filestore/a", "/data/filestore/b"));
}

// A restore beside the backup links the same files.
TEST_F(ToolboxTest, OneMoreLinkToAFileIsNoChangeOfIt) {
  constexpr const char* kChanged = "tar: ab/abc: file changed as we read it\n";
  StringWriter tar;
  programs_.OnProgram("tar", {.output = "a tar", .exit_code = 1, .error = kChanged});
  EXPECT_TRUE(Start().Pack(Context(), "/data/filestore/a", {"ab/abc"}, tar));
  EXPECT_EQ(tar.text(), "a tar");
  EXPECT_EQ(programs_.calls().back().spec.environment.at("LC_ALL"), "C");
  for (const auto& [exit_code, more] :
       {std::pair{2, ""}, {137, ""}, {1, "tar: ab/abc: Read error at byte 0\n"}}) {
    programs_.OnProgram("tar", {.exit_code = exit_code, .error = kChanged + std::string(more)});
    EXPECT_FALSE(Start().Pack(Context(), "/data/filestore/a", {"ab/abc"}, tar)) << exit_code;
  }
}

TEST_F(ToolboxTest, RenamesOnlyToANameThatIsFree) {
  const Toolbox toolbox = Start();
  EXPECT_TRUE(toolbox.Rename(Context(), "/f/a", "/f/b"));
  EXPECT_EQ(Ran().back().front(), "mv") << "nothing more: Odoo is down meanwhile";
  programs_.OnProgram("mv", {.exit_code = 1, .error = "mv: cannot move: Directory not empty\n"});
  EXPECT_EQ(toolbox.Rename(Context(), "/f/a", "/f/b").error().code, ErrorCode::kConflict);
  programs_.OnProgram("test", {.exit_code = 1});
  EXPECT_EQ(toolbox.Rename(Context(), "/f/a", "/f/b").error().code, ErrorCode::kContainerFailed);
}

// What is run in the helper, run here.
TEST_F(ToolboxTest, ReplacesOneDirectoryByAnotherHowEverFarItCameBefore) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / ("reprise-replace-" + RandomHex(8));
  const std::string live = folder / "live";
  const std::string side = folder / "side";
  const std::string old = folder / "old";
  ASSERT_TRUE(Start().Replace(Context(), live, {.incoming = side, .outgoing = old}));
  const std::vector<std::string> argv = Ran().back();
  ASSERT_EQ(argv.size(), 7U);
  const auto run = [&] {
    std::string command;
    for (const std::string& argument : argv) command += fmt::format("'{}' ", argument);
    return std::system((command + "2>/dev/null").c_str());  // NOLINT(cert-env33-c)
  };
  const auto have = [&](const std::vector<std::string>& paths) {
    fs::remove_all(folder);
    for (const std::string& path : paths)
      fs::create_directories(fs::path(path) / "of" / path.substr(path.rfind('/') + 1));
  };
  const auto is_of = [](const std::string& path, const std::string& name) {
    return fs::exists(path + "/of/" + name);
  };
  have({live, side});
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(is_of(live, "side") && is_of(old, "live") && !fs::exists(side));
  EXPECT_EQ(run(), 0) << "done before";
  EXPECT_TRUE(is_of(live, "side") && is_of(old, "live"));
  have({old, side});  // killed between the two
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(is_of(live, "side") && is_of(old, "old"));
  have({live, side, old});
  EXPECT_NE(run(), 0);
  EXPECT_TRUE(is_of(live, "live") && is_of(side, "side") && is_of(old, "old"));
  fs::remove_all(folder);
}

TEST_F(ToolboxTest, ReplacesNothingThatIsThere) {
  programs_.OnProgram("sh", {.exit_code = 1, .error = "mv: cannot move: Directory not empty\n"});
  const Toolbox toolbox = Start();
  const auto replace = [&] {
    return toolbox.Replace(Context(), "/f/a", {.incoming = "/f/b", .outgoing = "/f/c"});
  };
  EXPECT_EQ(replace().error().code, ErrorCode::kConflict);
  programs_.OnProgram("test", {.exit_code = 1});
  EXPECT_EQ(replace().error().code, ErrorCode::kContainerFailed);
}

// Of a worker that slept while another one took its task over, and made a directory of this name.
TEST_F(ToolboxTest, HasADirectoryHereWhileItsHelperAnswersAndHashesItByTheDisk) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / ("reprise-here-" + RandomHex(8));
  fs::create_directories(folder / "filestore/staging");
  docker::ContainerSpec odoo{.name = "mounted_odoo", .image = "odoo:14"};
  odoo.mounts = {{folder, "/var/lib/odoo"}};
  ASSERT_TRUE(engine_.Create(Context(), odoo));
  const HelperOwner owner{"here", {"0193b5a0-1234-7abc-8def-01231a2b3c4d"}, 2};
  const Toolbox toolbox =
      Toolbox::Start(Context(), engine_, "mounted_odoo", owner, "files").value();
  EXPECT_TRUE(toolbox.Here(Context(), "/var/lib/odoo/filestore/staging").value());
  EXPECT_FALSE(toolbox.Here(Context(), "/var/lib/odoo/filestore/nothing").value());
  std::string seen;
  const auto see = [&](const std::string& path, const std::string& sha1) {
    seen += path + " " + sha1 + "\n";
  };
  ASSERT_TRUE(WriteTextFile(folder / "filestore/staging/a", "a", FileMode::kPrivate));
  const std::string by_disk = HashOf(HashKind::kSha1, "a");
  ASSERT_TRUE(toolbox.HashOwn(Context(), "/var/lib/odoo/filestore/staging", {"a"}, see));
  EXPECT_EQ(seen, "a " + by_disk + "\n");
  programs_.OnProgram("env", {kSha1 + "  a\n"});
  ASSERT_TRUE(toolbox.HashOwn(Context(), "/var/lib/odoo/filestore/elsewhere", {"a"}, see));
  EXPECT_EQ(seen, "a " + by_disk + "\na " + kSha1 + "\n") << "by a program in the helper";
  ASSERT_TRUE(engine_.Remove(Context(), owner.Name("files")));
  EXPECT_EQ(toolbox.Here(Context(), "/var/lib/odoo/filestore/staging").error().code,
            ErrorCode::kContainerMissing);
  fs::remove_all(folder);
}

TEST_F(ToolboxTest, TriesOnceMoreWhenADirectoryHasGrownWhileItWasRemoved) {
  programs_.OnProgram("rm",
                      {.exit_code = 1, .error = "rm: cannot remove '/f': Directory not empty\n"});
  EXPECT_FALSE(Start().Remove(Context(), "/data/filestore/a"));
  EXPECT_EQ(Ran().size(), 2U);
  programs_.OnProgram("rm",
                      {.exit_code = 1, .error = "rm: cannot remove '/f': Read-only file system\n"});
  EXPECT_FALSE(Start().Remove(Context(), "/data/filestore/a"));
  EXPECT_EQ(Ran().size(), 3U);
}

TEST_F(ToolboxTest, ReadsOwnerAndFreeSpace) {
  programs_.OnProgram("stat", {"101 102\n"});
  const Toolbox toolbox = Start();
  const auto owner = toolbox.OwnerOf(Context(), "/data");
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->uid, 101U);
  EXPECT_EQ(owner->gid, 102U);
  programs_.OnProgram("stat", {"5000000 4096\n"});
  EXPECT_EQ(toolbox.FreeBytes(Context(), "/data").value(), 20'480'000'000U);
  programs_.OnProgram("stat", {"?\n"});
  EXPECT_FALSE(toolbox.OwnerOf(Context(), "/data"));
}

TEST_F(ToolboxTest, NamesAreThoseWithThePrefix) {
  programs_.OnProgram("find", {"reprise_1_view\nshop\nreprise_2_view\n"});
  EXPECT_THAT(Start().Names(Context(), "/data/filestore", "reprise_1_").value(),
              ElementsAre("reprise_1_view"));
}

}  // namespace
}  // namespace reprise::odoo
