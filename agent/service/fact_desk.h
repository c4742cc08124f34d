// Tells what this machine is. One executor.
#pragma once

#include <string>

#include "agent/inventory/facts.h"
#include "agent/link/work_sink.h"
#include "agent/service/rest_keeper.h"

namespace assist::agent::service {

class FactDesk final : public link::FactSource {
 public:
  FactDesk(std::string machine_id, const Clock& clock) : machine_id_(std::move(machine_id)), clock_(clock) {}
  /// Before the link starts: hears that the facts were asked for, which every heart-beat does. Outlives this.
  void Connect(RestKeeper& rest) { rest_ = &rest; }
  [[nodiscard]] link::MachineFacts Facts() override;

 private:
  const std::string machine_id_;  ///< As registered; empty: the machine's own.
  const Clock& clock_;
  RestKeeper* rest_ = nullptr;
};

}  // namespace assist::agent::service
