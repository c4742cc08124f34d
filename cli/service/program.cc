#include "cli/service/program.h"

#include "cli/answer/pretty_json.h"

namespace assist::cli {

void Program::Say(std::string_view line) const { console.Err(text(msg::kErrorLine, line)); }

ExitCode Program::PrintJson(std::string json) const {
  if (console.out_is_terminal()) return Print(PrettyJson(json));
  if (!json.ends_with('\n')) json += '\n';
  return Print(json);
}

}  // namespace assist::cli
