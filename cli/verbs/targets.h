// On which machines: -i, -t and --all as every verb takes them, and what the words behind -i mean. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/run/names.h"
#include "cli/text/text.h"
#include "cli/verb/parse.h"
#include "cli/verb/spec.h"
#include "common/base/result.h"
#include "protocol/encoding/form.h"

namespace assist::cli {

struct Targets {
  std::vector<std::string> instances;  ///< Ids or names.
  std::vector<std::pair<std::string, std::string>> tags;
  bool all = false;
};

/// -i, -t and --all.
[[nodiscard]] OptionGroup TargetGroup();

/// For a verb that declares them. kInvalid unless exactly one of the three is given.
[[nodiscard]] Result<Targets> ReadTargets(const VerbWords& words, const Text& text);

/// `mi-…`, `i-…`: has the form of an id.
[[nodiscard]] bool LooksLikeInstanceId(std::string_view word);

/// The filter Tag.n.Key, Tag.n.Value (or another name for Tag).
[[nodiscard]] encoding::FormFields TagFields(std::string_view name,
                                             const std::vector<std::pair<std::string, std::string>>& tags);
/// InstanceId.1, InstanceId.2 …
[[nodiscard]] encoding::FormFields InstanceFields(const std::vector<std::string>& ids);

/// What a word behind -i means, among all machines that have this name or id: the id. kNotFound: none; kConflict:
/// several have this name, and the line names their ids.
[[nodiscard]] Result<std::string> ChooseMachine(const std::string& word, const std::vector<NamedMachine>& machines,
                                                const Text& text);

/// The line for a word that is no machine, with near ones.
[[nodiscard]] std::string NoSuchMachineLine(const std::string& word, const std::vector<NamedMachine>& machines,
                                            const Text& text);

}  // namespace assist::cli
