// Containers for tests: Find() answers what the test says. One executor.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/containers/container_host.h"

namespace assist::agent::containers {

class FakeContainerHost final : public ContainerHost {
 public:
  Outcome<Target> answer = Target{Runtime::kDocker, "/run/docker.sock", std::string(64, 'c')};
  std::vector<std::pair<std::string, std::string>> asked;

  asio::awaitable<Outcome<Target>> Find(std::string id, std::string name) override {
    asked.emplace_back(std::move(id), std::move(name));
    co_return answer;
  }
  [[nodiscard]] std::string program() const override { return "/usr/sbin/assist-container"; }
  [[nodiscard]] std::string crictl() const override { return "crictl"; }
};

}  // namespace assist::agent::containers
