// What each system of the family tells in its own way: Linux in /proc (this_system_linux.cc), FreeBSD by sysctl(3)
// (this_system_bsd.cc). Any thread; quick.
#pragma once

#include <string>

#include "common/base/result.h"

namespace assist {

/// Another text after each boot of the machine, the same until then, whatever its clock is set to.
[[nodiscard]] Result<std::string> BootId();

/// Where the file of this program lies, links followed; empty when the system does not tell.
[[nodiscard]] std::string PathOfThisProgram();

/// Fails where the machine's processes cannot be seen, so that a script's tree could not be ended; says what helps.
[[nodiscard]] Status ProcessesAreSeen();

}  // namespace assist
