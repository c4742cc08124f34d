// Locks and shared memory of one database file among the connections of one process, with SQLite's rules
// (sqlite3.h: SQLITE_LOCK_*, SQLITE_SHM_*). Gone with the process, as real shared memory's content is (the first one to
// open it again begins anew).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace assist::sim::sqlite_vfs {

/// The five file locks: one may write, many may read, one that wants to be alone keeps new readers out.
struct FileLocks {
  int shared = 0;                  ///< Connections with at least SHARED.
  const void* reserved = nullptr;  ///< The one with RESERVED or more.
  const void* pending = nullptr;   ///< The one that waits for EXCLUSIVE or has it.
};

struct SharedMemory {
  static constexpr int kSlots = 8;
  struct Slot {
    int shared = 0;
    const void* exclusive = nullptr;
  };
  std::array<Slot, kSlots> slots;
  std::vector<std::unique_ptr<std::vector<std::uint64_t>>> regions;  // 8-byte aligned
  int connections = 0;

  /// False: busy.
  bool Lock(const void* who, int offset, int n, bool exclusive, std::uint32_t& held_shared,
            std::uint32_t& held_exclusive);
  void Unlock(const void* who, int offset, int n, std::uint32_t& held_shared, std::uint32_t& held_exclusive);
};

/// What the connections to one file share.
struct Joint {
  FileLocks locks;
  SharedMemory memory;
};

}  // namespace assist::sim::sqlite_vfs
