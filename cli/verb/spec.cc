#include "cli/verb/spec.h"

#include <algorithm>

namespace assist::cli {

const OptionGroup& CommonGroup() {
  static const OptionGroup kGroup = {
      msg::kEveryCommand,
      {
          {"", "--endpoint", "HOST[:PORT]", msg::kOptEndpoint},
          {"", "--credentials", "FILE", msg::kOptCredentials, Offer::kFile},
          {"", "--ca-file", "FILE", msg::kOptCaFile, Offer::kFile},
          {"", "--region", "ID", msg::kOptRegion},
          {"", "--lang", "LANGUAGE", msg::kOptLang, Offer::kChoices, "en zh"},
          {"", "--no-color", "", msg::kOptNoColor},
          {"-h", "--help", "", msg::kOptHelp},
      },
  };
  return kGroup;
}

const OptionSpec* FindOption(const VerbSpec& verb, std::string_view name) {
  for (const OptionGroup& group : verb.options) {
    for (const OptionSpec& option : group.options) {
      if (option.longer == name || (!option.shorter.empty() && option.shorter == name)) return &option;
    }
  }
  return nullptr;
}

const VerbSpec* FindVerb(const std::vector<VerbSpec>& verbs, std::string_view name) {
  const auto found =
      std::find_if(verbs.begin(), verbs.end(), [name](const VerbSpec& verb) { return verb.name == name; });
  if (found != verbs.end()) return &*found;
  return name == "list" ? FindVerb(verbs, "ls") : nullptr;
}

}  // namespace assist::cli
