// What the process host asks of Windows: this boot, accounts, folders, programs, variables. Blocks shortly; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/passwords/patient_logon.h"
#include "agent/process/process_host.h"
#include "common/base/result.h"

namespace assist::agent::process {

/// Names this boot: a random value in a volatile key of the registry, which Windows forgets when it goes down. Unlike
/// the time of the boot it does not change with the clock. In HKEY_LOCAL_MACHINE where this account may write there,
/// else in HKEY_CURRENT_USER.
[[nodiscard]] Result<std::string> FindBootId();

/// See ProcessHost::Find(). Another account than the agent's own is logged on once, to see whether it can be;
/// `password_folder` is where its password lies (agent/passwords).
[[nodiscard]] Result<Found> FindNow(const Needs& needs, const std::string& password_folder,
                                    passwords::PatientLogon& logon);

/// The agent's own variables for scripts: without its settings (ASSIST_…) and without the hidden ones that begin with
/// `=`; `Path` is called PATH, as on other systems, so that it can be replaced.
[[nodiscard]] std::vector<std::string> ScriptEnvironment();

/// A supervisor's own: nothing of the agent's but what the system's libraries ask for. SystemRoot and SystemDrive are
/// what CreateEnvironmentBlock copies from its caller into the variables of another account.
[[nodiscard]] std::vector<std::string> SupervisorEnvironment();

/// See ProcessHost::ToConsole().
[[nodiscard]] std::optional<std::string> ToCodePage(unsigned code_page, std::string_view text);

}  // namespace assist::agent::process
