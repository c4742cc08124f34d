#include "sim/sqlite_vfs/shared_memory.h"

namespace assist::sim::sqlite_vfs {

bool SharedMemory::Lock(const void* who, int offset, int n, bool exclusive, std::uint32_t& held_shared,
                        std::uint32_t& held_exclusive) {
  for (int i = offset; i < offset + n; ++i) {
    const Slot& slot = slots[static_cast<std::size_t>(i)];
    const std::uint32_t bit = 1U << i;
    const bool mine = (held_shared & bit) != 0;
    if (slot.exclusive != nullptr && slot.exclusive != who) return false;
    if (exclusive && slot.shared > (mine ? 1 : 0)) return false;
  }
  for (int i = offset; i < offset + n; ++i) {
    Slot& slot = slots[static_cast<std::size_t>(i)];
    const std::uint32_t bit = 1U << i;
    if (exclusive) {
      slot.exclusive = who;
      held_exclusive |= bit;
    } else if ((held_shared & bit) == 0) {
      ++slot.shared;
      held_shared |= bit;
    }
  }
  return true;
}

void SharedMemory::Unlock(const void* who, int offset, int n, std::uint32_t& held_shared,
                          std::uint32_t& held_exclusive) {
  for (int i = offset; i < offset + n; ++i) {
    Slot& slot = slots[static_cast<std::size_t>(i)];
    const std::uint32_t bit = 1U << i;
    if (slot.exclusive == who) slot.exclusive = nullptr;
    if ((held_shared & bit) != 0) --slot.shared;
    held_shared &= ~bit;
    held_exclusive &= ~bit;
  }
}

}  // namespace assist::sim::sqlite_vfs
