// Another version of the agent: unpacked into a slot, tried, and kept when it has proven itself; else the one before it
// comes back. This is the guard of the trial: it lives as long as the trial does, outside of the agent that it updates.
// One use an object. One executor; what is passed in outlives it. docs/agent-update.md has the states, and what a cut
// at each step leaves.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "agent/disk/disk.h"
#include "agent/update/pointer.h"
#include "agent/update/ports.h"
#include "common/async/clock.h"

namespace assist::agent::update {

struct TransactionOptions {
  std::string installed_version;
  std::string boot_id;
  std::chrono::seconds deadline{180};  ///< In which the new version must have proven itself.
  std::chrono::seconds stable{10};     ///< So long it must be connected, in one run.
  std::chrono::seconds silent{3};      ///< Without a new beat for so long it hangs, though its note says "connected".
  std::chrono::seconds gone{10};       ///< No agent for so long: the new version does not stay up.
  std::chrono::seconds restart{30};    ///< In which an agent that was asked has stopped.
  std::chrono::seconds service{15};    ///< In which a service manager has started again what ended.
  std::chrono::seconds back{90};       ///< In which the version before it is to be back.
  std::chrono::milliseconds look_every{200};
};

class Transaction {
 public:
  /// `say` hears each step, a line for people. The guard's lock is held by the caller, from before until after.
  Transaction(TransactionOptions options, disk::Disk& disk, Clock& clock, AgentControl& agent, SelfCheck& check,
              std::function<void(const std::string&)> say)
      : options_(std::move(options)), disk_(disk), clock_(clock), agent_(agent), check_(check), say_(std::move(say)) {}

  /// Runs this release from now on. Ok also when it runs already. Refused: what ran before runs, or comes back.
  asio::awaitable<Outcome<void>> Apply(ReleaseSource& source);
  /// Runs the version before this one; what is left so is never "before". `from`: only when this version runs, else
  /// nothing is done; empty: whatever runs. NotFound: there is none before it.
  asio::awaitable<Outcome<void>> Rollback(std::string from = {});

 private:
  /// Why the trial failed; empty: it did not.
  using Verdict = std::string;
  asio::awaitable<Outcome<Pointer>> Settle();
  asio::awaitable<Outcome<void>> Fill(ReleaseSource& source, std::string slot);
  asio::awaitable<Outcome<void>> Checked(std::string slot, std::string version);
  /// `source`: of a release, whose sequence is to be remembered; null: this is a way back.
  asio::awaitable<Outcome<void>> Try(Pointer before, std::string slot, std::string version, ReleaseSource* source);
  /// The agent that runs, once it has written its note.
  asio::awaitable<AgentSeen> Noted();
  asio::awaitable<Verdict> Watch(std::string slot, std::string version, AgentSeen old);
  asio::awaitable<void> GoBack(Pointer before, std::string failed);
  asio::awaitable<void> BringBack(std::string wanted, std::string failed);
  asio::awaitable<void> Clean(Pointer pointer);
  [[nodiscard]] Refused DiskTrouble(const std::string& what, const Error& error) const;

  const TransactionOptions options_;
  disk::Disk& disk_;
  Clock& clock_;
  AgentControl& agent_;
  SelfCheck& check_;
  const std::function<void(const std::string&)> say_;
};

}  // namespace assist::agent::update
