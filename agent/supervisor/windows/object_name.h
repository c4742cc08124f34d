// How agent and supervisor find each other on Windows, where pipes and events have no place in a folder: a file there
// holds a random name, 32 hexadecimal digits, and who may not read the folder finds nothing. A name made from the
// folder's could be taken by anybody before its owner comes. Any thread.
//
//   <task>/control      two events of the supervisor: end the tree, end the process
//   <root>/run/events   message pipe of the agent: tickets of tasks whose spool changed
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace assist::agent::supervisor {

[[nodiscard]] Result<std::string> RandomObjectName();
/// The name in the file at `path`. kNotFound: no file; kInvalid: something else stands in it.
[[nodiscard]] Result<std::string> ReadObjectName(const std::string& path);

[[nodiscard]] std::wstring TreeEventName(std::string_view name);
[[nodiscard]] std::wstring ProcessEventName(std::string_view name);
[[nodiscard]] std::wstring NoticePipeName(std::string_view name);

}  // namespace assist::agent::supervisor
