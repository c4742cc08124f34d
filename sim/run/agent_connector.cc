#include "sim/run/agent_connector.h"

#include <deque>
#include <utility>

#include "common/async/completion.h"

namespace assist::sim::run {

namespace agent_link = agent::link;

using std::chrono::microseconds;
using std::chrono::seconds;

link::Request AgentConnector::Shared::Hello(std::string target) const {
  link::Request request;
  request.from = instance_id;
  request.target = std::move(target);
  request.headers["run"] = run;
  return request;
}

AgentConnector::AgentConnector(Parts parts) : shared_(std::make_shared<Shared>(std::move(parts))) {}

class AgentConnector::SimChannel final : public agent_link::Channel {
 public:
  /// A wait for what comes next. Held by its time-out, so that the end of the process frees the waiting coroutine.
  struct Waiting {
    Completion<bool> done;
    world::EventId timeout;
  };
  /// What the network has told. Held by the channel.
  struct Heard {
    std::deque<std::string> texts;
    std::uint64_t frames = 0;
    bool opened = false;
    bool closed = false;
    std::weak_ptr<Waiting> waiting;
  };

  explicit SimChannel(std::shared_ptr<Shared> shared) : shared_(std::move(shared)), heard_(std::make_shared<Heard>()) {}
  ~SimChannel() override {
    if (shared_->process->alive() && line_.close) line_.close();
  }

  void Open(std::string target) {
    const std::weak_ptr<Heard> weak = heard_;
    const auto tell = [weak, &world = shared_->process->world()](auto change) {
      return [weak, change, &world](auto... text) {
        const auto heard = weak.lock();
        if (heard == nullptr) return;
        change(*heard, std::move(text)...);
        const auto waiting = heard->waiting.lock();
        if (waiting == nullptr || !waiting->done) return;
        world.Cancel(waiting->timeout);
        waiting->done(true);
      };
    };
    link::Link::ChannelClient callbacks;
    callbacks.opened = tell([](Heard& heard) { heard.opened = true; });
    callbacks.text = tell([](Heard& heard, std::string text) {
      ++heard.frames;
      if (text != "pong") heard.texts.push_back(std::move(text));
    });
    callbacks.closed = tell([](Heard& heard) { heard.closed = true; });
    line_ = shared_->network.Open(shared_->process, shared_->Hello(std::move(target)), std::move(callbacks));
  }
  [[nodiscard]] bool opened() const noexcept { return heard_->opened; }
  [[nodiscard]] bool closed() const noexcept { return heard_->closed; }
  /// True when something came.
  asio::awaitable<bool> WaitUntil(SteadyTime deadline) {
    UniqueFunction<void(Completion<bool>)> start = [this, deadline](Completion<bool> done) {
      auto waiting = std::make_shared<Waiting>();
      waiting->done = std::move(done);
      heard_->waiting = waiting;
      const SteadyTime when = shared_->machine.ToWorld(deadline);
      waiting->timeout = shared_->process->world().At(when, shared_->process->main(), [waiting] {
        if (waiting->done) waiting->done(false);
      });
    };
    const bool came = co_await Await<bool>(std::move(start));
    co_return came;
  }

  asio::awaitable<Result<std::string>> Receive(SteadyTime deadline) override {
    while (heard_->texts.empty()) {
      if (heard_->closed) co_return Fail(Errc::kUnavailable, "closed");
      const bool came = co_await WaitUntil(deadline);
      if (!came) co_return Fail(Errc::kExpired, "nothing came");
    }
    std::string text = std::move(heard_->texts.front());
    heard_->texts.pop_front();
    co_return text;
  }
  asio::awaitable<Status> SendText(std::string text) override { return Say(std::move(text)); }
  asio::awaitable<Status> Ping(std::string) override { return Say("ping"); }
  asio::awaitable<Status> Close(std::string) override {
    line_.close();
    co_return Status{};
  }
  [[nodiscard]] bool open() const override { return heard_->opened && !heard_->closed; }
  [[nodiscard]] std::uint64_t frames_received() const override { return heard_->frames; }
  [[nodiscard]] bool replaced() const override { return false; }

 private:
  asio::awaitable<Status> Say(std::string text) {
    if (!open()) co_return Fail(Errc::kUnavailable, "closed");
    line_.say(std::move(text));
    co_return Status{};
  }

  const std::shared_ptr<Shared> shared_;
  const std::shared_ptr<Heard> heard_;
  link::Link::Line line_;
};

class AgentConnector::SimConnection final : public agent_link::Connection {
 public:
  explicit SimConnection(std::shared_ptr<Shared> shared)
      : shared_(std::move(shared)), server_(shared_->network.serving()), idle_since_(shared_->clock.Steady()) {}

  asio::awaitable<Result<agent_link::Response>> Send(agent_link::Request request, SteadyTime deadline) override {
    // Seen when it is used: that nobody has looked since the server's process ended is as usual as the other.
    if (!shared_->network.cut() && shared_->network.serving() != server_) {
      failed_ = true;
      co_return Fail(Errc::kUnavailable, "closed by the server", agent_link::kClosed);
    }
    if (shared_->sends) shared_->sends(request);
    link::Request message = shared_->Hello(std::move(request.target));
    for (auto& [name, value] : request.headers) message.headers[std::string(name)] = std::move(value);
    message.body = std::move(request.body);
    const microseconds timeout = deadline - shared_->clock.Steady();
    auto answer = co_await shared_->network.Send(shared_->process, std::move(message), timeout);
    if (!answer) {
      failed_ = true;
      const bool reset = answer.error().reason == link::kReset;
      co_return Fail(answer.error().code, std::move(answer.error().detail), reset ? agent_link::kClosed : "");
    }
    idle_since_ = shared_->clock.Steady();
    agent_link::Response response;
    response.status = answer->status;
    response.body = std::move(answer->body);
    co_return response;
  }
  asio::awaitable<Result<std::unique_ptr<agent_link::Channel>>> OpenChannel(std::string target,
                                                                            SteadyTime deadline) override {
    failed_ = true;  // used up
    auto channel = std::make_unique<SimChannel>(shared_);
    channel->Open(std::move(target));
    while (!channel->opened() && !channel->closed()) {
      const bool came = co_await channel->WaitUntil(deadline);
      if (!came) co_return Fail(Errc::kExpired, "no answer in time");
    }
    if (!channel->opened()) co_return Fail(Errc::kUnavailable, "refused");
    co_return channel;
  }
  [[nodiscard]] bool usable() const override { return !failed_; }
  [[nodiscard]] SteadyTime idle_since() const override { return idle_since_; }

 private:
  const std::shared_ptr<Shared> shared_;
  const std::uint64_t server_;
  bool failed_ = false;
  SteadyTime idle_since_;
};

/// What gets no answer is sent again, as TCP does it.
asio::awaitable<Result<std::unique_ptr<agent_link::Connection>>> AgentConnector::Connect(SteadyTime deadline) {
  const std::shared_ptr<Shared> shared = shared_;
  for (microseconds patience = seconds(1);; patience *= 2) {
    const microseconds left = deadline - shared->clock.Steady();
    Status reached = co_await shared->network.Connect(shared->process, std::min(patience, left));
    if (reached) break;
    if (reached.error().reason == link::kReset || patience >= left) co_return Forward(reached);
  }
  co_return std::make_unique<SimConnection>(shared);
}

}  // namespace assist::sim::run
