// The real ContainerHost for POSIX systems: a search is a process of its own (agent/containers/program), so that a
// runtime that hangs holds up nothing here. Owned by agent/service, one per agent. One executor, of an io_context that
// one thread runs.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "agent/containers/container_host.h"
#include "common/async/clock.h"

namespace assist::agent::containers {

class PosixContainerHost final : public ContainerHost {
 public:
  struct Options {
    std::string program;           ///< assist-container.
    std::string docker;            ///< Socket of Docker's API; empty: none.
    std::vector<std::string> cri;  ///< Sockets of CRI runtimes.
    std::string crictl = "crictl";
    std::chrono::seconds patience{60};  ///< For one search; the program itself gives up earlier.
  };
  /// `clock` outlives this.
  PosixContainerHost(Options options, asio::any_io_executor executor, Clock& clock);

  asio::awaitable<Outcome<Target>> Find(std::string id, std::string name) override;
  [[nodiscard]] std::string program() const override { return options_.program; }
  [[nodiscard]] std::string crictl() const override { return options_.crictl; }

 private:
  const Options options_;
  const asio::any_io_executor executor_;
  Clock& clock_;
};

}  // namespace assist::agent::containers
