// What is another on Windows of how a task is prepared: which program it needs, what its file holds, how it is started.
// Pure; any thread.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "agent/process/process_host.h"
#include "agent/task_engine/outcome.h"
#include "agent/task_engine/prepare.h"
#include "protocol/wire/task.h"

namespace assist::agent::task_engine {

/// The programs of which the task needs one; kInvalid for what a Windows agent does not do.
[[nodiscard]] tl::expected<std::vector<std::string>, Outcome> WindowsPrograms(
    const wire::TaskEntry& entry, const std::vector<std::string>& environment, bool prefer_pwsh);

/// How a task ends whose program is not there.
[[nodiscard]] Outcome WindowsProgramMissing(const wire::TaskEntry& entry);

/// Fills in name, bytes and code page of the script's file; `checked.interpreter` is the program that was found.
void WriteForWindows(const wire::TaskEntry& entry, const process::ProcessHost& processes, Checked& checked);

/// How the script at `path` is started.
[[nodiscard]] std::vector<std::vector<std::string>> WindowsAttempts(const Checked& checked, const std::string& path);

/// Sets HOME and the like as Windows calls them.
void SetWindowsAccount(const process::Account& account, std::vector<std::string>& environment);

}  // namespace assist::agent::task_engine
