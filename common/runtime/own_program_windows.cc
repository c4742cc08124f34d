#include <memory>

#include "common/runtime/own_program.h"
#include "common/windows/system.h"
#include "common/windows/wide.h"
// After it:
#include <shellapi.h>

namespace assist {

std::string OwnProgram() {
  std::wstring path(32768, L'\0');
  path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
  return PathFromWide(path);
}

std::vector<std::string> ProgramArguments(int argc, const char* const* argv) {
  struct Free {
    void operator()(LPWSTR* list) const noexcept { ::LocalFree(list); }
  };
  int count = 0;
  const std::unique_ptr<LPWSTR, Free> list(::CommandLineToArgvW(::GetCommandLineW(), &count));
  if (list == nullptr) return {argv, argv + argc};
  std::vector<std::string> arguments;
  for (int i = 0; i < count; ++i) arguments.push_back(ToUtf8(list.get()[i]));
  return arguments;
}

std::int64_t OwnProcessId() { return static_cast<std::int64_t>(::GetCurrentProcessId()); }

}  // namespace assist
