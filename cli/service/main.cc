// assist: the command line. Reads what is asked, wires what it takes, ends with the code of exit_code.h.
#include <csignal>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "cli/ecs/common_options.h"
#include "cli/service/completion.h"
#include "cli/service/posix_console.h"
#include "cli/service/program.h"
#include "cli/service/verbs.h"
#include "cli/verb/help.h"

namespace assist::cli {
namespace {

using Words = std::span<const std::string>;

const char* Environ(const char* name) { return std::getenv(name); }

ExitCode NoSuchVerb(const std::string& word, const Program& program) {
  std::vector<std::string_view> names;
  std::string all;
  for (const Verb& verb : Verbs()) {
    names.push_back(verb.spec().name);
    all += (all.empty() ? "" : program.text(msg::kListComma)) + std::string(verb.spec().name);
  }
  const auto near = NearestWords(word, names, 1);
  if (!near.empty()) return program.Usage(program.text(msg::kNoSuchVerbNear, word, near[0]));
  return program.Usage(program.text(msg::kNoSuchVerb, word, all));
}

ExitCode Dispatch(const std::vector<std::string>& arguments, Program& program) {
  // Options of every verb may stand before its name.
  Words words = arguments;
  if (!words.empty() && words[0] == "__complete") return CompleteWords(words.subspan(1), program);
  CommonOptions leading;
  for (;;) {
    auto taken = TakeCommonOption(words, leading, program.text);
    if (!taken) return program.Usage(taken.error().detail);
    if (!*taken) break;
  }
  if (words.empty()) {
    program.console.Err(ProgramHelp(VerbSpecs(), program.text, program.err));
    return ExitCode::kUsage;
  }
  const std::string name = words[0];
  const auto position = static_cast<std::ptrdiff_t>(arguments.size() - words.size());
  std::vector<std::string> rest(arguments.begin(), arguments.begin() + position);
  const auto behind = words.subspan(1);
  const bool help = name == "help" || name == "--help" || name == "-h";
  if (help && behind.empty()) return program.Print(ProgramHelp(VerbSpecs(), program.text, program.out));
  if (name == "--version" || name == "version") {
    return program.Print("assist " ASSIST_VERSION "\n");
  }
  const std::string& verb_name = help ? behind[0] : name;
  rest.insert(rest.end(), behind.begin() + (help ? 1 : 0), behind.end());
  if (help) rest.emplace_back("--help");
  const Verb* verb = FindVerb(verb_name);
  return verb == nullptr ? NoSuchVerb(verb_name, program) : Perform(*verb, rest, program);
}

}  // namespace
}  // namespace assist::cli

int main(int argc, char** argv) {
  using namespace assist::cli;  // NOLINT(google-build-using-namespace)
  std::signal(SIGPIPE, SIG_IGN);
  PosixConsole console;
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  const bool no_color = RefusesColours(arguments);
  Program program{Text(ChooseLanguage(WantedLanguage(arguments), Environ)),
                  Style(WantsColours(console.out_is_terminal(), no_color, Environ)),
                  Style(WantsColours(console.err_is_terminal(), no_color, Environ)), Environ, console};
  return static_cast<int>(Dispatch(arguments, program));
}
