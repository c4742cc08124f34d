#include "server/model/lateness.h"

#include <gtest/gtest.h>

namespace assist::server::model {
namespace {

using std::chrono::milliseconds;

TEST(LatenessTest, WithoutRunsThereIsNoPercentile) {
  const LatenessHistogram none;
  EXPECT_FALSE(none.Percentile(50));
  EXPECT_EQ(none.total(), 0);
  EXPECT_EQ(none.Encode(), "");
}

TEST(LatenessTest, APercentileIsTheUpperBoundOfItsBucket) {
  LatenessHistogram late;
  for (int i = 0; i < 98; ++i) late.Add(milliseconds(3));
  late.Add(milliseconds(900));
  late.Add(milliseconds(5'000));
  EXPECT_EQ(late.Percentile(50), milliseconds(4));
  EXPECT_EQ(late.Percentile(98), milliseconds(4));
  EXPECT_EQ(late.Percentile(99), milliseconds(1'024));
  EXPECT_EQ(late.Percentile(100), milliseconds(8'192));
  EXPECT_EQ(late.Percentile(0), milliseconds(4));
}

TEST(LatenessTest, BoundsBelongToTheLowerBucketAndNoValueIsOutside) {
  const auto shown = [](milliseconds value) {
    LatenessHistogram late;
    late.Add(value);
    return late.Percentile(50);
  };
  EXPECT_EQ(shown(milliseconds(-7)), milliseconds(1));
  EXPECT_EQ(shown(milliseconds(1)), milliseconds(1));
  EXPECT_EQ(shown(milliseconds(2)), milliseconds(2));
  EXPECT_EQ(shown(milliseconds(1'024)), milliseconds(1'024));
  EXPECT_EQ(shown(milliseconds(1'025)), milliseconds(2'048));
  EXPECT_EQ(shown(milliseconds::max()), milliseconds(524'288));
}

TEST(LatenessTest, TheStoredFormIsShortAndComesBack) {
  LatenessHistogram late;
  late.Add(milliseconds(1));
  late.Add(milliseconds(2));
  EXPECT_EQ(late.Encode(), std::string("\1\0\0\0\1\0\0\0", 8));
  for (int i = 0; i < 70'000; ++i) late.Add(milliseconds(1'000'000));
  EXPECT_EQ(LatenessHistogram::Decode(late.Encode()), late);
  EXPECT_EQ(LatenessHistogram::Decode(late.Encode()).total(), 70'002);
  EXPECT_EQ(LatenessHistogram::Decode(std::string(1'000, '\xff')).Percentile(100), milliseconds(524'288));
}

TEST(LatenessTest, CountsAddUpAndStopAtTheirMaximum) {
  LatenessHistogram full = LatenessHistogram::Decode(std::string(4, '\xff'));
  LatenessHistogram one;
  one.Add(milliseconds(0));
  full.Add(one);
  full.Add(milliseconds(0));
  EXPECT_EQ(full.total(), 4'294'967'295);
  one.Add(one);
  EXPECT_EQ(one.total(), 2);
}

}  // namespace
}  // namespace assist::server::model
