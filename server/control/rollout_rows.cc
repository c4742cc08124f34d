#include "server/control/rollout_rows.h"

#include <algorithm>
#include <utility>

#include "protocol/json/json.h"
#include "server/control/tag_matches.h"

namespace assist::server::control {

model::RolloutMachine NewRolloutMachine(const model::Rollout& rollout, const FoundRelease& release,
                                        const store::RolloutCandidate& candidate, SystemTime now) {
  namespace reason = model::rollout_reason;
  model::RolloutMachine row;
  row.rollout = rollout.key;
  row.machine = candidate.machine;
  row.turn = model::RolloutTurn(rollout.id, candidate.instance);
  row.changed = now;
  if (!candidate.ours) {
    row.reason = reason::kStockAgent;
  } else if (candidate.agent_version == rollout.version) {
    row.reason = reason::kAlreadyThere;
  } else if (!release.RunsOn(candidate.os_type)) {
    row.reason = reason::kNoPackage;
  }
  if (!row.reason.empty()) row.state = model::MachineRollout::kSkipped;
  return row;
}

std::string WhyLost(const model::Rollout& rollout, const model::RolloutFacts& facts) {
  const std::string failed = std::to_string(facts.wave.of(model::MachineRollout::kFailed));
  const std::int64_t members = facts.wave.total();
  const std::string needed = std::to_string(rollout.terms.min_healthy);
  if (rollout.state == model::RolloutState::kTrailing) {
    const std::int64_t settled = members - facts.wave.of(model::MachineRollout::kOrdered);
    return "after the waves: " + failed + " of " + std::to_string(settled) + " machines failed, " + needed +
           " % must be healthy";
  }
  return "wave " + std::to_string(rollout.wave) + ": " + failed + " of " + std::to_string(members) +
         " machines failed: no " + needed + " % of it can be healthy";
}

std::vector<store::TagMatch> RolloutTags(const std::vector<TagFilter>& tags) { return Matches(tags); }

std::string WriteRolloutTags(const std::vector<TagFilter>& tags) {
  json::Object out;
  json::Array list;
  for (const TagFilter& tag : tags) {
    json::Object one{{"Key", tag.key}};
    if (tag.value) one["Value"] = *tag.value;
    list.push_back(std::move(one));
  }
  out["Tags"] = std::move(list);
  return json::Write(out);
}

std::vector<store::TagMatch> ReadRolloutTags(const std::string& text) {
  std::vector<store::TagMatch> out;
  const auto object = json::ParseObject(text);
  const json::Value* list = object ? object->if_contains("Tags") : nullptr;
  if (list == nullptr || !list->is_array()) return out;
  for (const json::Value& one : list->get_array()) {
    if (!one.is_object()) continue;
    store::TagMatch match;
    const json::Value* key = one.get_object().if_contains("Key");
    if (key != nullptr && key->is_string()) match.key = std::string(json::View(key->get_string()));
    const json::Value* value = one.get_object().if_contains("Value");
    if (value != nullptr && value->is_string()) match.value = std::string(json::View(value->get_string()));
    out.push_back(std::move(match));
  }
  return out;
}

}  // namespace assist::server::control
