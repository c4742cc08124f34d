#include "agent/link/link_watch.h"

#include <gtest/gtest.h>

namespace assist::agent::link {
namespace {

using State = LinkStatus::State;

LinkStatus Seen(State state, std::string detail = {}) {
  LinkStatus link;
  link.state = state;
  link.detail = std::move(detail);
  return link;
}

TEST(LinkWatchTest, ALinkIsBackOnceEachTimeItComesBack) {
  LinkWatch watch;
  EXPECT_FALSE(watch.See(Seen(State::kConnecting)).back);
  EXPECT_TRUE(watch.See(Seen(State::kOnline)).back);
  EXPECT_FALSE(watch.See(Seen(State::kOnline)).back);
  EXPECT_FALSE(watch.See(Seen(State::kConnecting, "gone")).back);
  EXPECT_TRUE(watch.See(Seen(State::kDeaf, "no WebSocket")).back);
  EXPECT_FALSE(watch.See(Seen(State::kDeaf, "still none")).back);
  EXPECT_TRUE(watch.See(Seen(State::kOnline)).back);
  EXPECT_FALSE(watch.See(Seen(State::kRefused)).back);
}

TEST(LinkWatchTest, NewsIsTheFirstLookAndEveryChangeOfStateOrReason) {
  LinkWatch watch;
  EXPECT_TRUE(watch.See(Seen(State::kConnecting)).any);
  EXPECT_FALSE(watch.See(Seen(State::kConnecting)).any);
  EXPECT_TRUE(watch.See(Seen(State::kConnecting, "why")).any);
  EXPECT_FALSE(watch.See(Seen(State::kConnecting, "why")).any);
  EXPECT_TRUE(watch.See(Seen(State::kOnline, "why")).any);
}

}  // namespace
}  // namespace assist::agent::link
