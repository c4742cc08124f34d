#include "common/service_framework/service_notifier.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstring>
#include <filesystem>

#include "common/async/manual_clock.h"
#include "common/posix/unique_fd.h"

namespace assist {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

/// The other end, as systemd holds it.
class Listener {
 public:
  explicit Listener(const std::string& name) : fd_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
  }
  /// The next message; empty when none has come.
  std::string Next() {
    std::array<char, 256> bytes{};
    const ssize_t got = ::recv(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    return got < 0 ? "" : std::string(bytes.data(), static_cast<std::size_t>(got));
  }

 private:
  UniqueFd fd_;
};

TEST(ServiceNotifierTest, MessagesArriveAtAPathAndAtAnAbstractName) {
  char name[] = "/tmp/assist-notify-test.XXXXXX";
  const std::string folder = ::mkdtemp(name);
  for (const std::string& socket : {folder + "/socket", "@" + folder}) {
    Listener systemd(socket);
    const ServiceNotifier notifier(socket, microseconds(0));
    notifier.Ready();
    EXPECT_EQ(systemd.Next(), "READY=1");
    notifier.Alive();
    EXPECT_EQ(systemd.Next(), "WATCHDOG=1");
    notifier.Stopping();
    EXPECT_EQ(systemd.Next(), "STOPPING=1");
    EXPECT_EQ(systemd.Next(), "");
  }
  std::filesystem::remove_all(folder);
}

TEST(ServiceNotifierTest, WithoutAListenerNothingHappens) {
  for (const std::string& socket : {std::string(), std::string("relative"), std::string("/tmp/assist-nobody-listens"),
                                    "/" + std::string(200, 'x')}) {
    ServiceNotifier(socket, microseconds(0)).Ready();
  }
}

TEST(ServiceNotifierTest, TheWatchdogIsForTheProcessThatItNames) {
  EXPECT_EQ(WatchdogOf("60000000", nullptr, 7), seconds(60));
  EXPECT_EQ(WatchdogOf("60000000", "7", 7), seconds(60));
  EXPECT_EQ(WatchdogOf("60000000", "8", 7), seconds(0));
  EXPECT_EQ(WatchdogOf(nullptr, "7", 7), seconds(0));
  for (const char* bad : {"", "0", "-5", "6x", "99999999999999999999"}) EXPECT_EQ(WatchdogOf(bad, "7", 7), seconds(0));
  EXPECT_EQ(WatchdogOf("60000000", "x", 7), seconds(0));
}

TEST(ServiceNotifierTest, SignsOfLifeComeTwiceInTheTimeThatIsAllowed) {
  Listener systemd("@assist-notify-test-life");
  const ServiceNotifier notifier("@assist-notify-test-life", seconds(60));
  EXPECT_EQ(notifier.period(), seconds(30));
  asio::io_context io(1);
  ManualClock clock;
  asio::cancellation_signal stop;
  bool ended = false;
  asio::co_spawn(io, notifier.KeepTelling(clock),
                 asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr) { ended = true; }));
  io.poll();
  EXPECT_EQ(systemd.Next(), "WATCHDOG=1");
  for (int turn = 0; turn < 3; ++turn) {
    clock.Advance(seconds(29));
    io.restart();
    io.poll();
    EXPECT_EQ(systemd.Next(), "");
    clock.Advance(seconds(1));
    io.restart();
    io.poll();
    EXPECT_EQ(systemd.Next(), "WATCHDOG=1");
  }
  stop.emit(asio::cancellation_type::terminal);
  io.restart();
  io.poll();
  EXPECT_TRUE(ended);
}

TEST(ServiceNotifierTest, WhereNobodyWatchesNoSignIsGiven) {
  Listener systemd("@assist-notify-test-none");
  const ServiceNotifier notifier("@assist-notify-test-none", seconds(0));
  asio::io_context io(1);
  ManualClock clock;
  bool ended = false;
  asio::co_spawn(io, notifier.KeepTelling(clock), [&](std::exception_ptr) { ended = true; });
  io.poll();
  EXPECT_TRUE(ended);
  EXPECT_EQ(systemd.Next(), "");
}

}  // namespace
}  // namespace assist
