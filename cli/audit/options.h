// What `assist audit` was asked to do. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "cli/ecs/common_options.h"
#include "cli/text/text.h"
#include "cli/verb/parse.h"
#include "cli/verb/spec.h"
#include "common/base/result.h"

namespace assist::cli {

struct AuditOptions {
  enum class Verb { kList, kVerify };

  Verb verb = Verb::kList;
  bool json = false;
  CommonOptions common;
  // ls. Filters that are empty let everything through.
  std::string key;
  std::string action;
  std::string result;
  std::string since;
  std::string until;
  std::int64_t limit = 50;
  // verify.
  std::string head;
  std::string head_file;
};

[[nodiscard]] const VerbSpec& AuditSpec();
/// kInvalid is one line for the user.
[[nodiscard]] Result<AuditOptions> ReadAudit(const VerbWords& words, const Text& text);

}  // namespace assist::cli
