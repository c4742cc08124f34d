#include <unistd.h>

#include <array>

#include "common/runtime/own_program.h"

namespace assist {

std::string OwnProgram() {
  std::array<char, 4096> path;
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  return size <= 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(size));
}

std::vector<std::string> ProgramArguments(int argc, const char* const* argv) { return {argv, argv + argc}; }

std::int64_t OwnProcessId() { return ::getpid(); }

}  // namespace assist
