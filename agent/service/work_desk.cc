#include "agent/service/work_desk.h"

namespace assist::agent::service {

asio::awaitable<void> WorkDesk::Take(wire::TaskList list) {
  // A stop of a task that comes in the same answer must find it known.
  if (!list.run.empty()) co_await engine_->Accept(std::move(list.run));
  if (!list.stop.empty()) co_await engine_->StopTasks(std::move(list.stop));
  if (!list.test.empty()) co_await engine_->Verify(std::move(list.test));
}

std::int64_t WorkDesk::highest_delivery() const { return engine_->highest_delivery(); }

transport::MachineFacts FactDesk::Facts() {
  const inventory::Facts facts = inventory::Collect(inventory::SystemSources());
  transport::MachineFacts out;
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
