// Rows of rollouts and what they are made of. Internal to control.
#pragma once

#include <string>
#include <vector>

#include "server/control/release_lookup.h"
#include "server/control/views.h"
#include "server/model/rollout.h"
#include "server/store/rollout_tables.h"

namespace assist::server::control {

/// Waiting, or skipped with the reason.
[[nodiscard]] model::RolloutMachine NewRolloutMachine(const model::Rollout& rollout, const FoundRelease& release,
                                                      const store::RolloutCandidate& candidate, SystemTime now);
/// For people: why RolloutStep::kPause.
[[nodiscard]] std::string WhyLost(const model::Rollout& rollout, const model::RolloutFacts& facts);
[[nodiscard]] std::vector<store::TagMatch> RolloutTags(const std::vector<TagFilter>& tags);
/// Rollout::tags, and back.
[[nodiscard]] std::string WriteRolloutTags(const std::vector<TagFilter>& tags);
[[nodiscard]] std::vector<store::TagMatch> ReadRolloutTags(const std::string& text);

}  // namespace assist::server::control
