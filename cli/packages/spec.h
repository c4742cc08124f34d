// `assist pkg`: its verbs and what they were asked for. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/packages/terms.h"
#include "cli/run/options.h"
#include "cli/text/text.h"
#include "cli/verb/parse.h"
#include "cli/verb/spec.h"
#include "cli/verbs/output_options.h"
#include "cli/verbs/targets.h"
#include "common/base/result.h"

namespace assist::cli {

struct PkgOptions {
  enum class Verb {
    kCreateKey,
    kShowKey,
    kBuild,
    kSign,
    kPublish,
    kList,
    kShow,
    kChannel,
    kDeprecate,
    kRemove,
    kOrder,  ///< install, upgrade, uninstall, verify
    kStatus,
  };

  Verb verb = Verb::kList;
  OutputOptions output;
  std::string path;      ///< A folder, an archive, a key, a manifest.
  std::string out;       ///< Where the result goes; empty: beside it, by its name.
  std::string key;       ///< The file of a private key.
  std::string envelope;  ///< What `pkg sign` made.
  PackageTerms terms;    ///< build, publish

  std::string name;
  std::string version;
  std::string channel;
  std::string os;
  std::string arch;
  std::string kind;         ///< Empty: packages.
  bool everything = false;  ///< ls: deprecated ones too.
  bool deprecated = true;
  bool yes = false;

  RunOptions run;   ///< kOrder: the call, where, and how it is followed.
  Targets targets;  ///< kStatus; none: all machines.
};

/// The declaration of `assist pkg`.
[[nodiscard]] const VerbSpec& PkgSpec();
/// `words` were parsed by PkgSpec(). kInvalid is one line for the user.
[[nodiscard]] Result<PkgOptions> ReadPkg(const VerbWords& words, const Text& text);

// Shared with `assist agent-release publish`.

/// --output table|json, for verbs whose -o is a file.
[[nodiscard]] OptionGroup ShowOutputGroupLong();
/// --key, --envelope, --channel.
[[nodiscard]] std::vector<OptionSpec> SigningOptions();
/// --description, --publisher, --expires, --sequence, --allow-downgrade, --format: what every package can say.
[[nodiscard]] std::vector<OptionSpec> TermOptions();
/// What a verb with these options, --name, --version, --os and --arch was given.
[[nodiscard]] Result<PackageTerms> ReadCommonTerms(const VerbWords& words, const Text& text);

// Options of verbs that order something and show how it goes.

[[nodiscard]] OptionGroup OrderHowGroup();
[[nodiscard]] OptionGroup OrderOutputGroup();

}  // namespace assist::cli
