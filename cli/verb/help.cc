#include "cli/verb/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text/width.h"

namespace assist::cli {
namespace {

constexpr std::size_t kWidestTitle = 30;

std::string Heading(std::string_view title, const Style& style) {
  return "\n" + style(Tone::kStrong, fmt::format("{}:", title)) + "\n";
}

/// Two columns; a title that is too wide has its note in the next line.
class Columns {
 public:
  void Add(std::string title, std::string note) { rows_.emplace_back(std::move(title), std::move(note)); }

  [[nodiscard]] std::string Lines() const {
    std::size_t width = 0;
    for (const auto& [title, note] : rows_) {
      const std::size_t own = DisplayWidth(title);
      if (own <= kWidestTitle) width = std::max(width, own);
    }
    std::string out;
    for (const auto& [title, note] : rows_) {
      out += "  ";
      if (note.empty()) {
        out += title;
      } else if (DisplayWidth(title) > width) {
        out += fmt::format("{}\n  {}  {}", title, std::string(width, ' '), note);
      } else {
        out += fmt::format("{}  {}", PadTo(title, width), note);
      }
      out += '\n';
    }
    return out;
  }

 private:
  std::vector<std::pair<std::string, std::string>> rows_;
};

std::string Options(const OptionGroup& group, const Text& text, const Style& style) {
  Columns columns;
  for (const OptionSpec& option : group.options) columns.Add(OptionTitle(option), text(option.note));
  return Heading(text(group.title), style) + columns.Lines();
}

/// A line of a shell, with what it does behind it as a comment.
std::string Examples(const std::vector<ExampleSpec>& examples, const Text& text, const Style& style) {
  std::string out = Heading(text(msg::kExamples), style);
  for (const ExampleSpec& example : examples) {
    if (example.note) out += style(Tone::kFaint, fmt::format("  # {}", text(*example.note))) + "\n";
    out += fmt::format("  {}\n", example.line);
  }
  return out;
}

}  // namespace

std::string OptionTitle(const OptionSpec& option) {
  std::string out = option.shorter.empty() ? "    " : fmt::format("{}, ", option.shorter);
  out += option.longer;
  if (!option.value.empty()) out += fmt::format(" {}{}", option.value, option.several ? "..." : "");
  return out;
}

std::string ProgramHelp(const std::vector<VerbSpec>& verbs, const Text& text, const Style& style) {
  std::string out = text(msg::kProgramTitle) + "\n";
  Columns columns;
  for (const VerbSpec& verb : verbs) {
    std::string title(verb.name);
    std::string below;
    for (const VerbSpec& each : verb.verbs) below += fmt::format("{}{}", below.empty() ? " " : "|", each.name);
    columns.Add(title + below, text(verb.summary));
  }
  out += Heading(text(msg::kVerbs), style) + columns.Lines();
  const std::vector<ExampleSpec> examples = {
      {"assist --credentials /var/lib/assist-server/admin.json ecs DescribeManagedInstances", msg::kFirstCredentials},
      {"assist configure", msg::kFirstConfigure},
      {"assist run --all -- 'uptime'", msg::kFirstRun},
      {"assist run -t role=web --max-concurrency 10% --max-errors 1 --file upgrade.sh", msg::kFirstWaves},
      {"assist help run", msg::kFirstHelp},
  };
  out += Examples(examples, text, style);
  out += Options(CommonGroup(), text, style);
  out += "\n" + text(msg::kExitCodes);
  return out;
}

std::string VerbHelp(const VerbSpec& verb, std::string_view path, const Text& text, const Style& style) {
  std::string out = fmt::format("assist {} - {}\n", path, text(verb.summary));
  if (!verb.usage.empty()) {
    out += Heading(text(msg::kUsage), style);
    for (const std::string_view usage : verb.usage) {
      out += fmt::format("  assist {}{}{}\n", path, usage.empty() ? "" : " ", usage);
    }
  }
  if (!verb.verbs.empty()) {
    Columns columns;
    for (const VerbSpec& below : verb.verbs) {
      columns.Add(fmt::format("assist {} {}", path, below.name), text(below.summary));
    }
    out += Heading(text(msg::kVerbs), style) + columns.Lines();
  }
  if (!verb.examples.empty()) out += Examples(verb.examples, text, style);
  for (const OptionGroup& group : verb.options) out += Options(group, text, style);
  out += Options(CommonGroup(), text, style);
  for (const Message<0>& note : verb.notes) out += "\n" + text(note);
  out += "\n" + text(msg::kExitCodes);
  return out;
}

}  // namespace assist::cli
