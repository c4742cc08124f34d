#include "cli/verb/man.h"

#include <fmt/format.h>

#include "cli/verb/help.h"

namespace assist::cli {
namespace {

/// Text as roff shows it: hyphens as they are typed, nothing taken for a request.
std::string Roff(std::string_view text) {
  std::string out;
  bool begin = true;
  for (const char c : text) {
    if (begin && (c == '.' || c == '\'')) out += "\\&";
    begin = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '`') {
      out += "\\(ga";
    } else {
      out += c;
    }
  }
  return out;
}

std::string Section(std::string_view title) { return fmt::format(".SH {}\n", Roff(title)); }

std::string Block(std::string_view lines) {
  std::string out = ".nf\n" + Roff(lines);
  if (!out.ends_with('\n')) out += '\n';
  return out + ".fi\n";
}

std::string Options(const OptionGroup& group, const Text& text, std::string_view level) {
  std::string out = fmt::format("{} {}\n", level, Roff(text(group.title)));
  for (const OptionSpec& option : group.options) {
    std::string_view title;
    const std::string padded = OptionTitle(option);
    title = padded;
    title.remove_prefix(title.find_first_not_of(' '));
    out += fmt::format(".TP\n\\fB{}\\fR\n{}\n", Roff(title), Roff(text(option.note)));
  }
  return out;
}

std::string Examples(const std::vector<ExampleSpec>& examples, const Text& text) {
  std::string out;
  for (const ExampleSpec& example : examples) {
    out += ".TP\n\\fB" + Roff(example.line) + "\\fR\n";
    if (example.note) out += Roff(text(*example.note)) + "\n";
  }
  return out;
}

std::string Usage(const VerbSpec& verb, std::string_view path) {
  std::string lines;
  for (const std::string_view usage : verb.usage) {
    lines += fmt::format("assist {}{}{}\n", path, usage.empty() ? "" : " ", usage);
  }
  return Block(lines);
}

std::string Head(std::string_view page, std::string_view summary, const Text& text) {
  return fmt::format(".\\\" {}\n.TH {} 1 \"\" Assist\n.SH {}\n{} \\- {}\n", text(msg::kManMade), page,
                     text(msg::kManName), Roff(page), Roff(summary));
}

/// A section for each verb below, and for those below them.
std::string Below(const VerbSpec& verb, const std::string& path_so_far, const Text& text) {
  std::string out;
  for (const VerbSpec& below : verb.verbs) {
    const std::string path = fmt::format("{} {}", path_so_far, below.name);
    if (!below.verbs.empty()) {
      out += Below(below, path, text);
      continue;
    }
    out += Section(fmt::format("assist {}", path)) + Roff(text(below.summary)) + "\n" + Usage(below, path);
    for (const OptionGroup& group : below.options) out += Options(group, text, ".SS");
    if (!below.examples.empty()) out += fmt::format(".SS {}\n", text(msg::kExamples)) + Examples(below.examples, text);
    for (const Message<0>& note : below.notes) out += ".PP\n" + Block(text(note));
  }
  return out;
}

}  // namespace

std::string ProgramMan(const std::vector<VerbSpec>& verbs, const Text& text) {
  std::string title = text(msg::kProgramTitle);
  title = title.substr(title.find(" - ") + 3);
  std::string out = Head("assist", title, text);
  out += Section(text(msg::kUsage)) + Block("assist COMMAND [OPTIONS]\nassist help [COMMAND]\n");
  out += Section(text(msg::kVerbs));
  for (const VerbSpec& verb : verbs) {
    out += fmt::format(".TP\n\\fB{}\\fR\n{}; \\fBassist\\-{}\\fR(1)\n", verb.name, Roff(text(verb.summary)), verb.name);
  }
  out += Options(CommonGroup(), text, ".SH");
  out += Section(text(msg::kManFiles)) + ".TP\n\\fB~/.assist/config.toml\\fR\n" + Roff(text(msg::kConfigureNote));
  out += Section(text(msg::kManExit)) + Roff(text(msg::kExitCodes));
  std::string see;
  for (const VerbSpec& verb : verbs) see += fmt::format("\\fBassist\\-{}\\fR(1), ", verb.name);
  out += Section(text(msg::kManSeeAlso)) + see + "\\fBassist\\-server\\fR(8), \\fBassist\\-agent\\fR(8)\n";
  return out;
}

std::string VerbMan(const VerbSpec& verb, const Text& text) {
  const std::string page = fmt::format("assist-{}", verb.name);
  std::string out = Head(page, text(verb.summary), text) + Section(text(msg::kUsage)) + Usage(verb, verb.name);
  for (const OptionGroup& group : verb.options) out += Options(group, text, ".SH");
  out += Below(verb, std::string(verb.name), text);
  if (!verb.examples.empty()) out += Section(text(msg::kExamples)) + Examples(verb.examples, text);
  for (const Message<0>& note : verb.notes) out += Section(text(msg::kManNotes)) + Block(text(note));
  out += Options(CommonGroup(), text, ".SH");
  out += Section(text(msg::kManExit)) + Roff(text(msg::kExitCodes));
  out += Section(text(msg::kManSeeAlso)) + "\\fBassist\\fR(1)\n";
  return out;
}

}  // namespace assist::cli
