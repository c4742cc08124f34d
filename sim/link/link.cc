#include "sim/link/link.h"

namespace assist::sim::link {

using std::chrono::microseconds;

/// A request under way. Held by the client's time-out, so that the client's crash frees the waiting coroutine.
struct Link::Call {
  std::shared_ptr<world::Process> client;
  Completion<Result<Response>> done;
  world::EventId timeout;
};

/// The server's end of a request. It belongs to the server's process: when that dies, the connection ends without an
/// answer.
class Link::Ending {
 public:
  Ending(Link& link, std::weak_ptr<Call> call) : link_(link), call_(std::move(call)) {}
  ~Ending() {
    if (!answered_) link_.Reply(call_, Fail(Errc::kUnavailable, "connection reset", kReset));
  }
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;
  void Answer(Response response) {
    answered_ = true;
    if (link_.cut_ || link_.dice_.OnceIn(link_.options_.lose_answer_once_in)) return;
    link_.Reply(call_, std::move(response));
  }

 private:
  Link& link_;
  std::weak_ptr<Call> call_;
  bool answered_ = false;
};

Link::Link(world::World& world, Options options, std::string name)
    : world_(world), options_(options), dice_(world.seed(), name), wire_(world.Spawn(std::move(name))) {}

void Link::Serve(std::shared_ptr<world::Process> process, Server server) {
  server_process_ = std::move(process);
  server_ = server_process_ == nullptr ? nullptr : std::make_shared<Server>(std::move(server));
}

microseconds Link::Delay() {
  if (dice_.OnceIn(options_.long_delay_once_in)) return microseconds(dice_.Between(0, options_.long_delay.count()));
  return microseconds(dice_.Between(10, options_.max_delay.count()));
}

std::uint64_t Link::serving() const noexcept {
  return server_ != nullptr && server_process_->alive() ? server_process_->id() : 0;
}

std::shared_ptr<Link::Call> Link::Begin(std::shared_ptr<world::Process> client, Completion<Result<Response>> done,
                                        microseconds timeout) {
  auto call = std::make_shared<Call>();
  call->client = std::move(client);
  call->done = std::move(done);
  call->timeout = world_.After(timeout, call->client->main(), [call] {
    if (!call->done) return;
    call->done(Fail(Errc::kUnavailable, "no answer in time"));
  });
  return call;
}

asio::awaitable<Status> Link::Connect(std::shared_ptr<world::Process> client, microseconds timeout) {
  UniqueFunction<void(Completion<Result<Response>>)> start = [&](Completion<Result<Response>> done) {
    const std::weak_ptr<Call> weak = Begin(client, std::move(done), timeout);
    if (cut_) return;
    world_.After(Delay(), wire_->main(), [this, weak] {
      if (cut_) return;
      if (serving() == 0) return Reply(weak, Fail(Errc::kUnavailable, "connection refused", kReset));
      Reply(weak, Response{});
    });
  };
  Result<Response> answer = co_await Await<Result<Response>>(std::move(start));
  if (!answer) co_return Forward(answer);
  co_return Status{};
}

asio::awaitable<Result<Response>> Link::Send(std::shared_ptr<world::Process> client, Request request,
                                             microseconds timeout) {
  UniqueFunction<void(Completion<Result<Response>>)> start = [&](Completion<Result<Response>> done) {
    const std::weak_ptr<Call> weak = Begin(client, std::move(done), timeout);
    if (cut_ || dice_.OnceIn(options_.lose_request_once_in)) return;
    auto shared = std::make_shared<Request>(std::move(request));
    world_.After(Delay(), wire_->main(), [this, weak, shared] { Deliver(weak, *shared); });
    if (dice_.OnceIn(options_.duplicate_once_in)) {
      const auto later = microseconds(dice_.Between(0, options_.long_delay.count()));
      world_.After(later, wire_->main(), [this, shared] { Deliver({}, *shared); });
    }
    if (dice_.OnceIn(options_.late_copy_once_in)) {
      const SteadyTime when = world_.now() + microseconds(dice_.Between(0, options_.late_copy.count()));
      last_copy_ = std::max(last_copy_, when);
      world_.At(when, wire_->main(), [this, shared] { Deliver({}, *shared); });
    }
  };
  Result<Response> response = co_await Await<Result<Response>>(std::move(start));
  co_return response;
}

void Link::Deliver(const std::weak_ptr<Call>& call, const Request& request) {
  if (cut_) return;
  if (server_ == nullptr || !server_process_->alive()) {
    return Reply(call, Fail(Errc::kUnavailable, "connection refused", kReset));
  }
  auto ending = std::make_shared<Ending>(*this, call);
  server_process_->main()->Push([server = server_, request, ending]() mutable {
    server->handle(std::move(request),
                   [ending = std::move(ending)](Response response) { ending->Answer(std::move(response)); });
  });
}

void Link::Reply(const std::weak_ptr<Call>& call, Result<Response> response) {
  const auto alive = call.lock();
  if (alive == nullptr || !alive->client->alive()) return;
  world_.After(Delay(), alive->client->main(), [this, call, response = std::move(response)]() mutable {
    const auto waiting = call.lock();
    if (waiting == nullptr || !waiting->done) return;
    auto done = std::move(waiting->done);
    world_.Cancel(waiting->timeout);
    done(std::move(response));
  });
}

/// Both ends of a channel.
class Link::ChannelImpl final : public Channel, public std::enable_shared_from_this<ChannelImpl> {
 public:
  ChannelImpl(Link& link, std::shared_ptr<world::Process> client, ChannelClient callbacks)
      : link_(link), client_(std::move(client)), callbacks_(std::move(callbacks)), made_in_(link.silent_upto_) {}

  [[nodiscard]] const std::string& from() const noexcept override { return from_; }

  void Accept(Request hello) {
    from_ = hello.from;
    if (link_.cut_) return;  // as lost: the client's patience ends it
    if (link_.server_ == nullptr || !link_.server_process_->alive()) return TellClient();
    server_ = link_.server_;
    server_process_ = link_.server_process_;
    BreakWith(*server_process_);
    server_process_->main()->Push([self = shared_from_this(), hello = std::move(hello)]() mutable {
      self->server_->opened(std::move(hello), self);
      self->OnClient([self] {
        if (!self->told_closed_ && self->callbacks_.opened) self->callbacks_.opened();
      });
    });
  }
  void Push(std::string text) override {
    if (broken_ || silent()) return;
    if (link_.dice_.OnceIn(link_.options_.break_channel_once_in)) return Break();
    const std::weak_ptr<ChannelImpl> weak = weak_from_this();
    OnClient([weak, text = std::move(text)] {
      const auto self = weak.lock();
      if (self != nullptr && !self->told_closed_) self->callbacks_.text(text);
    });
  }
  void Close() override {
    silent() ? BreakAtServer() : Break();  // the client hears nothing of it
  }
  /// By the client.
  void Leave() {
    const bool tell = !silent();
    const bool before = std::exchange(broken_, true);
    TellClient();
    if (tell && !before) TellServer();
  }
  void Break() {
    if (broken_) return;
    broken_ = true;
    TellClient();
    TellServer();
  }
  void BreakAtServer() {
    if (broken_) return;
    broken_ = true;
    TellServer();
  }
  void TellServer() {
    if (server_process_ != nullptr && server_process_->alive()) {
      link_.world_.After(link_.Delay(), server_process_->main(),
                         [self = shared_from_this()] { self->server_->closed(self); });
    }
  }
  void Hear(std::string text) {
    if (broken_ || silent() || server_process_ == nullptr || !server_process_->alive()) return;
    link_.world_.After(link_.Delay(), server_process_->main(), [self = shared_from_this(), text = std::move(text)] {
      if (!self->broken_) self->server_->heard(self, text);
    });
  }
  /// The end of a process ends its channels, at the other end after a while.
  void BreakWith(world::Process& process) {
    process.AtEnd([self = shared_from_this()] {
      // Over a silent channel no end is heard: the other side must find out.
      if (!self->silent()) self->Break();
    });
  }

 private:
  void OnClient(UniqueFunction<void()> work) {
    if (client_->alive()) link_.world_.After(link_.Delay(), client_->main(), std::move(work));
  }
  void TellClient() {
    OnClient([self = shared_from_this()] {
      if (self->told_closed_) return;
      self->told_closed_ = true;
      self->callbacks_.closed();
    });
  }

  [[nodiscard]] bool silent() const noexcept { return link_.cut_ || link_.silent_upto_ > made_in_; }

  Link& link_;
  std::shared_ptr<world::Process> client_;
  ChannelClient callbacks_;
  const std::uint64_t made_in_;
  std::string from_;
  std::shared_ptr<Server> server_;
  std::shared_ptr<world::Process> server_process_;
  bool broken_ = false;
  bool told_closed_ = false;
};

Link::Line Link::Open(const std::shared_ptr<world::Process>& client, Request hello, ChannelClient callbacks) {
  auto channel = std::make_shared<ChannelImpl>(*this, client, std::move(callbacks));
  world_.After(Delay(), wire_->main(), [channel, hello = std::move(hello)] { channel->Accept(hello); });
  channel->BreakWith(*client);
  const std::weak_ptr<ChannelImpl> weak = channel;
  Line line;
  line.say = [weak](std::string text) {
    if (const auto alive = weak.lock()) alive->Hear(std::move(text));
  };
  line.close = [weak] {
    if (const auto alive = weak.lock()) alive->Leave();
  };
  return line;
}

}  // namespace assist::sim::link
