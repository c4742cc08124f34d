#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "common/posix/unique_fd.h"
#include "common/service_framework/service_notifier.h"

#ifndef SOCK_CLOEXEC
#define SOCK_CLOEXEC 0
#endif

namespace assist {
namespace {

bool ParseNumber(const char* text, long long& out) {
  const char* const end = text + std::strlen(text);
  const auto [at, error] = std::from_chars(text, end, out);
  return error == std::errc() && at == end && text != end;
}

}  // namespace

std::chrono::microseconds WatchdogOf(const char* microseconds, const char* for_pid, long own_pid) {
  long long value = 0;
  long long pid = 0;
  if (microseconds == nullptr || !ParseNumber(microseconds, value) || value <= 0) return {};
  if (for_pid != nullptr && (!ParseNumber(for_pid, pid) || pid != own_pid)) return {};
  return std::chrono::microseconds(value);
}

ServiceNotifier ServiceNotifier::FromEnvironment() {
  const char* const socket = std::getenv("NOTIFY_SOCKET");
  return {socket == nullptr ? "" : socket,
          WatchdogOf(std::getenv("WATCHDOG_USEC"), std::getenv("WATCHDOG_PID"), ::getpid())};
}

void ServiceNotifier::Tell(std::string_view message) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() < 2 || socket_.size() >= sizeof(address.sun_path)) return;
  if (socket_.front() != '/' && socket_.front() != '@') return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  // Nothing can be done when it fails: systemd then sees that it heard nothing.
  (void)::sendto(fd.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&address), length);
}

asio::awaitable<void> ServiceNotifier::KeepTelling(Clock& clock) const {
  while (period().count() > 0) {
    Alive();
    co_await clock.SleepFor(period());
  }
}

}  // namespace assist
