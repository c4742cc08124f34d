// Logs accounts on, but after a wrong password not again for a while: domains and machines lock an account that is
// tried with one too often, and a rate of a few seconds would do that. In memory: an agent that starts anew tries once.
// Any thread; blocks as LogOn() does.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "agent/passwords/logon.h"
#include "common/base/time.h"

namespace assist::agent::passwords {

class PatientLogon {
 public:
  /// Like LogOn().
  using Try = std::function<Result<UniqueHandle>(const supervisor::WindowsLogon&, std::uint32_t& refused)>;
  using Now = std::function<SteadyTime()>;

  /// With Windows itself, and its time since the start.
  PatientLogon();
  PatientLogon(Try log_on, Now now) : log_on_(std::move(log_on)), now_(std::move(now)) {}

  /// After ERROR_LOGON_FAILURE kDenied at once, for this password's name: 1 minute, then twice as long each time, 15 at
  /// most. A password that was set anew, or right, ends that.
  Result<UniqueHandle> LogOn(const supervisor::WindowsLogon& logon);

 private:
  struct Pause {
    std::string bytes;  ///< Of the password's file: others, and it was set anew.
    std::chrono::seconds length{};
    SteadyTime until{};
  };

  const Try log_on_;
  const Now now_;
  std::mutex mutex_;
  std::map<std::string, Pause> pauses_;  // under mutex_; by PasswordStore::Key()
};

}  // namespace assist::agent::passwords
