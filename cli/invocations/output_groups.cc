#include "cli/invocations/output_groups.h"

#include <algorithm>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/invocations/unified_diff.h"
#include "cli/machines/machine_list.h"
#include "common/crypto/hash.h"

namespace assist::cli {
namespace {

constexpr std::size_t kNamed = 3;  // machines in a heading

std::string Whole(std::string_view output, bool raw) {
  std::string out;
  if (raw) {
    out = output;
  } else {
    TerminalEscaper escaper;
    escaper.Append(out, output);
    escaper.Finish(out);
  }
  if (!out.empty() && out.back() != '\n') out += '\n';
  return out;
}

}  // namespace

void OutputGroups::Add(const std::string& machine, std::string output, std::int64_t lost) {
  ++machines_;
  std::string hash = Sha256(output);
  hash += std::to_string(lost);
  const auto [found, fresh] = by_hash_.emplace(std::move(hash), groups_.size());
  if (fresh) {
    OutputGroup group;
    group.size = static_cast<std::int64_t>(output.size());
    group.lost = lost;
    if (output.size() <= options_.keep - kept_) {
      kept_ += output.size();
      group.output = std::move(output);
    }
    groups_.push_back(std::move(group));
  }
  groups_[found->second].machines.push_back(machine);
}

std::vector<const OutputGroup*> OutputGroups::Sorted() const {
  std::vector<const OutputGroup*> sorted;
  for (const OutputGroup& group : groups_) sorted.push_back(&group);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const OutputGroup* a, const OutputGroup* b) { return a->machines.size() > b->machines.size(); });
  return sorted;
}

std::string GroupsLine(const OutputGroups& groups, const Text& text) {
  const auto sorted = groups.Sorted();
  if (sorted.empty()) return text(msg::kNoOutputs);
  const std::size_t largest = sorted[0]->machines.size();
  const std::size_t others = groups.machines() - largest;
  if (others == 0) return text(msg::kAllSaidTheSame, largest);
  if (largest == 1) return text(msg::kAllDiffer, groups.machines());
  return text(msg::kSaidTheSame, largest, others);
}

std::string GroupHeading(const OutputGroup& group, const NameBook& names, const Look& look) {
  std::string list;
  const std::size_t count = group.machines.size();
  const std::size_t shown = count <= kNamed + 1 ? count : kNamed;  // never "and 1 more"
  std::vector<std::string> named;
  named.reserve(count);
  for (const std::string& id : group.machines) named.push_back(names.Shown(id));
  std::sort(named.begin(), named.end(), [](const auto& a, const auto& b) { return NaturalLess(a, b); });
  for (std::size_t i = 0; i < shown; ++i) list += (i == 0 ? "" : ", ") + named[i];
  if (count > shown) list = look.text(msg::kNamesAndMore, list, count - shown);
  std::string line = look.text(msg::kGroupHeading, count, list);
  if (group.size == 0) line += " " + look.text(msg::kNoOutput);
  return look.style(Tone::kStrong, line) + "\n";
}

std::string GroupBody(std::string_view output, const std::string* base, bool raw, const Look& look) {
  std::string whole = Whole(output, raw);
  if (base == nullptr || base->empty() || raw) return whole;
  const auto diff = UnifiedDiff(*base, output, {}, look.style);
  const auto plain = look.style.colours() ? UnifiedDiff(*base, output, {}, Style()) : diff;
  if (!diff || plain->size() > whole.size() + whole.size() / 2 + 200) return whole;
  return *diff;
}

}  // namespace assist::cli
