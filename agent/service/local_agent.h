// The agent of this root, as the update of the agent sees it from outside (`assist-agent release`). Every call blocks
// shortly, SelfCheck and Start() for seconds: for a program that does nothing else meanwhile.
#pragma once

#include <string>

#include "agent/update/ports.h"

namespace assist::agent::service {

namespace asio = boost::asio;

class LocalAgent final : public update::AgentControl, public update::SelfCheck {
 public:
  /// `root`: absolute. `self`: the program that runs this, where the agent that runs does not tell the installed one.
  LocalAgent(std::string root, std::string self);

  asio::awaitable<update::AgentSeen> Look() override;
  asio::awaitable<Status> AskRestart() override;
  asio::awaitable<Status> Kill(std::string slot) override;
  asio::awaitable<Status> Start() override;
  /// `slot` empty: the installed program.
  asio::awaitable<update::Outcome<std::string>> Run(std::string slot) override;

  /// Of the installed program, which it tells itself; empty: it does not.
  [[nodiscard]] std::string InstalledVersion();

 private:
  const std::string root_;
  std::string installed_;
  bool service_ = false;
};

}  // namespace assist::agent::service
