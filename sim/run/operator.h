// The one who uses the API: starts tasks, repeats a call until it is answered (with its client token), and asks for
// results until they are final, and a few times more. Its machine never fails. Owned by the scenario.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/scope.h"
#include "sim/link/link.h"
#include "sim/run/recorder.h"
#include "sim/world/machine.h"
#include "sim/world/sim_clock.h"

namespace assist::sim::run {

namespace asio = boost::asio;

class Operator {
 public:
  struct Task {
    std::chrono::microseconds after{0};  ///< Since Go().
    std::string script;                  ///< Its first line names it.
  };
  Operator(world::World& world, link::Link& link, Recorder& recorder);
  ~Operator();
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  /// Has the server register the agent's machine; the id is there when it is done.
  void Register();
  [[nodiscard]] const std::string& instance() const noexcept { return instance_; }

  void Go(std::vector<Task> tasks);
  /// Every task has a final word that was not presumed or unknown.
  [[nodiscard]] bool satisfied() const noexcept { return waiting_ == 0; }
  /// Every task has a final word of any kind.
  [[nodiscard]] bool all_ended() const noexcept { return open_ == 0; }
  /// One more look at every task.
  void LookAgain();
  [[nodiscard]] bool looking() const noexcept { return looking_ > 0; }

 private:
  asio::awaitable<void> RegisterMachine();
  asio::awaitable<void> See(Task task);
  asio::awaitable<void> LookOnce(std::string invocation, std::string nonce);
  asio::awaitable<std::optional<checker::Shown>> Ask(std::string invocation, std::string nonce);
  asio::awaitable<std::string> Call(std::string target, std::map<std::string, std::string> headers, std::string body);

  world::Machine machine_;
  std::shared_ptr<world::Process> process_;
  link::Link& link_;
  Recorder& recorder_;
  world::SimClock clock_;
  std::string instance_;
  std::vector<std::pair<std::string, std::string>> started_;  // invocation, nonce
  std::size_t waiting_ = 0;
  std::size_t open_ = 0;
  std::size_t looking_ = 0;
  std::optional<Scope> scope_;
};

}  // namespace assist::sim::run
