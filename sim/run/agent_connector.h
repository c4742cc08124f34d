// The agent's way to the server over the simulated network, with its faults: a connection is made, carries requests
// until the server's process ends or an answer does not come, may become the channel of wakes. What is sent when is
// agent/link's. One incarnation of an agent has one; it is destroyed with its objects.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/link/connector.h"
#include "sim/link/link.h"
#include "sim/world/machine.h"
#include "sim/world/sim_clock.h"
#include "sim/world/world.h"

namespace assist::sim::run {

namespace asio = boost::asio;

class AgentConnector final : public agent::link::Connector {
 public:
  struct Parts {
    link::Link& network;
    std::shared_ptr<world::Process> process;
    const world::Machine& machine;
    std::string instance_id;
    std::string run;  ///< No other process of an agent has it.
    /// Hears of each request that goes out.
    std::function<void(const agent::link::Request&)> sends;
  };
  explicit AgentConnector(Parts parts);

  asio::awaitable<Result<std::unique_ptr<agent::link::Connection>>> Connect(SteadyTime deadline) override;
  /// Signatures are not simulated, and so nobody learns the time from a refused one.
  [[nodiscard]] std::chrono::milliseconds server_ahead() const override { return std::chrono::milliseconds(0); }

 private:
  class SimConnection;
  class SimChannel;
  /// What is common to the connections; they may outlive the connector when the process is killed.
  struct Shared : Parts {
    explicit Shared(Parts parts) : Parts(std::move(parts)), clock(machine, process) {}
    [[nodiscard]] link::Request Hello(std::string target) const;
    world::SimClock clock;
  };
  std::shared_ptr<Shared> shared_;
};

}  // namespace assist::sim::run
