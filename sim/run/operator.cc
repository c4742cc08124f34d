#include "sim/run/operator.h"

#include "sim/run/operator_words.h"

namespace assist::sim::run {

using std::chrono::milliseconds;
using std::chrono::seconds;

Operator::Operator(world::World& world, link::Link& link, Recorder& recorder)
    : machine_(world, "operator", FromUnixMillis(1'700'000'000'000)),
      process_(world.Spawn("operator")),
      link_(link),
      recorder_(recorder),
      clock_(machine_, process_) {
  scope_.emplace(process_->main()->executor(), [](std::string_view, std::string_view) {
    ASSIST_CHECK(false && "an exception left a coroutine of the operator");
  });
}

Operator::~Operator() {
  machine_.world().Kill(process_, [this] { scope_.reset(); });
}

void Operator::Register() { scope_->Spawn("register", RegisterMachine()); }

asio::awaitable<void> Operator::RegisterMachine() {
  std::map<std::string, std::string> headers;
  instance_ = co_await Call(std::string(kRegisterTarget), std::move(headers), {});
}

void Operator::Go(std::vector<Task> tasks) {
  waiting_ = tasks.size();
  open_ = tasks.size();
  for (Task& task : tasks) scope_->Spawn("task", See(std::move(task)));
}

void Operator::LookAgain() {
  looking_ = started_.size();
  for (const auto& [invocation, nonce] : started_) scope_->Spawn("look", LookOnce(invocation, nonce));
}

/// Until it is answered with 200.
asio::awaitable<std::string> Operator::Call(std::string target, std::map<std::string, std::string> headers,
                                            std::string body) {
  for (;;) {
    link::Request request;
    request.from = "operator";
    request.target = target;
    request.headers = headers;
    request.body = body;
    Result<link::Response> response = co_await link_.Send(process_, std::move(request), seconds(5));
    if (response && response->status == 200) co_return std::move(response->body);
    if (response && response->status != 503) machine_.world().Say(process_.get(), "refused: " + response->body);
    co_await clock_.SleepFor(milliseconds(200));
  }
}

asio::awaitable<std::optional<checker::Shown>> Operator::Ask(std::string invocation, std::string nonce) {
  link::Request request;
  request.from = "operator";
  request.target = kDescribeTarget;
  request.headers["invocation"] = invocation;
  const SteadyTime asked = machine_.world().now();
  Result<link::Response> response = co_await link_.Send(process_, std::move(request), seconds(5));
  if (!response || response->status != 200) co_return std::nullopt;
  checker::Shown shown = DecodeShown(response->body);
  shown.task = std::move(nonce);
  shown.asked = asked;
  recorder_.Add(shown);
  co_return shown;
}

asio::awaitable<void> Operator::LookOnce(std::string invocation, std::string nonce) {
  for (;;) {
    std::optional<checker::Shown> shown = co_await Ask(invocation, nonce);
    if (shown) break;
    co_await clock_.SleepFor(milliseconds(200));
  }
  --looking_;
}

asio::awaitable<void> Operator::See(Task task) {
  co_await clock_.SleepFor(task.after);
  const checker::Nonce nonce = Recorder::NonceIn(task.script);
  recorder_.Add(checker::CallMade{nonce});
  std::map<std::string, std::string> headers;
  headers["machine"] = instance_;
  headers["token"] = nonce;
  const std::string invocation = co_await Call(std::string(kRunTarget), std::move(headers), task.script);
  recorder_.Name(invocation, nonce);
  recorder_.Add(checker::CallAnswered{nonce, invocation});
  machine_.world().Say(process_.get(), nonce + " is " + invocation);
  started_.emplace_back(invocation, nonce);
  std::string said;
  bool ended = false;
  for (milliseconds pause(50);; pause = std::min(pause * 2, milliseconds(2000))) {
    co_await clock_.SleepFor(pause);
    std::optional<checker::Shown> shown = co_await Ask(invocation, nonce);
    if (!shown) continue;
    const std::string words = shown->state + " " + shown->outcome + " " + shown->reason + ", " +
                              std::to_string(shown->output.size()) + " bytes of output";
    if (words != said) machine_.world().Say(process_.get(), nonce + " is shown as " + words);
    said = words;
    if (shown->final_state && !std::exchange(ended, true)) --open_;
    if (shown->outcome == "Final") break;
  }
  --waiting_;
}

}  // namespace assist::sim::run
