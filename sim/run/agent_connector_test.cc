#include "sim/run/agent_connector.h"

#include <gtest/gtest.h>

#include "common/async/scope.h"

namespace assist::sim::run {
namespace {

namespace agent_link = agent::link;

using std::chrono::seconds;

/// A client with connections to a server that can die, over a network without faults of its own.
struct Rig {
  Rig() { StartServer(); }
  ~Rig() {
    channel.reset();
    connection.reset();
    world.Kill(client, [this] { scope.reset(); });
    if (server->alive()) world.Kill(server, {});
  }
  void StartServer() {
    server = world.Spawn("server");
    link::Link::Server callbacks;
    callbacks.handle = [this](link::Request request, link::Link::Answer answer) {
      ++handled;
      if (!dies) return answer({200, request.headers["name"] + " " + request.from});
      world.After(seconds(1), server->main(), [answer = std::move(answer)]() mutable { answer({}); });
    };
    callbacks.opened = [this](const link::Request&, std::shared_ptr<link::Channel> end) { pushes = std::move(end); };
    callbacks.closed = [](const std::shared_ptr<link::Channel>&) {};
    callbacks.heard = [this](const std::shared_ptr<link::Channel>& end, const std::string& text) {
      heard += text + ";";
      if (text == "ping") end->Push("pong");
    };
    network.Serve(server, std::move(callbacks));
  }
  void Run(asio::awaitable<void> work, seconds time = seconds(60)) {
    scope->Spawn("test", std::move(work));
    world.RunUntil(world.now() + time);
  }
  static asio::awaitable<void> Connect(Rig& rig) {
    auto made = co_await rig.connector.Connect(rig.clock.Steady() + seconds(30));
    rig.told = made ? "connected" : made.error().detail;
    if (made) rig.connection = std::move(*made);
  }
  static asio::awaitable<void> Send(Rig& rig) {
    agent_link::Request request;
    request.target = "/x";
    request.headers.emplace_back("name", "hello");
    auto answer = co_await rig.connection->Send(std::move(request), rig.clock.Steady() + seconds(10));
    rig.told = answer ? answer->body : std::string(answer.error().reason);
  }
  static asio::awaitable<void> Open(Rig& rig) {
    auto channel = co_await rig.connection->OpenChannel("/notify", rig.clock.Steady() + seconds(10));
    rig.told = channel ? "open" : channel.error().detail;
    if (channel) rig.channel = std::move(*channel);
  }
  static asio::awaitable<void> Ping(Rig& rig) {
    auto sent = co_await rig.channel->Ping("");
    rig.told = sent ? "sent" : sent.error().detail;
  }
  static asio::awaitable<void> Receive(Rig& rig) {
    auto text = co_await rig.channel->Receive(rig.clock.Steady() + seconds(10));
    rig.told = text ? *text : text.error().detail;
  }

  world::World world{1, {}};
  world::Machine machine{world, "machine", FromUnixMillis(1'700'000'000'000)};
  link::Link network{world, {}, "net"};
  std::shared_ptr<world::Process> client = world.Spawn("client");
  std::shared_ptr<world::Process> server;
  world::SimClock clock{machine, client};
  AgentConnector connector{{network, client, machine, "mi-1", "run-1", {}}};
  std::unique_ptr<Scope> scope =
      std::make_unique<Scope>(client->main()->executor(), [](auto, auto what) { ADD_FAILURE() << what; });
  std::unique_ptr<agent_link::Connection> connection;
  std::unique_ptr<agent_link::Channel> channel;
  std::shared_ptr<link::Channel> pushes;
  bool dies = false;
  int handled = 0;
  std::string told;
  std::string heard;
};

TEST(AgentConnectorTest, AConnectionCarriesRequestsUntilItsServerEnds) {
  Rig rig;
  rig.Run(Rig::Connect(rig));
  rig.Run(Rig::Send(rig));
  EXPECT_EQ(rig.told, "hello mi-1");
  rig.world.Kill(rig.server, {});
  rig.StartServer();
  EXPECT_TRUE(rig.connection->usable()) << "nobody has looked";
  rig.Run(Rig::Send(rig));
  EXPECT_EQ(rig.told, agent_link::kClosed);
  EXPECT_EQ(rig.handled, 1);
  EXPECT_FALSE(rig.connection->usable());
}

TEST(AgentConnectorTest, AServerThatEndsBeforeItAnswersClosesTheConnection) {
  Rig rig;
  rig.dies = true;
  rig.Run(Rig::Connect(rig));
  rig.scope->Spawn("send", Rig::Send(rig));
  while (rig.handled == 0) ASSERT_TRUE(rig.world.Step());
  rig.world.Kill(rig.server, {});
  rig.world.RunUntil(rig.world.now() + seconds(1));
  EXPECT_EQ(rig.told, agent_link::kClosed);
}

TEST(AgentConnectorTest, AConnectIsTriedAgainWhileTheNetworkIsCutAndNotWhenItIsRefused) {
  Rig rig;
  rig.network.Cut();
  rig.Run(Rig::Connect(rig), seconds(2));
  EXPECT_EQ(rig.told, "");
  rig.network.Heal();
  rig.world.RunUntil(rig.world.now() + seconds(4));
  EXPECT_EQ(rig.told, "connected");
  rig.network.Cut();
  rig.Run(Rig::Connect(rig), seconds(31));
  EXPECT_EQ(rig.told, "no answer in time");
  rig.network.Heal();
  rig.world.Kill(rig.server, {});
  rig.Run(Rig::Connect(rig), seconds(1));
  EXPECT_EQ(rig.told, "connection refused");
}

TEST(AgentConnectorTest, AChannelTellsWhatItHears) {
  Rig rig;
  rig.Run(Rig::Connect(rig));
  rig.Run(Rig::Open(rig));
  ASSERT_EQ(rig.told, "open");
  EXPECT_FALSE(rig.connection->usable());
  rig.Run(Rig::Receive(rig), seconds(11));
  EXPECT_EQ(rig.told, "nothing came");
  EXPECT_EQ(rig.channel->frames_received(), 0u);
  rig.Run(Rig::Ping(rig), seconds(1));
  EXPECT_EQ(rig.heard, "ping;");
  EXPECT_EQ(rig.channel->frames_received(), 1u) << "a pong is a sign of life, and no text";
  rig.pushes->Push("kick_vm");
  rig.Run(Rig::Receive(rig), seconds(1));
  EXPECT_EQ(rig.told, "kick_vm");
  EXPECT_TRUE(rig.channel->open());
  rig.world.Kill(rig.server, {});
  rig.Run(Rig::Receive(rig), seconds(1));
  EXPECT_EQ(rig.told, "closed");
  EXPECT_FALSE(rig.channel->open());
  rig.Run(Rig::Ping(rig), seconds(1));
  EXPECT_EQ(rig.told, "closed");
}

}  // namespace
}  // namespace assist::sim::run
