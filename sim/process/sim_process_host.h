// agent/process's ProcessHost for one process of a simulated agent: supervisors are those of its machine and outlive
// it. Notices get lost now and then. Owned by the scenario, destroyed with the agent.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/process/process_host.h"
#include "sim/process/supervisors.h"
#include "sim/world/world.h"

namespace assist::sim::process {

namespace asio = boost::asio;

struct Options {
  std::chrono::microseconds max_delay{500};  ///< Before a call takes effect, and before its answer.
  std::uint64_t lose_notice_once_in = 8;     ///< 0: never.
  std::uint64_t fail_start_once_in = 0;      ///< No more processes; 0: never.
};

class SimProcessHost final : public agent::process::ProcessHost {
 public:
  /// `supervisors` outlives this.
  SimProcessHost(Options options, Supervisors& supervisors, std::shared_ptr<world::Process> process);
  ~SimProcessHost() override;

  [[nodiscard]] std::string boot_id() const override;
  asio::awaitable<Result<agent::process::Found>> Find(agent::process::Needs needs) override;
  [[nodiscard]] std::vector<std::string> environment() const override;
  [[nodiscard]] std::string Absolute(const std::string& relative) const override;
  [[nodiscard]] std::string notify_path() const override;
  asio::awaitable<Status> StartSupervisor(std::string folder) override;
  asio::awaitable<Result<bool>> LockHeld(std::string folder) override;
  asio::awaitable<Status> RequestStop(std::string folder, agent::process::StopMode mode) override;
  [[nodiscard]] assist::Event& changed() override { return changed_; }
  [[nodiscard]] Changes TakeChanged() override;

 private:
  asio::awaitable<void> Pause();

  const Options options_;
  Supervisors& supervisors_;
  std::shared_ptr<world::Process> process_;
  std::shared_ptr<world::Lane> lane_;
  world::Dice dice_;
  assist::Event changed_;
  std::vector<std::uint64_t> tickets_;
  std::map<std::string, std::vector<std::uint64_t>> started_;  // folder → processes that this host started
};

}  // namespace assist::sim::process
