// The supervisors of one simulated machine: what outlives the agent's process and ends with the machine. Owned by the
// scenario, one a machine; one thread.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "sim/process/supervisor.h"

namespace assist::sim::process {

class Supervisors {
 public:
  explicit Supervisors(Site site) : site_(std::move(site)) {}
  ~Supervisors() { KillAll(); }
  Supervisors(const Supervisors&) = delete;
  Supervisors& operator=(const Supervisors&) = delete;

  /// The id of the new process.
  std::uint64_t Start(const std::string& folder);
  [[nodiscard]] bool LockHeld(const std::string& folder) const;
  [[nodiscard]] bool Alive(std::uint64_t id) const;
  /// False: nobody listens.
  bool RequestStop(const std::string& folder, bool tree);
  /// The agent that hears notices, and of the end of its own children; empty: none.
  void NoticesTo(std::function<void(std::uint64_t ticket)> listener) { listener_ = std::move(listener); }

  /// The power goes out.
  void KillAll();
  /// One of those that live, when there is one; its script runs on without a reader.
  bool KillOne(world::Dice& dice);
  [[nodiscard]] std::size_t living() const noexcept { return supervisors_.size(); }
  [[nodiscard]] const Site& site() const noexcept { return site_; }

 private:
  using List = std::list<std::unique_ptr<Supervisor>>;
  void Ended(List::iterator at);

  Site site_;
  List supervisors_;
  List orphans_;  // whose script may still run
  std::map<std::string, const Supervisor*> locks_;
  std::function<void(std::uint64_t)> listener_;
};

}  // namespace assist::sim::process
