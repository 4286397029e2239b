#include "base/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise {
namespace {

using ::testing::HasSubstr;

TEST(MetricsText, WritesFamiliesAndEscapesLabels) {
  MetricsText text;
  text.Family("reprise_tasks", "gauge", "Tasks.");
  text.Sample({{"kind", "a\"b\\c\nd"}}, 3);
  text.Sample({}, 0.5);
  EXPECT_EQ(text.text(),
            "# HELP reprise_tasks Tasks.\n# TYPE reprise_tasks gauge\n"
            "reprise_tasks{kind=\"a\\\"b\\\\c\\nd\"} 3\nreprise_tasks 0.5\n");
}

TEST(DurationHistogram, CountsEachTimeInItsBucketAndAllAbove) {
  DurationHistogram histogram("x_seconds", "Times.");
  histogram.Observe({{"a", "b"}}, std::chrono::milliseconds(3));
  histogram.Observe({{"a", "b"}}, std::chrono::milliseconds(10));
  histogram.Observe({{"a", "b"}}, std::chrono::minutes(5));
  MetricsText text;
  histogram.Tell(text);
  EXPECT_THAT(text.text(), HasSubstr("x_seconds_bucket{a=\"b\",le=\"0.0025\"} 0\n"));
  EXPECT_THAT(text.text(), HasSubstr("x_seconds_bucket{a=\"b\",le=\"0.005\"} 1\n"));
  EXPECT_THAT(text.text(), HasSubstr("x_seconds_bucket{a=\"b\",le=\"0.01\"} 2\n"));
  EXPECT_THAT(text.text(), HasSubstr("x_seconds_bucket{a=\"b\",le=\"30\"} 2\n"));
  EXPECT_THAT(text.text(), HasSubstr("x_seconds_bucket{a=\"b\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text.text(), HasSubstr("x_seconds_sum{a=\"b\"} 300.013\n"));
  EXPECT_THAT(text.text(), HasSubstr("x_seconds_count{a=\"b\"} 3\n"));
}

}  // namespace
}  // namespace reprise
