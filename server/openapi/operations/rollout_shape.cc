#include "server/openapi/operations/rollout_shape.h"

namespace assist::server::openapi {

ParameterSpec RolloutIdSpec() { return Text("RolloutId").AtMost(64).Says("The rollout: ro-….", "发布：ro-…。"); }

json::Object ShowChanged(const control::ChangedRollout& changed) {
  json::Object answer;
  answer["RolloutId"] = changed.id.str();
  answer["State"] = model::Name(changed.state);
  return answer;
}

}  // namespace assist::server::openapi
