#include "cli/service/confirm.h"

#include "cli/service/posix_console.h"

namespace assist::cli {

bool Confirm(const std::string& question, bool yes, Inquiry& ask) {
  if (yes) return true;
  PosixPrompter prompter(ask.program().console);
  if (!prompter.interactive() || !ask.program().console.err_is_terminal()) {
    static_cast<void>(ask.Refuse(ExitCode::kUsage, "Usage", ask.text()(msg::kNeedsYes)));
    return false;
  }
  const auto answer = prompter.Ask(ask.text()(msg::kAskYes, question), false);
  if (answer && (*answer == "y" || *answer == "Y" || *answer == "yes" || *answer == "是")) return true;
  static_cast<void>(ask.Refuse(ExitCode::kUsage, "Usage", ask.text()(msg::kNotConfirmed)));
  return false;
}

}  // namespace assist::cli
