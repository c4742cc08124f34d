// Memory of an agent at rest: what only starting and connecting needed is given back to the system. Any thread.
#pragma once

#include <cstdint>

namespace assist::agent::service {

/// Drops the program's text pages from memory (they are files: what is used again is mapped again, from the cache) and
/// returns free heap. Linux; elsewhere nothing. Never fails: it is only an economy.
void ReleaseIdleMemory();

/// Bytes of memory that are this process's own, without the files that it maps. 0: the system does not tell (it is told
/// on Linux).
[[nodiscard]] std::int64_t OwnMemory();

}  // namespace assist::agent::service
