#include "backup/composed_members.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::backup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A member of `bytes` at `offset` of a part, with files of one byte.
ComposedMember Member(const std::string& part, ByteCount part_size, ByteCount offset,
                      ByteCount bytes, const std::vector<std::string>& files) {
  ComposedMember member;
  member.part = {part, part_size};
  member.ranges = {{0, offset, bytes, 0}};
  member.packed.bytes = bytes;
  for (const std::string& file : files) member.packed.files.push_back({file, 1, 0, 0});
  return member;
}

SizesByPath Wanted(const std::vector<std::string_view>& paths) {
  SizesByPath wanted;
  for (const std::string_view path : paths) wanted.emplace(path, 1);
  return wanted;
}

TEST(ChooseMembers, TakesThoseAllOfWhoseFilesAreWanted) {
  const std::vector<ComposedMember> members = {Member("p", 30, 0, 10, {"a", "b"}),
                                               Member("p", 30, 10, 10, {"c", "gone"}),
                                               Member("p", 30, 20, 10, {"d"})};
  EXPECT_THAT(ChooseMembers(members, Wanted({"a", "b", "c", "d", "new"})), ElementsAre(0, 2));
}

TEST(ChooseMembers, LeavesFilesOfAnotherSizeToBeReadAnew) {
  SizesByPath wanted = Wanted({"a"});
  wanted["a"] = 2;
  EXPECT_THAT(ChooseMembers({Member("p", 10, 0, 10, {"a"})}, wanted), IsEmpty());
}

TEST(ChooseMembers, TakesNoFileTwice) {
  const std::vector<ComposedMember> members = {Member("p", 20, 0, 10, {"a", "b"}),
                                               Member("q", 20, 0, 10, {"b", "c"}),
                                               Member("q", 20, 10, 10, {"c"})};
  EXPECT_THAT(ChooseMembers(members, Wanted({"a", "b", "c"})), ElementsAre(0, 2));
}

TEST(ChooseMembers, LeavesAPartOfWhichLittleIsWanted) {
  const std::vector<ComposedMember> members = {Member("little", 100, 0, 49, {"a"}),
                                               Member("half", 100, 0, 50, {"b"})};
  EXPECT_THAT(ChooseMembers(members, Wanted({"a", "b"})), ElementsAre(1));
}

TEST(ChooseMembers, OfTooManyPartsTakesThoseWithTheMostBytes) {
  std::vector<ComposedMember> members;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kMostParts + 2; ++i) {
    names.push_back("file" + std::to_string(i));
    members.push_back(Member("part" + std::to_string(i), 10 + i, 0, 10 + i, {names.back()}));
  }
  const auto chosen = ChooseMembers(members, Wanted({names.begin(), names.end()}));
  EXPECT_EQ(chosen.size(), kMostParts);
  EXPECT_THAT(chosen, ::testing::Not(::testing::Contains(0)));
  EXPECT_THAT(chosen, ::testing::Not(::testing::Contains(1)));
}

TEST(ChooseMembers, PutsNeighboursTogether) {
  const std::vector<ComposedMember> members = {
      Member("b", 20, 10, 10, {"1"}), Member("a", 20, 10, 10, {"2"}), Member("b", 20, 0, 10, {"3"}),
      Member("a", 20, 0, 10, {"4"})};
  EXPECT_THAT(ChooseMembers(members, Wanted({"1", "2", "3", "4"})), ElementsAre(3, 1, 2, 0));
}

}  // namespace
}  // namespace reprise::backup
