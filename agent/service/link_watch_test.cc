#include "agent/service/link_watch.h"

#include <gtest/gtest.h>

namespace assist::agent::service {
namespace {

using State = transport::LinkStatus::State;

transport::LinkStatus Link(State state, std::string detail = {}) {
  transport::LinkStatus link;
  link.state = state;
  link.detail = std::move(detail);
  return link;
}

TEST(LinkWatchTest, ALinkIsBackOnceEachTimeItComesBack) {
  LinkWatch watch;
  EXPECT_FALSE(watch.See(Link(State::kConnecting)).back);
  EXPECT_TRUE(watch.See(Link(State::kOnline)).back);
  EXPECT_FALSE(watch.See(Link(State::kOnline)).back);
  EXPECT_FALSE(watch.See(Link(State::kConnecting, "gone")).back);
  EXPECT_TRUE(watch.See(Link(State::kDeaf, "no WebSocket")).back);
  EXPECT_FALSE(watch.See(Link(State::kDeaf, "still none")).back);
  EXPECT_TRUE(watch.See(Link(State::kOnline)).back);
  EXPECT_FALSE(watch.See(Link(State::kRefused)).back);
}

TEST(LinkWatchTest, NewsIsTheFirstLookAndEveryChangeOfStateOrReason) {
  LinkWatch watch;
  EXPECT_TRUE(watch.See(Link(State::kConnecting)).any);
  EXPECT_FALSE(watch.See(Link(State::kConnecting)).any);
  EXPECT_TRUE(watch.See(Link(State::kConnecting, "why")).any);
  EXPECT_FALSE(watch.See(Link(State::kConnecting, "why")).any);
  EXPECT_TRUE(watch.See(Link(State::kOnline, "why")).any);
}

}  // namespace
}  // namespace assist::agent::service
