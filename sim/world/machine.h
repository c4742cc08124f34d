// A computer of the world: it boots, has a wall clock that may be wrong, and a name. Its files are sim/files'. It
// outlives the processes on it. Power cuts are the scenario's: it kills the processes, cuts the files, calls Boot().
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "sim/world/world.h"

namespace assist::sim::world {

class Machine {
 public:
  Machine(World& world, std::string name, SystemTime wall_at_start)
      : world_(world), name_(std::move(name)), wall_(wall_at_start - world.now().time_since_epoch()) {}

  [[nodiscard]] World& world() const noexcept { return world_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// As the machine shows it.
  [[nodiscard]] SystemTime Wall() const noexcept { return wall_ + world_.now().time_since_epoch(); }
  /// Since the boot.
  [[nodiscard]] SteadyTime Steady() const noexcept { return SteadyTime(world_.now() - booted_); }
  /// The world's time at which Steady() is `steady`.
  [[nodiscard]] SteadyTime ToWorld(SteadyTime steady) const noexcept {
    return booted_ + std::min(steady.time_since_epoch(), kFar);
  }
  /// As an administrator or NTP sets the clock.
  void StepWall(std::chrono::microseconds by) noexcept { wall_ += by; }
  /// After a power cut: another boot id, Steady() begins anew.
  void Boot() noexcept {
    ++boots_;
    booted_ = world_.now() - std::chrono::seconds(20);
  }
  [[nodiscard]] std::string boot_id() const { return name_ + "-boot-" + std::to_string(boots_); }
  [[nodiscard]] std::uint64_t boots() const noexcept { return boots_; }

 private:
  static constexpr std::chrono::microseconds kFar = std::chrono::hours(24 * 365 * 100);
  World& world_;
  std::string name_;
  SystemTime wall_;  // at world time 0
  SteadyTime booted_{};
  std::uint64_t boots_ = 1;
};

}  // namespace assist::sim::world
