// The grammar of `assist ecs`: words of a command line become the parameters of a call. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/ecs/common_options.h"
#include "common/base/result.h"
#include "protocol/encoding/form.h"

namespace assist::cli {

struct EcsCall {
  std::string action;  ///< Empty only with `help`.
  encoding::FormFields parameters;
  CommonOptions common;
  bool help = false;
};

/// `words` is what stands behind `assist ecs`. The forms:
///   --Name value          --Name=value (any value, also empty or beginning with a hyphen)
///   --Name.1 a --Name.2 b --Tag.1.Key k --Tag.1.Value v
///   --Name a b c          a list: Name.1=a, Name.2=b, Name.3=c; also --Name a --Name b
///   --InstanceIds a b     the list InstanceId of every operation; `a,b` and `["a","b"]` too. DescribeInstances gets
///   the
///                         JSON text that it wants, operations on one instance take one.
/// kInvalid is one line for the user.
[[nodiscard]] Result<EcsCall> ParseEcs(std::span<const std::string> words, const Text& text);

/// Adds RegionId, and for operations that change something ClientToken, where the user gave none.
void AddDefaults(std::string_view action, std::string_view region, std::string_view client_token,
                 encoding::FormFields& parameters);

}  // namespace assist::cli
