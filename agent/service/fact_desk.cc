#include "agent/service/fact_desk.h"

namespace assist::agent::service {

link::MachineFacts FactDesk::Facts() {
  if (rest_ != nullptr) rest_->Worked();
  const inventory::Facts facts = inventory::Collect(inventory::SystemSources());
  link::MachineFacts out;
  out.os_type = facts.os_type;
  out.arch = facts.arch;
  out.os_version = facts.os_version;
  out.machine_id = machine_id_.empty() ? facts.machine_id : machine_id_;
  out.client_ip = facts.intranet_ip;
  out.time_zone = facts.time_zone;
  out.utc_offset = inventory::UtcOffset(clock_.Now());
  out.uptime = inventory::Uptime();
  return out;
}

}  // namespace assist::agent::service
