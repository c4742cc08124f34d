#include "cli/verbs/targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/answer/escape.h"
#include "cli/verbs/output_options.h"

namespace assist::cli {
namespace {

constexpr std::size_t kNearOnes = 3;
constexpr std::size_t kNamedIds = 5;

}  // namespace

OptionGroup TargetGroup() {
  return {msg::kGroupWhere,
          {{"-i", "--instance", "MACHINE", msg::kRunOptInstance, Offer::kMachine, "", true},
           {"-t", "--tag", "KEY=VALUE", msg::kRunOptTag, Offer::kNothing, "", true},
           {"-a", "--all", "", msg::kRunOptAll}}};
}

Result<Targets> ReadTargets(const VerbWords& words, const Text& text) {
  Targets targets;
  targets.instances = ReadList(words, "--instance");
  auto tags = ReadPairList(words, "--tag", text);
  if (!tags) return Forward(tags);
  targets.tags = std::move(*tags);
  targets.all = words.Has("--all");
  const int places = (targets.instances.empty() ? 0 : 1) + (targets.tags.empty() ? 0 : 1) + (targets.all ? 1 : 0);
  if (places == 0) return Fail(Errc::kInvalid, text(msg::kRunWhere));
  if (places > 1) return Fail(Errc::kInvalid, text(msg::kRunOnePlace));
  return targets;
}

bool LooksLikeInstanceId(std::string_view word) { return word.starts_with("mi-") || word.starts_with("i-"); }

encoding::FormFields TagFields(std::string_view name, const std::vector<std::pair<std::string, std::string>>& tags) {
  encoding::FormFields fields;
  std::size_t number = 0;
  for (const auto& [key, value] : tags) {
    ++number;
    fields.emplace_back(fmt::format("{}.{}.Key", name, number), key);
    fields.emplace_back(fmt::format("{}.{}.Value", name, number), value);
  }
  return fields;
}

encoding::FormFields InstanceFields(const std::vector<std::string>& ids) {
  encoding::FormFields fields;
  std::size_t number = 0;
  for (const std::string& id : ids) fields.emplace_back(fmt::format("InstanceId.{}", ++number), id);
  return fields;
}

Result<std::string> ChooseMachine(const std::string& word, const std::vector<NamedMachine>& machines,
                                  const Text& text) {
  std::vector<std::string> ids;
  for (const NamedMachine& machine : machines) {
    if (machine.id == word) return machine.id;  // an id goes before a name
    if (machine.name == word) ids.push_back(machine.id);
  }
  if (ids.size() == 1) return ids[0];
  if (ids.empty()) return Fail(Errc::kNotFound, NoSuchMachineLine(word, machines, text));
  std::string list;
  for (std::size_t i = 0; i < ids.size() && i < kNamedIds; ++i) list += (i == 0 ? "" : ", ") + EscapeLine(ids[i]);
  if (ids.size() > kNamedIds) list += ", ...";
  return Fail(Errc::kConflict, text(msg::kAmbiguousName, ids.size(), EscapeLine(word), list));
}

std::string NoSuchMachineLine(const std::string& word, const std::vector<NamedMachine>& machines, const Text& text) {
  std::set<std::string_view> names;  // several may have the same
  for (const NamedMachine& machine : machines) {
    if (!machine.name.empty()) names.insert(machine.name);
  }
  for (const NamedMachine& machine : machines) names.insert(machine.id);
  std::string list;
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (const std::string_view near : NearestWords(word, known, kNearOnes)) {
    list += (list.empty() ? "" : ", ") + EscapeLine(near);
  }
  if (list.empty()) return text(msg::kNoSuchMachine, EscapeLine(word));
  return text(msg::kNoSuchMachineNear, EscapeLine(word), list);
}

}  // namespace assist::cli
