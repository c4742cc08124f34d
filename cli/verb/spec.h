// What a verb of `assist` is called, takes and means: one declaration, from which its words are parsed and its help,
// its completion and its man page are made. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cli/text/messages.h"

namespace assist::cli {

/// What a shell offers for a value.
enum class Offer : std::uint8_t {
  kNothing,
  kChoices,  ///< The words of `choices`.
  kFile,
  kFolder,
  kMachine,  ///< Ids and names are asked from the server, with a short time limit; so are those below.
  kInvocation,
  kCommand,
  kActivation,
  kPackage,
  kRelease,  ///< A version of the agent.
  kRollout,
  kVerb,    ///< Verbs of `assist`.
  kAction,  ///< Operations of the API.
};

struct OptionSpec {
  std::string_view shorter;  ///< `-i`; empty: none.
  std::string_view longer;   ///< `--instance`
  std::string_view value;    ///< What help calls its value: `ID`. Empty: it takes none.
  Message<0> note;           ///< One line without a full stop.
  Offer offer = Offer::kNothing;
  std::string_view choices = {};  ///< The values it takes, with blanks between them; others are refused.
  bool several = false;           ///< It takes all words up to the next option.
};

struct OptionGroup {
  Message<0> title;  ///< `Where`
  std::vector<OptionSpec> options;
};

struct ExampleSpec {
  std::string_view line;           ///< The words of a shell, whole: `assist run --all -- 'uptime'`.
  std::optional<Message<0>> note;  ///< What it does.
};

struct VerbSpec {
  std::string_view name;  ///< `run`; of a verb below another its own word: `logs`.
  Message<0> summary;     ///< One line without a full stop, for the list of verbs.
  /// What stands behind the name, a line for each form. Words of its value only, no option of the tables below.
  std::vector<std::string_view> usage = {};
  std::vector<ExampleSpec> examples = {};
  std::vector<OptionGroup> options = {};
  /// What its bare words are. More than `most_words` are refused.
  Offer words = Offer::kNothing;
  std::string_view word_choices = {};  ///< With Offer::kChoices; others are refused by the verb itself.
  std::size_t most_words = 0;
  bool script = false;                 ///< Everything behind `--` is kept apart, as it is.
  std::vector<Message<0>> notes = {};  ///< Paragraphs behind the options; each ends in a line feed.
  std::vector<VerbSpec> verbs = {};    ///< `ls`, `show` … of `assist inv`: then it has no words of its own.
};

/// Those that every verb takes: --endpoint … --help.
[[nodiscard]] const OptionGroup& CommonGroup();

/// The option of that name (longer or shorter) among the verb's own; nullptr: it has none.
[[nodiscard]] const OptionSpec* FindOption(const VerbSpec& verb, std::string_view name);
/// nullptr: there is none. `list` is understood for `ls`.
[[nodiscard]] const VerbSpec* FindVerb(const std::vector<VerbSpec>& verbs, std::string_view name);

}  // namespace assist::cli
