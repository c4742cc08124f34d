#include "agent/containers/messages.h"

#include <gtest/gtest.h>

namespace assist::agent::containers {
namespace {

TEST(MessagesTest, AnOrderIsReadAsItWasWritten) {
  Order order;
  order.target = {Runtime::kCri, "/run/containerd/containerd.sock", "ab12"};
  order.crictl = "/usr/bin/crictl";
  order.user = "app";
  order.working_directory = "/srv";
  order.script = std::string("echo 1\n\0x", 9);
  const std::string bytes = EncodeOrder(order);
  EXPECT_EQ(*DecodeOrder(bytes), order);
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(DecodeOrder(bytes.substr(0, size)));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string other = bytes;
    other[at] = static_cast<char>(other[at] ^ 1);
    EXPECT_FALSE(DecodeOrder(other)) << at;
  }
}

TEST(MessagesTest, AnAnswerIsReadAsItWasWritten) {
  const Outcome<Target> good = Target{Runtime::kDocker, "/run/docker.sock", "ab12"};
  EXPECT_EQ(**DecodeAnswer(EncodeAnswer(good)), *good);
  const Outcome<Target> bad = tl::unexpected<Trouble>(Trouble{false, "ContainerRuntimeTimeout", "too slow"});
  EXPECT_EQ(DecodeAnswer(EncodeAnswer(bad))->error(), bad.error());
  EXPECT_FALSE(DecodeAnswer(""));
  EXPECT_FALSE(DecodeAnswer(EncodeAnswer(good) + "x"));
}

}  // namespace
}  // namespace assist::agent::containers
