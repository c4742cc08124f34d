#include "agent/passwords/patient_logon.h"

#include <algorithm>

#include "agent/passwords/password_store.h"

namespace assist::agent::passwords {
namespace {

constexpr std::chrono::seconds kShortest{60};
constexpr std::chrono::seconds kLongest{15 * 60};

std::string Refusal(const std::string& name, std::chrono::seconds left) {
  return "Windows refused the password " + name + "; it is not tried again for " + std::to_string(left.count()) +
         " s, so that the account is not locked; `assist-agent password set " + name +
         "`, run on the machine as administrator, stores another and ends the pause";
}

}  // namespace

PatientLogon::PatientLogon()
    : PatientLogon([](const supervisor::WindowsLogon& logon,
                      std::uint32_t& refused) { return passwords::LogOn(logon, &refused); },
                   // Runs on while the machine sleeps.
                   [] { return SteadyTime(std::chrono::milliseconds(::GetTickCount64())); }) {}

Result<UniqueHandle> PatientLogon::LogOn(const supervisor::WindowsLogon& logon) {
  std::uint32_t refused = 0;
  const std::string& name = logon.password_name;
  Result<std::string> bytes = PasswordStore(logon.password_folder).Protected(name);
  if (!bytes) return log_on_(logon, refused);  // says what is wrong with it
  const std::string key = PasswordStore::Key(name);
  {
    const std::lock_guard lock(mutex_);
    const auto found = pauses_.find(key);
    if (found != pauses_.end() && found->second.bytes != *bytes) {
      pauses_.erase(found);
    } else if (found != pauses_.end() && now_() < found->second.until) {
      const auto left = std::chrono::ceil<std::chrono::seconds>(found->second.until - now_());
      return Fail(Errc::kDenied, Refusal(name, left));
    }
  }
  Result<UniqueHandle> token = log_on_(logon, refused);
  const std::lock_guard lock(mutex_);
  if (token) {
    pauses_.erase(key);
  } else if (refused == ERROR_LOGON_FAILURE) {
    Pause& pause = pauses_[key];
    pause.length = std::clamp(2 * pause.length, kShortest, kLongest);
    pause.until = now_() + pause.length;
    pause.bytes = std::move(*bytes);
  }
  return token;
}

}  // namespace assist::agent::passwords
