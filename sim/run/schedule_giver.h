// The server's end for schedules: hands them out, hears what the agent tells, and forgets nothing. Its machine never
// fails; what is judged is the agent, behind a link that does fail. Owned by the scenario.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "protocol/wire/task.h"
#include "sim/link/link.h"
#include "sim/run/recorder.h"
#include "sim/world/world.h"

namespace assist::sim::run {

class ScheduleGiver {
 public:
  ScheduleGiver(world::World& world, link::Link& link, Recorder& recorder);
  ~ScheduleGiver();
  ScheduleGiver(const ScheduleGiver&) = delete;
  ScheduleGiver& operator=(const ScheduleGiver&) = delete;

  /// A rate, counted from `base`; `terms` say the rest. The agent is woken.
  void Give(const std::string& id, std::chrono::seconds period, SystemTime base, wire::SchedulePart terms,
            const std::string& script);
  /// Stops all of them.
  void StopAll();
  /// Wakes the agent as long as it has not taken everything.
  void Wake();
  /// Every schedule has ended, by the agent's word.
  [[nodiscard]] bool all_over() const;

 private:
  struct Given {
    wire::TaskEntry entry;
    bool accepted = false;
    bool over = false;
  };
  [[nodiscard]] link::Response Handle(const link::Request& request);
  [[nodiscard]] std::string List() const;

  world::World& world_;
  Recorder& recorder_;
  std::shared_ptr<world::Process> process_;
  std::map<std::string, Given> given_;
  /// All that were opened and are not known to be closed: one of a dead agent may come late.
  std::vector<std::shared_ptr<link::Channel>> channels_;
  std::int64_t deliveries_ = 0;
  bool stopping_ = false;
};

}  // namespace assist::sim::run
