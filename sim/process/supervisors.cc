#include "sim/process/supervisors.h"

#include <algorithm>

namespace assist::sim::process {

std::uint64_t Supervisors::Start(const std::string& folder) {
  const auto at = supervisors_.emplace(supervisors_.end());
  Supervisor::Callbacks callbacks;
  callbacks.take_lock = [this, at] { return locks_.emplace((*at)->folder(), at->get()).second; };
  callbacks.notify = [this](std::uint64_t ticket) {
    if (listener_) listener_(ticket);
  };
  callbacks.ended = [this, at] { Ended(at); };
  *at = std::make_unique<Supervisor>(site_, folder, std::move(callbacks));
  return (*at)->process()->id();
}

bool Supervisors::LockHeld(const std::string& folder) const { return locks_.contains(folder); }

bool Supervisors::Alive(std::uint64_t id) const {
  return std::any_of(supervisors_.begin(), supervisors_.end(),
                     [id](const auto& s) { return s->process()->id() == id; });
}

bool Supervisors::RequestStop(const std::string& folder, bool tree) {
  bool heard = false;
  for (const auto& supervisor : supervisors_) {
    if (supervisor->folder() != folder || !supervisor->listens()) continue;
    supervisor->Stop(tree);
    heard = true;
  }
  return heard;
}

void Supervisors::Ended(List::iterator at) {
  const auto lock = locks_.find((*at)->folder());
  if (lock != locks_.end() && lock->second == at->get()) locks_.erase(lock);
  const auto process = (*at)->process();
  const auto ticket = (*at)->ticket();
  site_.machine.world().Kill(process, {});
  if ((*at)->script_runs()) {
    orphans_.splice(orphans_.end(), supervisors_, at);
  } else {
    if ((*at)->script_process() != nullptr) site_.machine.world().Kill((*at)->script_process(), {});
    supervisors_.erase(at);
  }
  if (listener_) listener_(ticket);
}

bool Supervisors::KillOne(world::Dice& dice) {
  if (supervisors_.empty()) return false;
  auto at = supervisors_.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(dice.Below(supervisors_.size())));
  (*at)->LoseSupervisor();
  Ended(at);
  return true;
}

void Supervisors::KillAll() {
  for (auto* list : {&supervisors_, &orphans_}) {
    while (!list->empty()) {
      const auto supervisor = std::move(list->front());
      list->pop_front();
      supervisor->PowerCut();
      if (supervisor->script_process() != nullptr) site_.machine.world().Kill(supervisor->script_process(), {});
      site_.machine.world().Kill(supervisor->process(), {});
    }
  }
  locks_.clear();
}

}  // namespace assist::sim::process
