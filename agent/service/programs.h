// Programs of this system as the launcher and the update of the agent start and end them. Every call blocks; any
// thread. programs_posix.cc, programs_windows.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace assist::agent::service {

#if defined(_WIN32)
inline constexpr const char* kProgramEnding = ".exe";
#else
inline constexpr const char* kProgramEnding = "";
#endif

struct Finished {
  int exit = -1;  ///< Negative: it was ended by a signal.
  std::string output;
};
/// Runs it to its end; its standard output is the answer, bounded, and its standard error goes where this program's
/// goes. kExpired: it took longer, and was ended. kNotFound, kDenied (it may not be run, as on a file system that is
/// mounted noexec), kInvalid (no program for this system): it did not start.
[[nodiscard]] Result<Finished> RunProgram(const std::vector<std::string>& arguments, std::chrono::seconds patience);

/// Starts it away from this process, as nohup does; what it says goes to the end of `log`. This program's settings
/// (ASSIST_…) are not handed on.
[[nodiscard]] Status StartDetached(const std::vector<std::string>& arguments, const std::string& log);

/// Ends this process at once and waits until it is gone, if it runs a program that lies in `folder`; what else has that
/// number by now is left alone. Ok also then.
[[nodiscard]] Status EndIfFrom(std::int64_t pid, const std::string& folder);

/// Tells the agent with this number that there is a word for it in run/restart. Where agents look by themselves,
/// nothing is to be done.
[[nodiscard]] Status Nudge(std::int64_t pid);

/// May this program be trusted with the rights of this process? Its file and the `depth` folders above it must belong
/// to this account or the system, and be writable by nobody else.
[[nodiscard]] Status IsOurs(const std::string& program, int depth);
/// These files of a slot are 0755 when their owner may run them, else 0644, whatever their archive said: a program that
/// others may write is not run from a slot. Nothing on Windows, where folders inherit who may.
[[nodiscard]] Status SettleModes(const std::string& folder, const std::vector<std::string>& files);

/// Variables of this process.
[[nodiscard]] std::string Variable(const char* name);
/// Empty: it is taken away.
void SetVariable(const char* name, const std::string& value);

}  // namespace assist::agent::service
