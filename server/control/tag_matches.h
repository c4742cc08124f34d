// Tag filters of a call in the store's form.
#pragma once

#include <vector>

#include "server/control/views.h"
#include "server/store/read_tx.h"

namespace assist::server::control {

[[nodiscard]] inline std::vector<store::TagMatch> Matches(const std::vector<TagFilter>& tags) {
  std::vector<store::TagMatch> out;
  out.reserve(tags.size());
  for (const TagFilter& tag : tags) out.push_back({tag.key, tag.value});
  return out;
}

}  // namespace assist::server::control
