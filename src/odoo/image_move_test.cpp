#include "odoo/image_move.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docker/fake_engine.hpp"

namespace reprise::odoo {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class ImageMoveTest : public ::testing::Test {
 protected:
  void NoRegistry() {
    for (int i = 0; i < 3; ++i) to_.FailNext("pull", {ErrorCode::kContainerFailed, "no route"});
  }
  Status Bring() {
    return BringImages(Context(), from_, to_, {"odoo:14", "postgres:13", ""},
                       [](const std::string&) {});
  }
  docker::FakeEngine from_;
  docker::FakeEngine to_;
};

TEST_F(ImageMoveTest, MovesWhatCannotBePulledAndOnlyThat) {
  from_.AddImage({.tags = {"odoo:14"}});
  from_.AddImage({.tags = {"postgres:13"}});
  to_.AddImage({.tags = {"postgres:13"}});
  NoRegistry();

  ASSERT_TRUE(Bring());

  EXPECT_EQ(to_.InspectImage(Context(), "odoo:14")->id,
            from_.InspectImage(Context(), "odoo:14")->id);
  EXPECT_THAT(from_.calls(), Not(Contains("save postgres:13")));
}

TEST_F(ImageMoveTest, PullsBeforeItMoves) {
  from_.AddImage({.tags = {"odoo:14"}});
  ASSERT_TRUE(Bring());
  EXPECT_THAT(from_.calls(), Not(Contains(HasSubstr("save"))));
}

TEST_F(ImageMoveTest, LeavesWhatNobodyHasToWhoChooses) {
  NoRegistry();
  EXPECT_TRUE(Bring());
}

TEST_F(ImageMoveTest, AFullDiskIsTold) {
  from_.AddImage({.tags = {"odoo:14"}});
  NoRegistry();
  to_.FailNext("load", {ErrorCode::kNoSpace, "no space left on device"});
  const Status brought = Bring();
  ASSERT_FALSE(brought);
  EXPECT_EQ(brought.error().code, ErrorCode::kNoSpace);
}

TEST_F(ImageMoveTest, AnImageThatBreaksOffIsNotLoaded) {
  from_.AddImage({.tags = {"odoo:14"}});
  from_.FailNext("save", {ErrorCode::kEngineUnavailable, "the connection was cut"});
  NoRegistry();
  const Status brought = Bring();
  ASSERT_FALSE(brought);
  EXPECT_EQ(brought.error().code, ErrorCode::kEngineUnavailable);
  EXPECT_FALSE(to_.InspectImage(Context(), "odoo:14"));
}

}  // namespace
}  // namespace reprise::odoo
