#include "sim/link/link.h"

#include <gtest/gtest.h>

#include "common/async/scope.h"

namespace assist::sim::link {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

struct Rig {
  explicit Rig(std::uint64_t seed, Options options = {})
      : world(seed, {}),
        link(std::make_unique<Link>(world, options, "net")),
        client(world.Spawn("client")),
        scope(std::make_unique<Scope>(client->main()->executor(), [](auto, auto what) { ADD_FAILURE() << what; })) {
    StartServer();
  }
  ~Rig() {
    KillClient();
    if (server->alive()) world.Kill(server, {});
  }
  void StartServer() {
    server = world.Spawn("server");
    Link::Server callbacks;
    callbacks.handle = [this](Request request, Link::Answer answer) {
      ++handled;
      if (hold) {
        // Kept by the server's process, as a coroutine would be.
        world.After(seconds(1000), server->main(), [answer = std::move(answer)]() mutable { answer({}); });
        return;
      }
      answer({200, "echo " + request.body});
    };
    callbacks.opened = [this](const Request& hello, std::shared_ptr<Channel> channel) {
      EXPECT_EQ(hello.from, "mi-1");
      channels.push_back(std::move(channel));
    };
    callbacks.closed = [this](const std::shared_ptr<Channel>& channel) { std::erase(channels, channel); };
    callbacks.heard = [this](const std::shared_ptr<Channel>&, std::string text) { heard.push_back(std::move(text)); };
    link->Serve(server, std::move(callbacks));
  }
  void KillClient() {
    world.Kill(client, [this] { scope.reset(); });
  }
  Link::Line Open(Link::ChannelClient callbacks) {
    Request hello;
    hello.from = "mi-1";
    return link->Open(client, std::move(hello), std::move(callbacks));
  }
  void Ask(const std::string& body) { scope->Spawn("ask", AskOnce(*this, body)); }
  static asio::awaitable<void> AskOnce(Rig& rig, std::string body) {
    Request request;
    request.body = std::move(body);
    Result<Response> response = co_await rig.link->Send(rig.client, std::move(request), seconds(5));
    rig.answers.push_back(response ? response->body : response.error().detail);
  }
  void Run() {
    while (world.Step()) {
    }
  }

  world::World world;
  std::unique_ptr<Link> link;
  std::shared_ptr<world::Process> client;
  std::shared_ptr<world::Process> server;
  std::unique_ptr<Scope> scope;
  bool hold = false;
  int handled = 0;
  std::vector<std::string> answers;
  std::vector<std::shared_ptr<Channel>> channels;
  std::vector<std::string> heard;
};

TEST(LinkTest, ARequestIsAnswered) {
  Rig rig(1);
  rig.Ask("hello");
  rig.Run();
  EXPECT_EQ(rig.answers, std::vector<std::string>{"echo hello"});
}

TEST(LinkTest, ALostRequestIsNotCarriedOutAndALostAnswerIs) {
  Rig lost(1, {.lose_request_once_in = 1});
  lost.Ask("hello");
  lost.Run();
  EXPECT_EQ(lost.handled, 0);
  EXPECT_EQ(lost.answers, std::vector<std::string>{"no answer in time"});
  Rig silent(1, {.lose_answer_once_in = 1});
  silent.Ask("hello");
  silent.Run();
  EXPECT_EQ(silent.handled, 1);
  EXPECT_EQ(silent.answers, std::vector<std::string>{"no answer in time"});
}

TEST(LinkTest, ACopyIsCarriedOutAndItsAnswerDropped) {
  Rig rig(1, {.duplicate_once_in = 1});
  rig.Ask("hello");
  rig.Run();
  EXPECT_EQ(rig.handled, 2);
  EXPECT_EQ(rig.answers, std::vector<std::string>{"echo hello"});
}

TEST(LinkTest, AServerThatDiesResetsItsConnectionsAndADeadOneRefuses) {
  Rig rig(1);
  rig.hold = true;
  rig.Ask("hello");
  while (rig.handled == 0) ASSERT_TRUE(rig.world.Step());
  rig.world.Kill(rig.server, {});
  rig.Run();
  rig.Ask("again");
  rig.Run();
  EXPECT_EQ(rig.answers, (std::vector<std::string>{"connection reset", "connection refused"}));
}

TEST(LinkTest, AClientThatDiesHearsNothing) {
  Rig rig(1);
  rig.Ask("hello");
  while (rig.handled == 0) ASSERT_TRUE(rig.world.Step());
  rig.KillClient();
  rig.Run();
  EXPECT_TRUE(rig.answers.empty());
}

TEST(LinkTest, ChannelsCarryTextsBothWaysAndEndWithEitherSide) {
  Rig rig(1);
  std::vector<std::string> texts;
  int closed = 0;
  int opened = 0;
  Link::ChannelClient callbacks{[&] { ++opened; }, [&](std::string text) { texts.push_back(std::move(text)); },
                                [&] { ++closed; }};
  const Link::Line line = rig.Open(callbacks);
  rig.Run();
  ASSERT_EQ(rig.channels.size(), 1u);
  EXPECT_EQ(opened, 1);
  rig.channels[0]->Push("kick");
  line.say("pong");
  rig.Run();
  EXPECT_EQ(texts, std::vector<std::string>{"kick"});
  EXPECT_EQ(rig.heard, std::vector<std::string>{"pong"});
  rig.channels.clear();
  rig.world.Kill(rig.server, {});
  rig.Run();
  EXPECT_EQ(closed, 1);
  rig.Open(callbacks);
  rig.Run();
  EXPECT_EQ(closed, 2) << "nobody listens";
  rig.StartServer();
  rig.Open(callbacks);
  rig.Run();
  ASSERT_EQ(rig.channels.size(), 1u);
  rig.KillClient();
  rig.Run();
  EXPECT_TRUE(rig.channels.empty());
}

TEST(LinkTest, ASilentChannelCarriesNothingAndItsEndIsHeardByWhoEndsItAlone) {
  Rig rig(1);
  std::vector<std::string> texts;
  int closed = 0;
  Link::ChannelClient callbacks{[] {}, [&](std::string text) { texts.push_back(std::move(text)); }, [&] { ++closed; }};
  const Link::Line old = rig.Open(callbacks);
  rig.Run();
  ASSERT_EQ(rig.channels.size(), 1u);
  rig.link->Silence();
  rig.channels[0]->Push("kick");
  old.say("ping");
  rig.Run();
  EXPECT_TRUE(texts.empty());
  EXPECT_TRUE(rig.heard.empty());
  old.close();
  rig.Run();
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(rig.channels.size(), 1u) << "the server does not know";
  const Link::Line fresh = rig.Open(callbacks);
  rig.Run();
  ASSERT_EQ(rig.channels.size(), 2u);
  rig.channels[1]->Push("kick");
  rig.Run();
  EXPECT_EQ(texts, std::vector<std::string>{"kick"}) << "a new one is not touched";
  rig.link->Silence();
  rig.channels[1]->Close();
  rig.Run();
  EXPECT_EQ(closed, 1) << "the client does not know";
}

TEST(LinkTest, ALateCopyArrivesAfterItsSenderHasDied) {
  Rig rig(1, {.late_copy_once_in = 1});
  rig.Ask("hello");
  while (rig.handled == 0) ASSERT_TRUE(rig.world.Step());
  rig.KillClient();
  EXPECT_GT(rig.link->last_copy(), rig.world.now());
  rig.Run();
  EXPECT_EQ(rig.handled, 2);
}

TEST(LinkTest, ACutLinkCarriesNothing) {
  Rig rig(1);
  rig.link->Cut();
  rig.Ask("hello");
  rig.Run();
  EXPECT_EQ(rig.handled, 0);
  rig.link->Heal();
  rig.Ask("again");
  rig.Run();
  EXPECT_EQ(rig.answers.back(), "echo again");
}

}  // namespace
}  // namespace assist::sim::link
