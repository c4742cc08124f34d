// Memory of an agent at rest: what only starting and connecting needed is given back to the system. Any thread.
#pragma once

namespace assist::agent::service {

/// Drops the program's text pages from memory (they are files: what is used again is mapped again, from the cache) and
/// returns free heap. Linux; elsewhere nothing. Never fails: it is only an economy.
void ReleaseIdleMemory();

}  // namespace assist::agent::service
