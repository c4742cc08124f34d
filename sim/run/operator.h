// The one who uses the API: starts tasks on machines, stops some, repeats a call until it is answered (with its client
// token), and asks for results until they are final, and a few times more. Its machine never fails. Owned by the
// scenario.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/scope.h"
#include "sim/link/link.h"
#include "sim/run/operator_words.h"
#include "sim/run/recorder.h"
#include "sim/world/machine.h"
#include "sim/world/sim_clock.h"

namespace assist::sim::run {

namespace asio = boost::asio;

class Operator {
 public:
  struct Call {
    std::chrono::microseconds after{0};  ///< Since Go().
    std::string script;                  ///< Its first line names the call.
    std::vector<std::size_t> machines;   ///< By number, each once.
    std::string max_concurrency;         ///< Empty: none.
    std::string max_errors;
    std::optional<std::chrono::seconds> delivery_timeout;
    std::optional<std::chrono::microseconds> stop_after;  ///< Since the call was answered.
    bool stop_one = false;                                ///< The first machine only.
  };
  Operator(world::World& world, link::Link& link, Recorder& recorder);
  ~Operator();
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  /// Has the server register so many machines; ids are there when it is done.
  void Register(std::size_t machines);
  [[nodiscard]] const std::vector<std::string>& instances() const noexcept { return instances_; }
  /// As the world calls them.
  [[nodiscard]] static std::string MachineName(std::size_t number) { return "m" + std::to_string(number); }

  void Go(std::vector<Call> calls);
  /// Has the server deregister this machine; what is called for on it afterwards may be refused.
  void Release(std::size_t machine);
  /// Every task has a final word that was not presumed or unknown.
  [[nodiscard]] bool satisfied() const noexcept { return waiting_ == 0; }
  /// Every task has a final word of any kind, or the call was refused for good.
  [[nodiscard]] bool all_ended() const noexcept { return open_ == 0; }
  /// A store of before may show what was final as open again: all are watched to their end once more.
  void WatchAgain();
  /// One more look at every task.
  void LookAgain();
  [[nodiscard]] bool looking() const noexcept { return looking_ > 0; }

 private:
  using Headers = std::map<std::string, std::string>;
  struct Started {
    std::string invocation;
    std::string name;
    std::vector<std::size_t> machines;
  };
  asio::awaitable<void> RegisterMachines(std::size_t machines);
  asio::awaitable<void> ReleaseMachine(std::size_t machine);
  asio::awaitable<void> See(Call call);
  asio::awaitable<void> Watch(Started started);
  asio::awaitable<void> StopLater(Call call, std::string invocation);
  asio::awaitable<void> LookOnce(Started started);
  /// What is shown of each machine's task; empty: no answer.
  asio::awaitable<std::vector<checker::Shown>> Ask(Started started);
  /// Until it is answered. Empty: refused for good.
  asio::awaitable<std::string> Request(std::string target, Headers headers, std::string body);
  [[nodiscard]] Headers HeadersOf(const Call& call) const;
  void NoteCall(const Call& call);

  world::Machine machine_;
  std::shared_ptr<world::Process> process_;
  link::Link& link_;
  Recorder& recorder_;
  world::SimClock clock_;
  std::vector<std::string> instances_;
  std::vector<Started> started_;
  std::size_t waiting_ = 0;
  std::size_t open_ = 0;
  std::size_t looking_ = 0;
  std::optional<Scope> scope_;
};

}  // namespace assist::sim::run
