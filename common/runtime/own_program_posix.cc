#include <unistd.h>

#include "common/posix/this_system.h"
#include "common/runtime/own_program.h"

namespace assist {

std::string OwnProgram() { return PathOfThisProgram(); }

std::vector<std::string> ProgramArguments(int argc, const char* const* argv) { return {argv, argv + argc}; }

std::int64_t OwnProcessId() { return ::getpid(); }

}  // namespace assist
