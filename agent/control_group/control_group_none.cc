// Where the system has no control groups: none is ever made, and budgets are kept by looking alone.
#include "agent/control_group/control_group.h"

namespace assist::agent::control_group {

ControlGroup::ControlGroup(const GroupFolders& /*folders*/, const std::string& /*name*/, const Wants& /*wants*/) {}
ControlGroup ControlGroup::Make(const Wants& wants) { return ControlGroup(GroupFolders{}, {}, wants); }
bool ControlGroup::Enter() const noexcept { return true; }
std::optional<std::chrono::microseconds> ControlGroup::CpuTime() const { return std::nullopt; }
std::optional<std::uint64_t> ControlGroup::MemoryAtWall() const { return std::nullopt; }
void ControlGroup::Close() {}
bool SettleAgent(const GroupFolders& /*folders*/) { return false; }
GroupFolders OwnGroupFolders() { return {}; }

}  // namespace assist::agent::control_group
