// What `assist ls` was asked for. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/machines/machine_list.h"
#include "cli/text/text.h"
#include "cli/verb/parse.h"
#include "cli/verb/spec.h"
#include "cli/verbs/output_options.h"
#include "common/base/result.h"
#include "protocol/encoding/form.h"

namespace assist::cli {

struct LsOptions {
  std::vector<std::string> machines;  ///< Ids or names, `*` at either end of a name; empty: all.
  std::vector<std::pair<std::string, std::string>> tags;
  std::optional<bool> online;
  std::string os;  ///< linux, windows or FreeBSD.
  MachineOrder sort = MachineOrder::kName;
  bool reverse = false;
  std::optional<std::int64_t> limit;
  OutputOptions output;
};

/// The declaration of `assist ls`.
[[nodiscard]] const VerbSpec& LsSpec();

/// `words` were parsed by LsSpec(). kInvalid is one line for the user.
[[nodiscard]] Result<LsOptions> ReadLs(const VerbWords& words, const Text& text);

/// The parameters of DescribeManagedInstances for it but for ids, names and paging.
[[nodiscard]] encoding::FormFields LsFilter(const LsOptions& options);

}  // namespace assist::cli
