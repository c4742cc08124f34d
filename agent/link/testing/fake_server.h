// A server in memory behind the link's port: connections that hold, drop and close, channels that are silent. One
// executor; the test runs it. Only tests include it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/link/connector.h"
#include "common/async/clock.h"
#include "common/async/event.h"

namespace assist::agent::link {

class FakeServer final : public Connector {
 public:
  struct Seen {
    Request request;
    std::uint64_t connection = 0;
    [[nodiscard]] std::string_view path() const {
      return std::string_view(request.target).substr(0, request.target.find('?'));
    }
    /// Null: the request has no such header.
    [[nodiscard]] const std::string* Find(std::string_view name) const {
      for (const auto& [its, value] : request.headers) {
        if (its == name) return &value;
      }
      return nullptr;
    }
  };
  /// The server's end of a channel.
  struct Socket {
    explicit Socket(asio::any_io_executor executor) : arrival(std::move(executor)) {}
    std::vector<std::string> texts;  ///< From the agent.
    int pings = 0;
    std::string last_ping;
    std::string goodbye;
    bool open = true;
    bool replaced = false;
    std::uint64_t frames = 0;
    std::deque<std::string> to_agent;
    Event arrival;

    void End() {
      open = false;
      arrival.Set();
    }
    void Say(std::string text) {
      ++frames;
      to_agent.push_back(std::move(text));
      arrival.Set();
    }
  };

  FakeServer(asio::any_io_executor executor, Clock& clock) : executor_(executor), clock_(clock), go_on(executor) {
    go_on.Set();
  }

 private:
  asio::any_io_executor executor_;
  Clock& clock_;

 public:
  std::function<Response(const Request&)> answer = [](const Request&) { return Response{200, R"({"code":200})"}; };
  bool reachable = true;       ///< Else a connect fails.
  bool takes_channels = true;  ///< Else they are refused.
  bool listens = true;         ///< Else pings and goodbyes on channels are not answered.
  /// A connection answers so many requests; when the next has come it is closed without an answer.
  int answers_per_connection = 1'000'000;
  Event go_on;  ///< While reset, requests wait for it before they are answered.
  std::chrono::milliseconds ahead{0};

  int connects = 0;
  std::size_t connections = 0;  ///< Open ones, channels too.
  std::vector<Seen> requests;
  std::vector<std::shared_ptr<Socket>> sockets;

  [[nodiscard]] std::vector<Seen> RequestsTo(std::string_view path) const {
    std::vector<Seen> result;
    for (const Seen& seen : requests) {
      if (seen.path() == path) result.push_back(seen);
    }
    return result;
  }
  /// The newest open one; null when there is none.
  [[nodiscard]] std::shared_ptr<Socket> socket() const {
    for (auto it = sockets.rbegin(); it != sockets.rend(); ++it) {
      if ((*it)->open) return *it;
    }
    return nullptr;
  }

  asio::awaitable<Result<std::unique_ptr<Connection>>> Connect(SteadyTime) override {
    ++connects;
    if (!reachable) co_return Fail(Errc::kUnavailable, "refused");
    co_return std::make_unique<FakeConnection>(*this, static_cast<std::uint64_t>(connects));
  }
  [[nodiscard]] std::chrono::milliseconds server_ahead() const override { return ahead; }

 private:
  /// Counts what is open.
  class Counted {
   public:
    explicit Counted(std::size_t& count) : count_(count) { ++count_; }
    ~Counted() { --count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

   private:
    std::size_t& count_;
  };

  class FakeChannel final : public Channel {
   public:
    FakeChannel(FakeServer& server, std::shared_ptr<Socket> socket)
        : server_(server), socket_(std::move(socket)), counted_(server.connections) {}
    ~FakeChannel() override { socket_->open = false; }
    asio::awaitable<Result<std::string>> Receive(SteadyTime deadline) override {
      const std::shared_ptr<Socket> socket = socket_;
      while (socket->to_agent.empty() && socket->open) {
        socket->arrival.Reset();
        const bool came = co_await socket->arrival.WaitUntil(server_.clock_, deadline);
        if (!came) co_return Fail(Errc::kExpired, "nothing came");
      }
      if (socket->to_agent.empty()) co_return Fail(Errc::kUnavailable, "closed");
      std::string text = std::move(socket->to_agent.front());
      socket->to_agent.pop_front();
      co_return text;
    }
    asio::awaitable<Status> SendText(std::string text) override {
      if (!socket_->open) co_return Fail(Errc::kUnavailable, "closed");
      socket_->texts.push_back(std::move(text));
      co_return Status{};
    }
    asio::awaitable<Status> Ping(std::string payload) override {
      if (!socket_->open) co_return Fail(Errc::kUnavailable, "closed");
      ++socket_->pings;
      socket_->last_ping = std::move(payload);
      if (server_.listens) ++socket_->frames;
      co_return Status{};
    }
    asio::awaitable<Status> Close(std::string why) override {
      socket_->goodbye = std::move(why);
      if (server_.listens) socket_->End();
      co_return Status{};
    }
    [[nodiscard]] bool open() const override { return socket_->open; }
    [[nodiscard]] std::uint64_t frames_received() const override { return socket_->frames; }
    [[nodiscard]] bool replaced() const override { return socket_->replaced; }

   private:
    FakeServer& server_;
    const std::shared_ptr<Socket> socket_;
    const Counted counted_;
  };

  class FakeConnection final : public Connection {
   public:
    FakeConnection(FakeServer& server, std::uint64_t number)
        : server_(server), number_(number), idle_since_(server.clock_.Steady()) {
      counted_.emplace(server.connections);
    }
    asio::awaitable<Result<Response>> Send(Request request, SteadyTime deadline) override {
      server_.requests.push_back({request, number_});
      if (answered_ >= server_.answers_per_connection) {
        usable_ = false;
        co_return Fail(Errc::kUnavailable, "closed", kClosed);
      }
      const bool answers = co_await server_.go_on.WaitUntil(server_.clock_, deadline);
      if (!answers) {
        usable_ = false;
        co_return Fail(Errc::kExpired, "no answer in time");
      }
      ++answered_;
      idle_since_ = server_.clock_.Steady();
      co_return server_.answer(request);
    }
    asio::awaitable<Result<std::unique_ptr<Channel>>> OpenChannel(std::string target, SteadyTime) override {
      Request request;
      request.target = std::move(target);
      server_.requests.push_back({std::move(request), number_});
      usable_ = false;
      counted_.reset();
      if (!server_.takes_channels) co_return Fail(Errc::kDenied, "403");
      server_.sockets.push_back(std::make_shared<Socket>(server_.executor_));
      co_return std::make_unique<FakeChannel>(server_, server_.sockets.back());
    }
    [[nodiscard]] bool usable() const override { return usable_; }
    [[nodiscard]] SteadyTime idle_since() const override { return idle_since_; }

   private:
    FakeServer& server_;
    const std::uint64_t number_;
    int answered_ = 0;
    bool usable_ = true;
    SteadyTime idle_since_;
    std::optional<Counted> counted_;  // until it is a channel's
  };
};

}  // namespace assist::agent::link
