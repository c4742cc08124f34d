#include "cli/verb/completion.h"

#include <algorithm>

namespace assist::cli {
namespace {

constexpr std::string_view kBash = R"(# bash completion of assist: source <(assist completion bash)
_assist() {
  local word note
  COMPREPLY=()
  while IFS=$'\t' read -r word note; do
    case $word in
      :files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}") ;;
      :folders) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "${COMP_WORDS[COMP_CWORD]}") ;;
      *) COMPREPLY+=("$word") ;;
    esac
  done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _assist assist
)";

constexpr std::string_view kZsh = R"(#compdef assist
# zsh completion of assist: source <(assist completion zsh), or a file _assist in a folder of $fpath
_assist() {
  local word note
  local -a found
  while IFS=$'\t' read -r word note; do
    case $word in
      :files) _files ;;
      :folders) _files -/ ;;
      *) found+=("${word//:/\\:}${note:+:$note}") ;;
    esac
  done < <("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#found )) && _describe assist found
}
if [ "${funcstack[1]}" = _assist ]; then
  _assist "$@"
else
  compdef _assist assist
fi
)";

constexpr std::string_view kFish = R"(# fish completion of assist: assist completion fish | source
function __assist_complete
  set -l words (commandline -opc)
  set -l begun (commandline -ct)
  for line in ($words[1] __complete $words[2..-1] "$begun" 2>/dev/null)
    switch $line
      case ':files*'
        __fish_complete_path "$begun"
      case ':folders*'
        __fish_complete_directories "$begun"
      case '*'
        echo $line
    end
  end
end
complete -c assist -f -a '(__assist_complete)'
)";

const OptionSpec* FindCommon(std::string_view name) {
  for (const OptionSpec& option : CommonGroup().options) {
    if (option.longer == name || (!option.shorter.empty() && option.shorter == name)) return &option;
  }
  return nullptr;
}

void AddOptions(const OptionGroup& group, const Text& text, std::vector<Suggestion>& out) {
  for (const OptionSpec& option : group.options) out.push_back({std::string(option.longer), text(option.note)});
}

void AddVerbs(const std::vector<VerbSpec>& verbs, const Text& text, std::vector<Suggestion>& out) {
  for (const VerbSpec& verb : verbs) out.push_back({std::string(verb.name), text(verb.summary)});
}

/// The values of an option or the words of a verb.
Suggestions Values(Offer offer, std::string_view choices) {
  Suggestions out;
  if (offer != Offer::kChoices) {
    out.more = offer;
    return out;
  }
  while (!choices.empty()) {
    const auto blank = choices.find(' ');
    out.words.push_back({std::string(choices.substr(0, blank)), {}});
    choices = blank == std::string_view::npos ? std::string_view() : choices.substr(blank + 1);
  }
  return out;
}

/// The words behind a verb, read one after another.
struct Place {
  const VerbSpec* verb = nullptr;
  const OptionSpec* taking = nullptr;  ///< The option whose value comes next, or may.
  std::size_t values = 0;              ///< It has so many.
  std::string action;                  ///< The first word of a verb that takes operations.
  bool script = false;                 ///< Behind `--`.

  void Take(const std::string& word) {
    if (script) return;
    if (word == "--") {
      script = true;
    } else if (word.size() > 1 && word[0] == '-') {
      taking = FindOption(*verb, word);
      if (taking == nullptr) taking = FindCommon(word);
      values = 0;
      if (taking != nullptr && taking->value.empty()) taking = nullptr;
    } else if (taking != nullptr && (values == 0 || taking->several)) {
      ++values;
      if (!taking->several) taking = nullptr;
    } else if (const VerbSpec* below = FindVerb(verb->verbs, word)) {
      verb = below;
    } else if (action.empty()) {
      action = word;
    }
  }
};

}  // namespace

Suggestions Suggest(const std::vector<VerbSpec>& verbs, std::span<const std::string> words,
                    const ParametersOf& parameters, const Text& text) {
  const std::string begun = words.empty() ? std::string() : words.back();
  const auto before = words.empty() ? words : words.first(words.size() - 1);
  const bool option = begun.starts_with('-');

  static const VerbSpec kProgram = {.name = "assist", .summary = msg::kProgramTitle};
  Place place;
  place.verb = &kProgram;
  bool help = false;
  for (const std::string& word : before) {
    if (place.verb == &kProgram && place.taking == nullptr && !word.starts_with('-')) {
      if (word == "help" && !help) {
        help = true;
        continue;
      }
      const VerbSpec* named = FindVerb(verbs, word);
      if (named == nullptr) return {};
      place.verb = named;
      continue;
    }
    place.Take(word);
  }

  Suggestions out;
  if (place.script) return out;
  if (place.taking != nullptr && !option) return Values(place.taking->offer, place.taking->choices);
  if (option) {
    if (place.taking != nullptr && place.values == 0) return out;
    for (const OptionGroup& group : place.verb->options) AddOptions(group, text, out.words);
    AddOptions(CommonGroup(), text, out.words);
    if (place.verb->words == Offer::kAction && !place.action.empty()) {
      for (Suggestion& parameter : parameters(place.action)) out.words.push_back(std::move(parameter));
    }
    return out;
  }
  if (place.verb == &kProgram) {
    AddVerbs(verbs, text, out.words);
    if (!help) {
      out.words.push_back({"help", text(msg::kOptHelp)});
      out.words.push_back({"version", text(msg::kVersionSummary)});
    }
    return out;
  }
  if (!place.verb->verbs.empty()) {
    AddVerbs(place.verb->verbs, text, out.words);
    return out;
  }
  if (place.verb->words == Offer::kAction && !place.action.empty()) return out;
  if (place.verb->words == Offer::kVerb) {
    AddVerbs(verbs, text, out.words);
    return out;
  }
  return Values(place.verb->words, place.verb->word_choices);
}

std::string SuggestionLines(const std::vector<Suggestion>& words, std::string_view begun) {
  std::string out;
  for (const auto& [word, note] : words) {
    const bool control =
        std::any_of(word.begin(), word.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (control || word.empty() || !std::string_view(word).starts_with(begun)) continue;
    out += word;
    if (!note.empty()) out += '\t';
    for (const char c : note) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    out += '\n';
  }
  return out;
}

std::string_view CompletionScript(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return {};
}

}  // namespace assist::cli
