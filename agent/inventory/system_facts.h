// What the systems of the POSIX family tell each in its own way: facts_linux.cc, facts_bsd.cc. Uptime() lies there too.
#pragma once

#include <sys/utsname.h>

#include "agent/inventory/facts.h"

namespace assist::agent::inventory {

/// Fills in os_type, os_version and machine_id. `system`: of uname(3).
void TellSystem(const Sources& sources, const utsname& system, Facts& facts);

}  // namespace assist::agent::inventory
