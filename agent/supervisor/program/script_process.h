// The script's process: started once, in a session of its own, with one pipe for both outputs.
#pragma once

#include <sys/types.h>

#include <string>

#include "agent/control_group/control_group.h"
#include "agent/supervisor/spec.h"
#include "common/posix/unique_fd.h"

namespace assist::agent::supervisor {

struct StartedScript {
  pid_t pid = 0;     ///< 0: it could not be started, and no process is left of it.
  UniqueFd output;   ///< Read end.
  int error = 0;     ///< errno when it could not be started; of a client a code of client_word.h.
  std::string what;  ///< What failed, for people.
};

/// Tries the attempts of the spec in order; in `group`, as far as the kernel lets it. Blocks until a program was
/// executed or every attempt failed; until a client has said its word, for at most kWordPatience.
[[nodiscard]] StartedScript StartScript(const Spec& spec, const control_group::ControlGroup& group);

}  // namespace assist::agent::supervisor
