#include "cli/service/verbs.h"
#include "cli/verb/man.h"

namespace assist::cli {
namespace {

const VerbSpec& ManSpec() {
  static const VerbSpec kSpec = {
      .name = "man",
      .summary = msg::kManSummary,
      .usage = {"[COMMAND]"},
      .examples = {{"assist man run | man -l -", msg::kManExampleShow}},
      .words = Offer::kVerb,
      .most_words = 1,
  };
  return kSpec;
}

ExitCode Man(const VerbWords& words, Program& program) {
  if (words.words.empty()) return program.Print(ProgramMan(VerbSpecs(), program.text));
  const Verb* verb = FindVerb(words.words[0]);
  if (verb == nullptr) return program.Usage(program.text(msg::kOutOfPlace, words.words[0], "man"));
  return program.Print(VerbMan(verb->spec(), program.text));
}

}  // namespace

Verb ManVerb() { return {.spec = ManSpec, .run = Man}; }

}  // namespace assist::cli
