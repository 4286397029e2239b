#include "domain/step_times.hpp"

#include <gtest/gtest.h>

namespace reprise::domain {
namespace {

StepTime Load(double megabytes, double seconds, const std::string& server = "s1",
              TaskKind kind = TaskKind::kRestore) {
  return {"load", kind, ServerId{server}, megabytes, seconds};
}

std::optional<double> Of(const std::vector<StepTime>& past, double megabytes) {
  return ExpectedSeconds(past, "load", TaskKind::kRestore, ServerId{"s1"}, megabytes);
}

TEST(StepTimes, WhatWasNeverMeasuredIsUnknown) {
  EXPECT_EQ(Of({}, 10), std::nullopt);
  EXPECT_EQ(ExpectedSeconds({Load(1, 1)}, "swap", TaskKind::kRestore, {}, 1), std::nullopt);
}

TEST(StepTimes, AFixedPartAndOneForEachMegabyte) {
  EXPECT_NEAR(Of({Load(10, 4), Load(20, 6), Load(40, 10)}, 100).value(), 22, 0.01);
}

TEST(StepTimes, OneOddTimeDoesNotCount) {
  EXPECT_NEAR(
      Of({Load(10, 4), Load(20, 6), Load(40, 10), Load(30, 500), Load(50, 12)}, 100).value(), 22,
      0.01);
}

TEST(StepTimes, OneOddTimeOfFourDoesNotCountAtTheEndOfTheLineEither) {
  EXPECT_NEAR(Of({Load(10, 4), Load(20, 6), Load(40, 10), Load(50, 60)}, 100).value(), 22, 0.01);
}

TEST(StepTimes, OneSizeAloneScalesUpAndNeverDown) {
  EXPECT_NEAR(Of({Load(10, 4), Load(10.2, 4.1)}, 20.2).value(), 8.1, 0.05);
  EXPECT_NEAR(Of({Load(10, 4)}, 1).value(), 4, 0.01);
}

TEST(StepTimes, ALineThatWouldFallIsTakenForLevel) {
  EXPECT_NEAR(Of({Load(10, 8), Load(40, 4)}, 4000).value(), 6, 0.01);
}

TEST(StepTimes, TimesWithoutASizeAreTheirMedian) {
  EXPECT_DOUBLE_EQ(Of({Load(0, 1), Load(0, 9), Load(0, 2)}, 0).value(), 2);
}

TEST(StepTimes, TheSameServerIsPreferredWhenItHasEnoughOfThem) {
  std::vector<StepTime> past{Load(0, 100, "s2"), Load(0, 100, "s2"), Load(0, 100, "s2"), Load(0, 1),
                             Load(0, 1)};
  EXPECT_DOUBLE_EQ(Of(past, 0).value(), 100) << "two are not enough";
  past.push_back(Load(0, 1));
  EXPECT_DOUBLE_EQ(Of(past, 0).value(), 1);
}

TEST(StepTimes, TheSameKindIsPreferredWhenItHasEnoughOfThem) {
  std::vector<StepTime> past(5, Load(0, 100, "s1", TaskKind::kDrill));
  past.insert(past.end(), 2, Load(0, 1, "s2"));
  EXPECT_DOUBLE_EQ(Of(past, 0).value(), 100);
  past.push_back(Load(0, 1, "s2"));
  EXPECT_DOUBLE_EQ(Of(past, 0).value(), 1);
}

}  // namespace
}  // namespace reprise::domain
