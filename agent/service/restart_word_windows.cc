#include "agent/service/restart_word.h"
#include "agent/service/update_files.h"
#include "common/files/files.h"
#include "common/windows/system.h"

namespace assist::agent::service {
namespace {

constexpr std::chrono::seconds kLookEvery{1};

}  // namespace

asio::awaitable<bool> WaitForRestartWord(std::string root, Clock& clock) {
  const std::string word = RestartWord(root);
  while (!Exists(word)) co_await clock.SleepFor(kLookEvery);
  static_cast<void>(RemoveFile(word));  // the next one removes it, too
  co_return true;
}

// Services have the session 0 for themselves since Windows 6.0.
bool IsService() {
  DWORD session = 1;
  return ::ProcessIdToSessionId(::GetCurrentProcessId(), &session) != 0 && session == 0;
}

}  // namespace assist::agent::service
