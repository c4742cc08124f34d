#include "sim/run/operator.h"

#include <algorithm>

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

void Operator::Register(std::size_t machines) { scope_->Spawn("register", RegisterMachines(machines)); }

asio::awaitable<void> Operator::RegisterMachines(std::size_t machines) {
  for (std::size_t number = 0; number < machines; ++number) {
    Headers headers;
    headers["machine"] = MachineName(number);
    std::string instance = co_await Request(std::string(kRegisterTarget), std::move(headers), {});
    recorder_.Register(instance, MachineName(number));
    instances_.push_back(std::move(instance));
  }
}

void Operator::Release(std::size_t machine) { scope_->Spawn("release", ReleaseMachine(machine)); }

asio::awaitable<void> Operator::ReleaseMachine(std::size_t machine) {
  recorder_.Add(checker::ReleaseCalled{MachineName(machine)});
  Headers headers;
  headers["machine"] = instances_[machine];
  co_await Request(std::string(kReleaseTarget), std::move(headers), {});
}

void Operator::Go(std::vector<Call> calls) {
  waiting_ = calls.size();
  open_ = calls.size();
  for (Call& call : calls) scope_->Spawn("call", See(std::move(call)));
}

void Operator::WatchAgain() {
  waiting_ += started_.size();
  open_ += started_.size();
  for (const Started& started : started_) scope_->Spawn("watch", Watch(started));
}

void Operator::LookAgain() {
  looking_ = started_.size();
  for (const Started& started : started_) scope_->Spawn("look", LookOnce(started));
}

asio::awaitable<std::string> Operator::Request(std::string target, Headers headers, std::string body) {
  for (;;) {
    link::Request request;
    request.from = "operator";
    request.target = target;
    request.headers = headers;
    request.body = body;
    Result<link::Response> response = co_await link_.Send(process_, std::move(request), seconds(5));
    if (response && response->status == 200) co_return std::move(response->body);
    if (response && response->status == 404) co_return std::string();
    if (response && response->status != 503) machine_.world().Say(process_.get(), "refused: " + response->body);
    co_await clock_.SleepFor(milliseconds(200));
  }
}

asio::awaitable<std::vector<checker::Shown>> Operator::Ask(Started started) {
  link::Request request;
  request.from = "operator";
  request.target = kDescribeTarget;
  request.headers["invocation"] = started.invocation;
  const SteadyTime asked = machine_.world().now();
  Result<link::Response> response = co_await link_.Send(process_, std::move(request), seconds(5));
  std::vector<checker::Shown> all;
  if (!response || response->status != 200) co_return all;
  std::vector<Row> rows = DecodeRows(response->body);
  for (const std::size_t number : started.machines) {
    const auto row = std::find_if(rows.begin(), rows.end(), [this, number](const Row& candidate) {
      return candidate.instance == instances_[number];
    });
    checker::Shown shown;
    shown.missing = row == rows.end();
    if (!shown.missing) {
      shown = std::move(row->shown);
      rows.erase(row);
    }
    shown.task = checker::TaskOf(started.name, MachineName(number));
    shown.asked = asked;
    recorder_.Add(shown);
    all.push_back(std::move(shown));
  }
  // What nobody asked for is judged as well: there is no such task.
  for (Row& row : rows) {
    recorder_.Add(checker::TaskGot{checker::TaskOf(started.name, recorder_.MachineOf(row.instance))});
  }
  co_return all;
}

asio::awaitable<void> Operator::LookOnce(Started started) {
  for (;;) {
    const std::vector<checker::Shown> shown = co_await Ask(started);
    if (!shown.empty()) break;
    co_await clock_.SleepFor(milliseconds(200));
  }
  --looking_;
}

Operator::Headers Operator::HeadersOf(const Call& call) const {
  std::vector<std::string> ids;
  for (const std::size_t number : call.machines) ids.push_back(instances_[number]);
  Headers headers;
  headers["machines"] = JoinWords(ids);
  headers["token"] = Recorder::CallIn(call.script);
  headers["max_concurrency"] = call.max_concurrency;
  headers["max_errors"] = call.max_errors;
  if (call.delivery_timeout) headers["delivery_timeout"] = std::to_string(call.delivery_timeout->count());
  return headers;
}

void Operator::NoteCall(const Call& call) {
  for (const std::size_t number : call.machines) {
    checker::CallMade made;
    made.task = checker::TaskOf(Recorder::CallIn(call.script), MachineName(number));
    made.may_expire = call.delivery_timeout.has_value();
    made.may_halt = !call.max_errors.empty();
    recorder_.Add(std::move(made));
  }
}

asio::awaitable<void> Operator::See(Call call) {
  co_await clock_.SleepFor(call.after);
  const std::string name = Recorder::CallIn(call.script);
  NoteCall(call);
  const SteadyTime asked = machine_.world().now();
  const std::string invocation = co_await Request(std::string(kRunTarget), HeadersOf(call), call.script);
  if (invocation.empty()) {
    machine_.world().Say(process_.get(), name + " is refused");
    --waiting_;
    --open_;
    co_return;
  }
  recorder_.Name(invocation, name);
  for (const std::size_t number : call.machines) {
    recorder_.Add(checker::CallAnswered{checker::TaskOf(name, MachineName(number)), invocation, asked});
  }
  machine_.world().Say(process_.get(), name + " is " + invocation);
  Started started{invocation, name, call.machines};
  started_.push_back(started);
  if (call.stop_after) scope_->Spawn("stop", StopLater(std::move(call), invocation));
  co_await Watch(std::move(started));
}

asio::awaitable<void> Operator::StopLater(Call call, std::string invocation) {
  co_await clock_.SleepFor(*call.stop_after);
  Headers headers;
  headers["invocation"] = invocation;
  if (call.stop_one) {
    headers["machines"] = instances_[call.machines.front()];
    call.machines.resize(1);
  }
  for (const std::size_t number : call.machines) {
    recorder_.Add(checker::StopCalled{checker::TaskOf(Recorder::CallIn(call.script), MachineName(number))});
  }
  co_await Request(std::string(kStopTarget), std::move(headers), {});
}

asio::awaitable<void> Operator::Watch(Started started) {
  std::string said;
  bool ended = false;
  for (milliseconds pause(50);; pause = std::min(pause * 2, milliseconds(5000))) {
    co_await clock_.SleepFor(pause);
    const std::vector<checker::Shown> all = co_await Ask(started);
    if (all.empty()) continue;
    std::string words;
    for (const checker::Shown& shown : all) {
      words += "; " + shown.task + " is shown as " + (shown.missing ? "unheard of" : shown.state) + " " +
               shown.outcome + " " + shown.reason + ", " + std::to_string(shown.output.size()) + " bytes of output";
    }
    if (words != said) machine_.world().Say(process_.get(), words.substr(2));
    said = words;
    // What a restored server does not know any more will not come back.
    const auto is_over = [](const checker::Shown& shown) { return shown.missing || shown.final_state; };
    const auto is_told = [](const checker::Shown& shown) { return shown.missing || shown.outcome == "Final"; };
    if (std::all_of(all.begin(), all.end(), is_over) && !std::exchange(ended, true)) --open_;
    if (std::all_of(all.begin(), all.end(), is_told)) break;
  }
  if (!ended) --open_;
  --waiting_;
}

}  // namespace assist::sim::run
